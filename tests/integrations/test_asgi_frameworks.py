"""FastAPI, Litestar and Quart under their usual servers, two workers each, through all that happens to a service."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from lab.ports import free_port
from sessile.demo.postgres import EmbeddedPostgres

ROOT = Path(__file__).parents[2]
OLD, NEW = "Zl3Wv9rTq8sXm5yBn0dRd7gHk2aLe9fQ", "fQ9eLa2kHg7dRd0nBy5mXs8qTr9vW3lZ"
PATIENCE_SECONDS = 120
SERVERS = {
    "fastapi": ("uvicorn", "--workers", "2", "--port"),
    "litestar": ("gunicorn", "--workers", "2", "--worker-class", "uvicorn_worker.UvicornWorker", "--bind"),
    "quart": ("hypercorn", "--workers", "2", "--bind"),
}


@dataclass
class Service:
    """One of the services; its client keeps cookies, and makes a connection for each request, so that both workers are met."""

    name: str
    port: int
    client: httpx2.Client

    def get(self, path: str) -> httpx2.Response:
        return self._patiently("GET", path)

    def post(self, path: str) -> httpx2.Response:
        return self._patiently("POST", path)

    def _patiently(self, method: str, path: str) -> httpx2.Response:
        """Nothing answers while the service starts."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return self.client.request(method, path, headers={"connection": "close"})
            except httpx2.TransportError:
                assert time.monotonic() < deadline, f"{self.name} does not answer"
                time.sleep(0.1)

    def seen_by_both_workers(self) -> set[int]:
        """What /me says of the user, from two processes; each finds its own way back after an outage."""
        pids: set[int] = set()
        users: set[int] = set()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(pids) < 2 and time.monotonic() < deadline:
            answer = self.get("/me")
            if answer.status_code == 503:
                time.sleep(0.1)
                continue
            pids.add(answer.json()["pid"])
            users.add(answer.json()["user"])
        assert len(pids) == 2, f"{self.name}: only one worker answers"
        return users


@contextmanager
def running(services: list[Service], environment: dict[str, str], logs: Path) -> Iterator[None]:
    """All of them, started at the same time."""
    with ExitStack() as stack:
        for service in services:
            server, *options = SERVERS[service.name]
            address = str(service.port) if "--port" in options else f"127.0.0.1:{service.port}"
            command = [sys.executable, "-m", server, f"tests.integrations.apps.{service.name}_app:app", *options, address]
            log = stack.enter_context((logs / f"{service.name}.log").open("ab"))
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
            stack.callback(process.wait, 30)
            stack.callback(process.terminate)
        yield


def everywhere(value: object) -> dict[str, object]:
    return dict.fromkeys(SERVERS, value)


def told(services: list[Service], ask: Callable[[Service], object]) -> dict[str, object]:
    return {service.name: ask(service) for service in services}


def test_a_login_outlives_restarts_rotation_and_outages_and_ends_with_its_logout(tmp_path: Path) -> None:
    with ExitStack() as stack:
        server = stack.enter_context(EmbeddedPostgres())
        services = []
        for name in SERVERS:
            port = free_port()
            client = stack.enter_context(httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_SECONDS))
            services.append(Service(name, port, client))
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}",
            "DATABASE_URL": server.url(),
            "SESSION_SECRET": OLD,
        }
        with running(services, environment, tmp_path):
            assert told(services, lambda service: service.post("/login").status_code) == everywhere(200)
            first = told(services, lambda service: service.client.cookies["connect.sid"])
            assert told(services, lambda service: service.post("/login").status_code) == everywhere(200)
            assert not set(first.values()) & set(told(services, lambda service: service.client.cookies["connect.sid"]).values())
            assert told(services, Service.seen_by_both_workers) == everywhere({7})
        rotated = {**environment, "SESSION_SECRET": NEW, "SESSION_SECRET_PREVIOUS": OLD}
        with running(services, rotated, tmp_path):
            assert told(services, Service.seen_by_both_workers) == everywhere({7})
            cookies = told(services, lambda service: service.client.cookies["connect.sid"])
            server.stop()
            down = told(services, lambda service: service.get("/me"))
            for name, answer in down.items():
                assert isinstance(answer, httpx2.Response)
                assert (name, answer.status_code, answer.headers["retry-after"]) == (name, 503, "5")
            assert told(services, lambda service: service.client.cookies["connect.sid"]) == cookies
            server.start()
            assert told(services, Service.seen_by_both_workers) == everywhere({7})
            kept = told(services, lambda service: dict(service.client.cookies))
            assert told(services, lambda service: service.post("/logout").status_code) == everywhere(200)
            assert told(services, lambda service: dict(service.client.cookies)) == everywhere({})
            for service in services:
                service.client.cookies.update(kept[service.name])  # type: ignore[arg-type]
            assert told(services, Service.seen_by_both_workers) == everywhere({None})

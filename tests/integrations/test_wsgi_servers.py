"""Flask and Django under gunicorn with several workers: restarts, other keys and an outage of the database log nobody out."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from lab.browser import Browser
from lab.express import ExpressService
from lab.ports import free_port
from sessile.demo.postgres import EmbeddedPostgres
from tests.stores.test_processes import wait_for

ROOT = Path(__file__).parents[2]
OLD, NEW = "Zl3Wv9rTq8sXm5yBn0dRd7gHk2aLe9fQ", "pT6Yc1uJw4oKx8zNb2eFq5vMs7iRg3hD"
DJANGO = "tests.integrations.django_site.settings"

PREPARE = """
import django
django.setup()
from django.contrib.auth.models import User
from django.core.management import call_command
call_command("migrate", verbosity=0)
User.objects.create_superuser("admin", password="secret")
"""

FLASK = ("tests.integrations.flask_site:app",)
APPS = {
    "Flask, processes, forked after the import": (*FLASK, "--workers", "2", "--preload"),
    "Django, threads": ("tests.integrations.django_site.wsgi:application", "--workers", "2", "--threads", "4"),
}


class Server:
    """gunicorn with an application, which may be stopped and started again on the same port."""

    def __init__(self, options: tuple[str, ...], database: str, folder: Path) -> None:
        self.port, self.log, self._options = free_port(), folder / "log", options
        self.environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}",
            "DATABASE_URL": database,
            "SESSION_SECRET": OLD,
            "DJANGO_SETTINGS_MODULE": DJANGO,
            "COOKIE_NAME": "ofa.sid",
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, **environment: str) -> None:
        self.environment |= environment
        command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{self.port}", *self._options]
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(command, env=self.environment, stdout=output, stderr=subprocess.STDOUT, cwd=ROOT)
        wait_for(self.port, self._process, self.log)

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(30)
            self._process = None

    def client(self) -> httpx2.Client:
        return httpx2.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=30)


@pytest.fixture(scope="module")
def database() -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(settings={"fsync": "off", "synchronous_commit": "off"}) as server:
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}",
            "DATABASE_URL": server.url(),
            "DJANGO_SETTINGS_MODULE": DJANGO,
        }
        subprocess.run([sys.executable, "-c", PREPARE], env=environment, cwd=ROOT, check=True, timeout=120)
        yield server


@pytest.fixture
def server(database: EmbeddedPostgres, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Server]:
    server = Server(APPS[request.param], database.url(), tmp_path)
    server.start()
    yield server
    server.stop()


def eventually(client: httpx2.Client, path: str, status: int) -> httpx2.Response:
    """The answer once it has that status, within 20 seconds."""
    deadline = time.monotonic() + 20
    while (answer := client.get(path)).status_code != status and time.monotonic() < deadline:
        time.sleep(0.1)
    assert answer.status_code == status, answer.text
    return answer


@pytest.mark.parametrize("server", list(APPS), indirect=True)
def test_nothing_logs_anybody_out(server: Server, database: EmbeddedPostgres) -> None:
    with server.client() as client:
        assert client.post("/login").status_code == 200
        workers = {answer.json()["worker"] for answer in (_fresh(server, client, "/me") for _ in range(40))}
        assert len(workers) == 2
        assert [_fresh(server, client, "/count").json()["count"] for _ in range(10)] == list(range(1, 11))

        server.stop()
        server.start(SESSION_SECRET=NEW, SESSION_SECRET_PREVIOUS=OLD)
        answer = client.get("/me")
        assert answer.status_code == 200
        assert "set-cookie" in answer.headers

        database.stop()
        kept = dict(client.cookies)
        down = client.get("/me")
        assert (down.status_code, down.headers["retry-after"], dict(client.cookies)) == (503, "5", kept)
        assert httpx2.get(f"{client.base_url}/health", timeout=30).status_code == 200
        database.start()
        eventually(client, "/me", 200)
    assert "Traceback" not in server.log.read_text()


@pytest.mark.parametrize("server", list(APPS), indirect=True)
def test_another_name_of_the_cookie_logs_nobody_out(server: Server) -> None:
    with server.client() as client:
        assert client.post("/login").status_code == 200
        assert sids(client) == ["ofa.sid"]
        kept = client.cookies["ofa.sid"]

        server.stop()
        server.start(COOKIE_NAME="shop.sid", COOKIE_NAME_BEFORE="ofa.sid")
        answer = client.get("/me")
        assert (answer.status_code, sids(client)) == (200, ["shop.sid"])
        assert [line.partition("=")[0] for line in sorted(answer.headers.get_list("set-cookie"))] == ["ofa.sid", "shop.sid"]

        client.cookies.set("ofa.sid", kept, domain="127.0.0.1", path="/")
        assert (client.get("/count").json(), sids(client)) == ({"count": 1}, ["shop.sid"])

        client.cookies.clear()
        client.cookies.set("ofa.sid", kept, domain="127.0.0.1", path="/")
        assert client.get("/logout").status_code == 200
        assert sids(client) == []
        client.cookies.set("ofa.sid", kept, domain="127.0.0.1", path="/")
        assert client.get("/me").status_code == 401


@pytest.mark.parametrize("server", ["Django, threads"], indirect=True)
def test_djangos_admin_is_at_home(server: Server) -> None:
    with server.client() as client:
        form = client.get("/admin/login/")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form.text)
        assert token is not None
        filled = {"username": "admin", "password": "secret", "csrfmiddlewaretoken": token[1], "next": "/admin/"}
        entered = client.post("/admin/login/", data=filled, headers={"referer": str(client.base_url)})
        assert (entered.status_code, entered.headers["location"]) == (302, "/admin/")
        assert client.cookies["ofa.sid"].startswith("s%3A")
        assert "Site administration" in client.get("/admin/").text
        out = client.post("/admin/logout/", data={"csrfmiddlewaretoken": client.cookies["csrftoken"]})
        assert out.status_code == 200
        assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize("server", list(APPS), indirect=True)
def test_express_and_python_serve_one_site(server: Server, database: EmbeddedPostgres, tmp_path: Path) -> None:
    settings = {"DATABASE_URL": database.url(), "SESSION_SECRET": OLD, "CREATE_TABLE": "1"}
    cookies: dict[str, str] = {}
    with (
        ExpressService(settings, tmp_path) as express,
        Browser(express.url, cookies) as there,
        Browser(f"http://127.0.0.1:{server.port}", cookies) as here,
    ):
        for turn, browser in enumerate((there, here, there, here), 1):
            assert browser.count() == 200
            assert browser.response is not None
            assert browser.response.json() == {"count": turn}
        kept = dict(cookies)
        assert here.request("GET", "/logout") == 200
        cookies |= kept
        assert (there.count(), there.response and there.response.json()) == (200, {"count": 1})
        assert (here.count(), here.response and here.response.json()) == (200, {"count": 2})
        kept = dict(cookies)
        assert there.logout() == 200
        cookies |= kept
        assert (here.count(), here.response and here.response.json()) == (200, {"count": 1})


def sids(client: httpx2.Client) -> list[str]:
    """The names of the session cookies that the client has."""
    return [name for name in client.cookies if name.endswith(".sid")]


def _fresh(server: Server, client: httpx2.Client, path: str) -> httpx2.Response:
    """Asked over a connection of its own, so that any worker may answer."""
    return httpx2.get(
        f"http://127.0.0.1:{server.port}{path}", cookies=dict(client.cookies), headers={"connection": "close"}, timeout=30
    )

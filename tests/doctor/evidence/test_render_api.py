"""Render's API, against a server that answers as its description says: pages, a key, and whatever else may come."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from sessile.doctor.evidence.gathering import Options, gather
from sessile.doctor.evidence.render_api import collect
from sessile.doctor.evidence.sorting import Kind, NotEvidence, sort
from sessile.doctor.facts.concealed import Concealed
from sessile.doctor.findings import Seen
from sessile.doctor.observations import OBSERVATIONS

KEY = "rnd_TheKeyOfThisTest0123456789"
SECRET = "Vq3xT8mZ1nB6kR9wL4pY7sD2fH5jC0gA"
NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
SERVICE = {
    "id": "srv-abc123",
    "name": "shop",
    "ownerId": "tea-1",
    "type": "web_service",
    "serviceDetails": {
        "plan": "starter",
        "numInstances": 1,
        "url": "https://shop.onrender.com",
        "healthCheckPath": "/health",
        "envSpecificDetails": {"startCommand": "gunicorn -w 3 app:app"},
    },
}
DEPLOYED = NOW - timedelta(minutes=30)


def record(minutes: float, message: str, instance: str = "shop-1") -> dict[str, Any]:
    """One record of the log, as the API gives it."""
    at = (DEPLOYED + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")
    labels = [
        {"name": "resource", "value": "srv-abc123"},
        {"name": "instance", "value": instance},
        {"name": "type", "value": "app"},
    ]
    return {"id": f"{minutes}", "timestamp": at, "message": message, "labels": labels}


class Render:
    """What the server answers: everything may be changed before it is asked."""

    def __init__(self) -> None:
        self.service: Any = json.loads(json.dumps(SERVICE))
        self.variables = [{"key": f"NAME_{n}", "value": str(n)} for n in range(150)] + [
            {"key": "SESSION_SECRET", "value": SECRET}
        ]
        self.events: list[dict[str, Any]] = [{"type": "deploy_ended", "timestamp": DEPLOYED.isoformat(), "id": "evt-1"}]
        self.log = [
            record(-5, "Server running on port 10000"),
            record(-4, 'GET /api/me HTTP/1.1" 200'),
            record(1, "Server running on port 10000", "shop-2"),
            record(2, 'GET /api/me HTTP/1.1" 401', "shop-2"),
        ]
        self.refuse: dict[str, int] = {}
        self.asked: list[str] = []

    def answer(self, path: str, query: dict[str, list[str]]) -> Any:
        if path == "/services/srv-abc123":
            return self.service
        if path.endswith("/env-vars"):
            return self._page(self.variables, "envVar", query)
        if path.endswith("/events"):
            return self._page(self.events, "event", query)
        if path == "/logs" and query["resource"] == ["srv-abc123"] and query["ownerId"] == ["tea-1"]:
            start = datetime.fromisoformat(query["startTime"][0])
            later = [one for one in self.log if datetime.fromisoformat(one["timestamp"]) >= start]
            more = later[2:]
            return {
                "logs": later[:2],
                "hasMore": bool(more),
                "nextStartTime": more[0]["timestamp"] if more else "",
                "nextEndTime": "",
            }
        return None

    @staticmethod
    def _page(items: list[dict[str, Any]], name: str, query: dict[str, list[str]]) -> list[dict[str, Any]]:
        begin, limit = int(query.get("cursor", ["0"])[0]), int(query["limit"][0])
        return [{name: one, "cursor": str(begin + n + 1)} for n, one in enumerate(items[begin : begin + limit])]


@contextmanager
def serving(render: Render) -> Iterator[str]:
    """The server's address, as RENDER_API_URL has it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            path = parts.path.removeprefix("/v1")
            render.asked.append(path)
            status = next((status for end, status in render.refuse.items() if path.endswith(end)), 200)
            status = 401 if self.headers["Authorization"] != f"Bearer {KEY}" else status
            found = render.answer(path, parse_qs(parts.query)) if status == 200 else {"message": "no"}
            body = (
                found
                if isinstance(found, bytes)
                else json.dumps(found if found is not None else {"message": "not found"}).encode()
            )
            self.send_response(status if found is not None else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing: the tests read what was asked from `asked`."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_the_service_its_copies_and_its_variables_come_from_all_pages() -> None:
    with serving(Render()) as base:
        found = collect(f"{base}/services/srv-abc123", Concealed(KEY), now=NOW)
    (service,) = found.deployment.services
    assert (service.name, service.plan, service.hosts) == ("shop", "starter", ("shop.onrender.com",))
    assert service.workers
    assert service.workers.number == 3
    assert len(service.variables) == 151
    assert service.environment
    assert service.environment.secret
    assert found.remarks == ()


def test_neither_the_key_nor_a_value_is_shown() -> None:
    with serving(Render()) as base:
        found = collect(f"{base}/services/srv-abc123", Concealed(KEY), now=NOW)
    assert KEY not in repr(found)
    assert SECRET not in repr(found)


def test_the_log_is_read_page_after_page_and_set_beside_the_deploys() -> None:
    with serving(Render()) as base:
        items = sort(["render:srv-abc123"], {"RENDER_API_KEY": KEY, "RENDER_API_URL": base})
        assert [item.kind for item in items] == [Kind.PLATFORM]
        found = collect(f"{base}/services/srv-abc123", Concealed(KEY), now=NOW)
    (log,) = found.logs
    assert (log.lines, log.boots) == (4, 2)


def test_the_first_401_after_a_deploy_is_told_with_the_deploy() -> None:
    render = Render()
    shift = datetime.now(UTC) - NOW
    for one in (*render.log, *render.events):
        one["timestamp"] = (datetime.fromisoformat(one["timestamp"]) + shift).isoformat()
    with serving(render) as base:
        facts = gather(sort(["render:srv-abc123"], {"RENDER_API_KEY": KEY, "RENDER_API_URL": base}), Options()).facts
    seen = OBSERVATIONS["401 after a restart"].look(facts)
    assert isinstance(seen, Seen)
    assert seen.evidence[0].says.startswith("a deploy ended at")
    assert "120 s later" in seen.evidence[0].says


def test_several_copies_stay_several_logs() -> None:
    render = Render()
    render.service["serviceDetails"]["numInstances"] = 2
    with serving(render) as base:
        found = collect(f"{base}/services/srv-abc123", Concealed(KEY), now=NOW)
    assert {log.instance for log in found.logs} == {"shop-1", "shop-2"}


@pytest.mark.parametrize(("part", "status"), [("/env-vars", 403), ("/events", 500), ("/logs", 429)])
def test_what_it_does_not_tell_is_said_and_the_rest_comes(part: str, status: int) -> None:
    render = Render()
    render.refuse = {part: status}
    with serving(render) as base:
        found = collect(f"{base}/services/srv-abc123", Concealed(KEY), now=NOW)
    assert len(found.remarks) == 1
    assert found.deployment.services[0].name == "shop"


@pytest.mark.parametrize(
    ("status", "says"), [(401, "does not accept the key"), (404, "knows no such service"), (500, "answered 500")]
)
def test_a_refusal_is_one_line_without_the_key(status: int, says: str) -> None:
    render = Render()
    render.refuse = {"/services/srv-abc123": status}
    with serving(render) as base, pytest.raises(NotEvidence, match=says) as error:
        collect(f"{base}/services/srv-abc123", Concealed(KEY), now=NOW)
    assert KEY not in str(error.value)


@pytest.mark.parametrize("service", [b"<html>", [], "text", {}, {"serviceDetails": 3, "name": 7}])
def test_an_answer_of_another_shape(service: Any) -> None:
    render = Render()
    render.service = service
    with serving(render) as base, suppress(NotEvidence):
        assert collect(f"{base}/services/srv-abc123", Concealed(KEY), now=NOW).deployment.services


def test_nobody_listens() -> None:
    with pytest.raises(NotEvidence, match="gave no answer"):
        collect("http://127.0.0.1:9/v1/services/srv-abc123", Concealed(KEY))


@pytest.mark.parametrize(
    ("word", "environ", "says"),
    [
        ("render:srv-abc123", {}, "RENDER_API_KEY"),
        ("render:", {"RENDER_API_KEY": KEY}, "srv-"),
        ("render:../../owners", {"RENDER_API_KEY": KEY}, "srv-"),
    ],
)
def test_what_is_missing_is_named(word: str, environ: dict[str, str], says: str) -> None:
    with pytest.raises(NotEvidence, match=says):
        sort([word], environ)

"""What a service can ask of the middleware beyond the plain session: outages by route, metrics, callbacks, the debug header."""

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sessile import CookiePolicy, CookieTooLate, SessionMiddleware, session_of
from sessile.session.events import Event
from tests.integrations.asgi.application import SECRET, FailingStore


async def login(request: Request) -> Response:
    await session_of(request).regenerate()
    request.session["userId"] = 7
    return JSONResponse({})


async def remember(request: Request) -> Response:
    request.session["userId"] = 7
    session_of(request).remember(timedelta(days=30))
    return JSONResponse({})


async def me(request: Request) -> Response:
    return JSONResponse({"user": request.session.get("userId"), "outcome": str(session_of(request).outcome)})


async def write(request: Request) -> Response:
    request.session["draft"] = "text"
    return JSONResponse({})


ROUTES = [Route(f"/{page.__name__}", page) for page in (login, remember, me, write)]


@asynccontextmanager
async def visitor(store: FailingStore, base_url: str = "http://shop.test", **options: Any) -> AsyncIterator[httpx2.AsyncClient]:
    app = Starlette(routes=[*ROUTES, Route("/news/today", me), Route("/news/write", write)])
    options = {"secret": SECRET, "allow_weak_secret": True, **options}
    app.add_middleware(SessionMiddleware, store=store, **options)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=base_url) as client:
        yield client


@pytest.fixture
def store() -> FailingStore:
    return FailingStore()


class TestAnOutage:
    async def test_lets_the_named_routes_through_without_a_session(self, store: FailingStore) -> None:
        async with visitor(store, anonymous_in_outage=("/news/*",)) as client:
            await client.get("/login")
            store.down = True
            assert (await client.get("/me")).status_code == 503
            answer = await client.get("/news/today")
            assert (answer.status_code, answer.json()) == (200, {"user": None, "outcome": "reach: unavailable"})
            assert "set-cookie" not in answer.headers
            store.down = False
            assert (await client.get("/me")).json()["user"] == 7

    async def test_saves_nothing_on_them(self, store: FailingStore) -> None:
        async with visitor(store, anonymous_in_outage=lambda scope: scope["path"].startswith("/news")) as client:
            await client.get("/login")
            rows = dict(store.rows)
            store.down = True
            answer = await client.get("/news/write")
            assert answer.status_code == 503
            assert "set-cookie" not in answer.headers
            store.down = False
            assert store.rows == rows
            assert (await client.get("/me")).json()["user"] == 7


@pytest.fixture
def reader() -> Iterator[InMemoryMetricReader]:
    """The process's only meter provider: OpenTelemetry lets it be set once."""
    reader = InMemoryMetricReader()
    metrics.set_meter_provider(MeterProvider([reader]))
    yield reader
    reader.shutdown()


async def test_metrics_count_outcomes_and_time_the_store(store: FailingStore, reader: InMemoryMetricReader) -> None:
    async with visitor(store) as client:
        await client.get("/login")
        for _ in range(3):
            await client.get("/me")
        store.down = True
        await client.get("/me")
    data = reader.get_metrics_data()
    assert data is not None
    found = {metric.name: metric.data for scope in data.resource_metrics[0].scope_metrics for metric in scope.metrics}
    counted = {
        (point.attributes["station"], point.attributes["reason"]): getattr(point, "value", None)
        for point in found["sessile.requests"].data_points
        if point.attributes
    }
    assert counted == {("none", "new"): 1, ("none", "live"): 3, ("reach", "unavailable"): 1}
    timed = {
        (point.attributes["want"], point.attributes["failed"]): getattr(point, "count", None)
        for point in found["sessile.store.duration"].data_points
        if point.attributes
    }
    assert timed == {("create", False): 1, ("load", False): 3, ("load", True): 1}


class TestEvents:
    async def test_reach_a_callback(self, store: FailingStore) -> None:
        events: list[Event] = []
        async with visitor(store, on_event=events.append) as client:
            await client.get("/login")
            store.rows.clear()
            await client.get("/me")
        assert [event.fields.get("reason") for event in events] == [None, "missing"]

    async def test_a_callback_that_fails_harms_no_request(self, store: FailingStore, caplog: pytest.LogCaptureFixture) -> None:
        def fail(event: Event) -> None:
            raise RuntimeError(event.message)

        async with visitor(store, on_event=fail) as client:
            assert (await client.get("/login")).status_code == 200
        assert "the callback on_event failed" in caplog.text

    async def test_a_host_that_the_cookie_does_not_reach_is_told_of_once(
        self, store: FailingStore, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with visitor(store, cookie=CookiePolicy(domain="shop.test")) as client:
            for host in ("www.shop.test", "other.test", "other.test"):
                await client.get("/login", headers={"host": host})
        assert caplog.text.count("other.test") == 1
        assert "www.shop.test" not in caplog.text

    async def test_keys_changed_by_two_requests_at_once_are_reported_when_asked(
        self, store: FailingStore, caplog: pytest.LogCaptureFixture
    ) -> None:
        async def slowly(request: Request) -> Response:
            request.session["draft"] = "slow"
            [row] = store.rows.values()
            changed = row.text.replace('"userId":7', '"userId":7,"draft":"fast"')
            store.rows = {key: type(row)(changed, row.expires) for key in store.rows}
            return JSONResponse({})

        app = Starlette(routes=[*ROUTES, Route("/slowly", slowly)])
        app.add_middleware(SessionMiddleware, store=store, secret=SECRET, allow_weak_secret=True, report_overwritten=True)
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://shop.test") as client:
            await client.get("/login")
            await client.get("/slowly")
        [row] = store.rows.values()
        assert '"draft":"slow"' in row.text
        assert "'draft'" in caplog.text


class TestTheDebugHeader:
    async def test_shows_the_outcome_when_asked(self, store: FailingStore) -> None:
        async with visitor(store, debug_header=True) as client:
            await client.get("/login")
            assert (await client.get("/me")).headers["sessile-outcome"] == "live"
            store.rows.clear()
            assert (await client.get("/me")).headers["sessile-outcome"].startswith("find: missing id ")

    async def test_is_not_there_otherwise(self, store: FailingStore) -> None:
        async with visitor(store) as client:
            await client.get("/login")
            store.rows.clear()
            assert "sessile-outcome" not in (await client.get("/me")).headers


class TestLifetimes:
    async def test_a_remembered_session_outlives_the_browser(self, store: FailingStore) -> None:
        async with visitor(store, cookie=CookiePolicy(persistent=False)) as client:
            assert "expires" not in (await client.get("/login")).headers["set-cookie"].lower()
            assert "Expires=" in (await client.get("/remember")).headers["set-cookie"]
        [row] = store.rows.values()
        assert '"originalMaxAge":2592000000' in row.text


async def test_keys_come_from_a_file(store: FailingStore, tmp_path: Path) -> None:
    file = tmp_path / "secrets"
    file.write_text("Zl3Wv9rTq8sXm5yBn0dRd7gHk2aLe9fQ\n\n")
    async with visitor(store, secret=file, allow_weak_secret=False) as client:
        await client.get("/login")
        assert (await client.get("/me")).json()["user"] == 7


async def test_a_domain_that_no_served_host_lies_in_fails_the_start(
    store: FailingStore, caplog: pytest.LogCaptureFixture
) -> None:
    middleware = SessionMiddleware(
        Starlette(routes=ROUTES),
        store=store,
        secret=SECRET,
        allow_weak_secret=True,
        cookie=CookiePolicy(domain="shop.test"),
        hosts=["shop.example"],
    )
    sent: list[Any] = []

    async def receive() -> dict[str, str]:
        return {"type": "lifespan.startup"}

    async def send(message: Any) -> None:
        sent.append(message)

    with caplog.at_level(logging.CRITICAL):
        await middleware({"type": "lifespan"}, receive, send)
    assert [message["type"] for message in sent] == ["lifespan.startup.failed"]
    assert "shop.example" in sent[0]["message"]


async def test_a_store_error_that_leaves_a_handler_is_unavailable_not_broken(store: FailingStore) -> None:
    async def logout(request: Request) -> Response:
        store.down = True
        await session_of(request).destroy()
        return JSONResponse({})

    app = Starlette(routes=[*ROUTES, Route("/logout", logout)])
    app.add_middleware(SessionMiddleware, store=store, secret=SECRET, allow_weak_secret=True)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://shop.test") as client:
        await client.get("/login")
        answer = await client.get("/logout")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert "set-cookie" not in answer.headers
        store.down = False
        assert (await client.get("/me")).json()["user"] == 7


class TestAfterTheResponseHasStarted:
    @staticmethod
    def application(store: FailingStore, saved: list[str]) -> Starlette:
        async def late(request: Request) -> Response:
            async def save() -> None:
                request.session["late"] = 1
                try:
                    await session_of(request).save()
                except CookieTooLate:
                    saved.append("too late")
                else:
                    saved.append("saved")

            return JSONResponse({}, background=BackgroundTask(save))

        app = Starlette(routes=[*ROUTES, Route("/late", late)])
        app.add_middleware(SessionMiddleware, store=store, secret=SECRET, allow_weak_secret=True)
        return app

    async def test_a_session_that_has_its_cookie_is_saved(self, store: FailingStore) -> None:
        saved: list[str] = []
        transport = httpx2.ASGITransport(self.application(store, saved))
        async with httpx2.AsyncClient(transport=transport, base_url="http://shop.test") as client:
            await client.get("/login")
            await client.get("/late")
        [row] = store.rows.values()
        assert (saved, '"late":1' in row.text) == (["saved"], True)

    async def test_none_begins_for_no_cookie_could_follow(self, store: FailingStore, caplog: pytest.LogCaptureFixture) -> None:
        saved: list[str] = []
        transport = httpx2.ASGITransport(self.application(store, saved))
        async with httpx2.AsyncClient(transport=transport, base_url="http://shop.test") as client:
            await client.get("/late")
        assert (saved, store.rows) == (["too late"], {})
        assert "session change lost: 'late'" in caplog.text

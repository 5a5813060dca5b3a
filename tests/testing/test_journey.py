"""`travel` names the station at which an application loses its sessions."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from sessile import CookiePolicy, MemoryStore, SessionMiddleware
from sessile.session.outcome import Station
from sessile.session.store import Create, Load
from sessile.testing import SECRET, Fault, FaultyStore, JourneyBroken, travel
from tests.integrations.asgi.application import login, me


async def redirecting(request: Request) -> Response:
    await login(request)
    return RedirectResponse("/welcome", 303)


async def welcome(_request: Request) -> Response:
    return JSONResponse({})


async def forgetful(_request: Request) -> Response:
    return JSONResponse({})


async def late(request: Request) -> Response:
    async def body() -> AsyncIterator[bytes]:
        yield b"hello"
        request.session["userId"] = 7

    return StreamingResponse(body())


async def refusing(_request: Request) -> Response:
    return JSONResponse({}, 401)


async def elsewhere(request: Request) -> Response:
    request.session["user_id"] = 7
    return JSONResponse({})


PAGES = (login, me, redirecting, welcome, forgetful, late, refusing, elsewhere)
ROUTES = [Route(f"/{page.__name__}", page, methods=["GET", "POST"]) for page in PAGES]


@pytest.fixture
def store() -> FaultyStore:
    return FaultyStore()


def client_of(store: Any, base_url: str = "http://shop.test", **options: Any) -> TestClient:
    app = Starlette(routes=ROUTES)
    app.add_middleware(SessionMiddleware, store=store, **{"secret": SECRET, **options})
    return TestClient(app, base_url)


@pytest.mark.parametrize("path", ["/login", "/redirecting"])
def test_a_sound_application_arrives(store: FaultyStore, path: str) -> None:
    travel(client_of(store), lambda client: client.post(path), "/me")


async def test_by_an_asynchronous_client_too(store: FaultyStore) -> None:
    transport = httpx2.ASGITransport(client_of(store).app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://shop.test") as client:
        await travel(client, lambda client: client.post("/login"), "/me")
        client.cookies.clear()
        with pytest.raises(JourneyBroken, match="stops at set"):
            await travel(client, lambda client: client.post("/forgetful"), "/me")


@pytest.mark.parametrize(
    ("options", "path", "station", "says"),
    [
        ({"secret": "keyboard cat"}, "/login", Station.BOOT, "easy to guess"),
        ({}, "/forgetful", Station.SET, "sets no connect.sid: nothing was in the session when it started"),
        ({}, "/late", Station.SAVE, "'userId' changed after the response had started"),
        ({"cookie": CookiePolicy(secure=True)}, "/login", Station.KEEP, "Secure"),
        ({"cookie": CookiePolicy(domain="shop.example")}, "/login", Station.KEEP, "shop.example is neither shop.test nor"),
        ({"cookie": CookiePolicy(path="/login")}, "/login", Station.SEND, "/login"),
        ({}, "/elsewhere", Station.AGREE, "the session lives, and /me answers 401"),
    ],
)
def test_a_broken_one_stops_at_its_station(
    store: FaultyStore, options: dict[str, Any], path: str, station: Station, says: str
) -> None:
    with pytest.raises(JourneyBroken) as broken:
        travel(client_of(store, **options), lambda client: client.post(path), "/me")
    assert broken.value.station is station
    assert says in broken.value.because


@pytest.mark.parametrize(
    ("fault", "of", "station"),
    [
        (Fault.DOWN, Create, Station.REACH),
        (Fault.REFUSED, Create, Station.SAVE),
        (Fault.ANSWER_LOST, Create, Station.SAVE),
        (Fault.TIMEOUT, Load, Station.REACH),
    ],
)
def test_so_does_one_whose_store_fails(store: FaultyStore, fault: Fault, of: Any, station: Station) -> None:
    with store.failing(fault, of), pytest.raises(JourneyBroken) as broken:
        travel(client_of(store), lambda client: client.post("/login"), "/me")
    assert broken.value.station is station


def test_and_one_whose_row_vanishes() -> None:
    store = MemoryStore()

    def log_in(client: TestClient) -> Any:
        answer = client.post("/login")
        store.rows.clear()
        return answer

    with pytest.raises(JourneyBroken, match="stops at find"):
        travel(client_of(store), log_in, "/me")


def test_and_one_whose_second_instance_has_another_secret(store: FaultyStore) -> None:
    first, second = client_of(store), client_of(store, secret=SECRET[::-1])

    def log_in(_client: TestClient) -> Any:
        answer = first.post("/login")
        second.cookies = first.cookies
        return answer

    with pytest.raises(JourneyBroken, match="stops at verify"):
        travel(second, log_in, "/me")


@pytest.mark.parametrize(
    ("path", "protected", "says"),
    [("/refusing", "/me", "the login itself is answered 401"), ("/login", "/welcome", "name a protected page")],
)
def test_what_proves_nothing_is_refused(store: FaultyStore, path: str, protected: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        travel(client_of(store), lambda client: client.post(path), protected)


def test_what_is_told_is_told_as_ever(store: FaultyStore, caplog: pytest.LogCaptureFixture) -> None:
    client = client_of(store)
    for _ in range(2):
        client.cookies.clear()
        with store.failing(Fault.DOWN, Create), pytest.raises(JourneyBroken):
            travel(client, lambda client: client.post("/login"), "/me")
    assert caplog.text.count("session stopped at reach: unavailable") == 2


def test_a_login_begun_on_the_journey_is_not_ended_by_it(store: FaultyStore) -> None:
    client = client_of(store)
    travel(client, lambda client: client.post("/login"), "/me")
    assert client.get("/me").json() == {"user": 7}

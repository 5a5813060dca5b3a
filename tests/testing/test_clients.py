"""`login_as` gives a test's client a session, whatever client it is."""

from datetime import timedelta
from typing import Any, cast

import httpx2
import pytest
from litestar import Litestar, Request as LitestarRequest, get
from litestar.testing import TestClient as LitestarClient
from starlette.applications import Starlette
from starlette.testclient import TestClient

from sessile import CookiePolicy, MemoryStore, PostgresStore, SessionMiddleware
from sessile.errors import SecretError, UnserializableError
from sessile.testing import SECRET, FakeClock, login_as
from tests.integrations.asgi.application import ROUTES


def application(store: Any = None, **options: Any) -> Starlette:
    app = Starlette(routes=ROUTES)
    app.add_middleware(SessionMiddleware, store=store or MemoryStore(), **{"secret": SECRET, **options})
    return app


def test_a_test_client_is_logged_in_and_can_log_out() -> None:
    client = TestClient(application())
    assert client.get("/me").status_code == 401
    login_as(client, {"userId": 7})
    assert client.get("/me").json() == {"user": 7}
    client.post("/logout")
    assert client.get("/me").status_code == 401


def test_another_login_replaces_it_and_so_does_the_applications_own_cookie() -> None:
    clock = FakeClock()
    client = TestClient(application(clock=clock))
    login_as(client, {"userId": 7})
    login_as(client, {"userId": 8})
    assert client.get("/me").json() == {"user": 8}
    clock.advance(timedelta(days=1))
    assert "set-cookie" in client.get("/me").headers
    assert len(client.cookies.jar) == 1


@pytest.mark.parametrize("running", [True, False], ids=["in the application's event loop", "in one of its own"])
def test_on_a_real_store(database: str, running: bool) -> None:
    client = TestClient(application(PostgresStore(database)))
    if running:
        with client:
            login_as(client, {"userId": 7})
            assert client.get("/me").json() == {"user": 7}
    else:
        login_as(client, {"userId": 7})
        with client:
            assert client.get("/me").json() == {"user": 7}


async def test_an_asynchronous_client_is_too() -> None:
    transport = httpx2.ASGITransport(application())
    async with httpx2.AsyncClient(transport=transport, base_url="https://shop.test") as client:
        await login_as(client, {"userId": 7})
        assert (await client.get("/me")).json() == {"user": 7}


def test_litestars_client_is_too() -> None:
    @get("/me")
    async def me(request: LitestarRequest[Any, Any, Any]) -> dict[str, Any]:
        return {"user": request.session.get("userId")}

    app = SessionMiddleware(Litestar([me]), store=MemoryStore(), secret=SECRET)
    with LitestarClient(cast("Any", app)) as client:
        login_as(client, {"userId": 7}, app=app)
        assert client.get("/me").json() == {"user": 7}


@pytest.mark.parametrize(
    ("options", "base_url", "says"),
    [
        ({"cookie": CookiePolicy(secure=True)}, "http://shop.test", "give it base_url='https://...'"),
        (
            {"cookie": CookiePolicy(domain="shop.example")},
            "http://shop.test",
            "Domain is shop.example, and the client asks shop.test",
        ),
    ],
)
def test_a_cookie_that_the_client_would_not_send_is_told(options: dict[str, Any], base_url: str, says: str) -> None:
    client = TestClient(application(**options), base_url=base_url)
    with pytest.raises(ValueError, match=says):
        login_as(client, {"userId": 7})


def test_what_is_wrong_is_said_as_the_application_would() -> None:
    with pytest.raises(LookupError, match=r"no sessile\.SessionMiddleware in sight from TestClient"):
        login_as(TestClient(Starlette()), {"userId": 7})
    with pytest.raises(SecretError, match="easy to guess"):
        login_as(TestClient(application(secret="keyboard cat")), {"userId": 7})
    with pytest.raises(UnserializableError, match=r"session\['when'\]"):
        login_as(TestClient(application()), {"when": object()})
    with pytest.raises(ValueError, match="holds nothing"):
        login_as(TestClient(application()), {})

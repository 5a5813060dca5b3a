"""A cookie that got another name, on real servers, beside an Express service that writes the same table."""

import logging
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from lab.browser import Browser
from lab.express import ExpressService
from sessile import CookiePolicy, PostgresStore, SessionMiddleware, session_of
from tests.integrations.sockets import serving

SECRET = "one-secret-for-both-of-the-services"


async def me(request: Request) -> JSONResponse:
    session = session_of(request)
    return JSONResponse({"user": session.get("userId"), "outcome": str(session.outcome)}, 200 if "userId" in session else 401)


async def failing(request: Request) -> JSONResponse:
    return JSONResponse({"user": request.session.get("userId")}, 500)


async def logout(request: Request) -> JSONResponse:
    await session_of(request).destroy()
    return JSONResponse({})


@pytest.fixture
def express(database: str, tmp_path: Path) -> Iterator[Browser]:
    """Somebody who logged in at Express, under the name of before."""
    settings = {"DATABASE_URL": database, "SESSION_SECRET": SECRET, "CREATE_TABLE": "1", "COOKIE_NAME": "connect.sid"}
    with ExpressService(settings, tmp_path) as service, Browser(service.url) as browser:
        assert browser.login() == 200
        yield browser


@pytest.fixture
def renamed(database: str, express: Browser) -> Iterator[httpx2.Client]:
    """The same person at a Python service whose cookie has a new name."""
    app = Starlette(routes=[Route("/me", me), Route("/failing", failing), Route("/logout", logout)])
    app.add_middleware(
        SessionMiddleware,
        store=PostgresStore(database, create=False),
        secret=SECRET,
        cookie=CookiePolicy(name="shop.sid", name_before="connect.sid"),
    )
    with serving(app) as port, httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        client.cookies.set("connect.sid", express.cookies["connect.sid"], domain="127.0.0.1", path="/")
        yield client


def test_a_login_at_express_is_answered_under_the_new_name(
    renamed: httpx2.Client, express: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    value = renamed.cookies["connect.sid"]
    with caplog.at_level(logging.INFO, "sessile"):
        first = renamed.get("/me")
    assert (first.status_code, first.json()["outcome"]) == (200, "renamed")
    assert dict(renamed.cookies) == {"shop.sid": value}
    assert "name of before, connect.sid, and answered as shop.sid" in caplog.text
    second = renamed.get("/me")
    assert (second.json()["outcome"], second.headers.get_list("set-cookie")) == ("live", [])
    assert express.me() == 200


def test_an_answer_that_is_an_error_moves_it_as_well(renamed: httpx2.Client) -> None:
    assert renamed.get("/failing").status_code == 500
    assert list(renamed.cookies) == ["shop.sid"]
    assert renamed.get("/me").status_code == 200


def test_a_logout_ends_it_for_express_too(renamed: httpx2.Client, express: Browser) -> None:
    assert renamed.get("/logout").status_code == 200
    assert list(renamed.cookies) == []
    assert express.me() == 401

"""Two middlewares in one application: each keeps its own cookie's session, and one cookie has one session."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from sessile import CookiePolicy, MemoryStore, SessionMiddleware, session_of

SECRET = "Zl3Wv9rTq8sXm5yBn0dRd7gHk2aLe9fQ"


async def login(request: Request) -> Response:
    await session_of(request).regenerate()
    request.session["user"] = request.query_params["user"]
    return JSONResponse({})


async def me(request: Request) -> Response:
    return JSONResponse(dict(request.session))


async def logout(request: Request) -> Response:
    await session_of(request).destroy()
    return JSONResponse({})


PAGES = [Route(f"/{page.__name__}", page) for page in (login, me, logout)]


def sessions(cookie: str) -> Middleware:
    return Middleware(SessionMiddleware, store=MemoryStore(), secret=SECRET, cookie=CookiePolicy(name=cookie))


@asynccontextmanager
async def shop(admin_cookie: str, *between: Middleware) -> AsyncIterator[httpx2.AsyncClient]:
    """A shop with the cookie `shop`, in which the admin's pages have a middleware of their own."""
    admin = Starlette(routes=PAGES, middleware=[sessions(admin_cookie)])
    app = Starlette(routes=[Mount("/admin", admin), *PAGES], middleware=[sessions("shop"), *between])
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="https://shop.test") as client:
        yield client


class Seen(BaseHTTPMiddleware):
    """Tells whom the middlewares between the two see, when the answer is on its way."""

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        response = await call_next(request)
        response.headers["seen"] = request.session.get("user", "nobody")
        return response


async def test_a_login_to_one_is_no_login_to_the_other() -> None:
    async with shop("admin") as client:
        answer = await client.get("/admin/login?user=root")
        assert [line.partition("=")[0] for line in answer.headers.get_list("set-cookie")] == ["admin"]
        assert (await client.get("/me")).json() == {}
        await client.get("/login?user=anna")
        assert (await client.get("/me")).json() == {"user": "anna"}
        assert (await client.get("/admin/me")).json() == {"user": "root"}


async def test_a_logout_from_one_is_no_logout_from_the_other() -> None:
    async with shop("admin") as client:
        await client.get("/login?user=anna")
        await client.get("/admin/login?user=root")
        await client.get("/admin/logout")
        assert (await client.get("/admin/me")).json() == {}
        assert (await client.get("/me")).json() == {"user": "anna"}


async def test_what_stands_between_them_sees_the_outer_one() -> None:
    async with shop("admin", Middleware(Seen)) as client:
        await client.get("/login?user=anna")
        assert (await client.get("/admin/login?user=root")).headers["seen"] == "anna"


async def test_the_same_cookie_twice_is_one_session_and_told_once(caplog: pytest.LogCaptureFixture) -> None:
    async with shop("shop") as client:
        answer = await client.get("/admin/login?user=anna")
        assert len(answer.headers.get_list("set-cookie")) == 1
        with caplog.at_level(logging.WARNING, logger="sessile"):
            assert (await client.get("/me")).json() == (await client.get("/admin/me")).json() == {"user": "anna"}
        await client.get("/admin/logout")
        assert (await client.get("/me")).json() == {}
    assert sum("SessionMiddleware stands twice" in message for message in caplog.messages) == 1

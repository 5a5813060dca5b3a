"""A service to attack: the real middleware on real PostgreSQL, which watches each of its answers and its own log."""

import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import httpx2
import psycopg
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sessile import CookiePolicy, PostgresStore, SessionMiddleware, session_of
from sessile.errors import StoreError
from sessile.session.cookie import cookie_value
from sessile.session.keyring import Keyring
from sessile.session.store import Answer, Load, Want

NAME = "ofa.sid"
SECRET = "a secret of sufficient length"
FAR = "2100-01-01"
LEAKED = 12
"""So many characters of a cookie in a row are more than a log may show; it shows four of an id."""


class WatchedStore(PostgresStore):
    """The store, which also remembers what it was asked to look up."""

    def __init__(self, database: str) -> None:
        super().__init__(database)
        self.looked_up: list[str] = []

    async def perform(self, wants: Sequence[Want]) -> Sequence[Answer | StoreError]:
        self.looked_up += [want.id for want in wants if isinstance(want, Load)]
        return await super().perform(wants)


async def login(request: Request) -> Response:
    await session_of(request).regenerate()
    request.session["user"] = 7
    return await me(request)


async def me(request: Request) -> Response:
    return JSONResponse({"user": request.session.get("user"), "outcome": str(session_of(request).outcome)})


async def add(request: Request) -> Response:
    request.session.setdefault("cart", []).append(1)
    return JSONResponse({"cart": request.session["cart"]})


async def put(request: Request) -> Response:
    request.session.update(await request.json())
    return Response()


class Target:
    """The service, its table, and the pen of whoever knows its secret."""

    keyring = Keyring(SECRET)

    def __init__(self, database: str, store: WatchedStore, caplog: pytest.LogCaptureFixture, **options: Any) -> None:
        self.database, self.store, self._caplog = database, store, caplog
        app = Starlette(routes=[Route(f"/{page.__name__}", page, methods=["GET", "POST"]) for page in (login, me, add, put)])
        settings: dict[str, Any] = {"secret": SECRET, "cookie": CookiePolicy(name=NAME), "idle": timedelta(hours=1)}
        app.add_middleware(SessionMiddleware, store=store, **{**settings, **options})
        self._transport = httpx2.ASGITransport(app)

    async def ask(self, path: str, *cookies: str | bytes, forwarded_proto: str = "http", **content: Any) -> httpx2.Response:
        """Send one request with these Cookie headers.

        Whatever they hold: no crash, no error in the log, no header split, at most one cookie set, nothing of theirs in the log.
        """
        headers = [(b"cookie", cookie.encode("latin-1") if isinstance(cookie, str) else cookie) for cookie in cookies]
        headers.append((b"x-forwarded-proto", forwarded_proto.encode("latin-1")))
        known = len(self._caplog.records)
        request = httpx2.Request("POST", f"http://shop.test/{path}", headers=headers, **content)
        response = await self._transport.handle_async_request(request)
        await response.aread()
        assert response.status_code < 500
        assert [name for name, _ in response.headers.raw].count(b"set-cookie") <= 1
        assert not [raw for raw in response.headers.raw if any(byte in part for part in raw for byte in b"\r\n\0")]
        logged = [str(vars(record)) for record in self._caplog.records[known:]]
        assert not [record for record in self._caplog.records[known:] if record.exc_info or record.levelno >= logging.ERROR]
        assert not [piece for piece in _pieces(cookies) for line in logged if piece in line]
        return response

    async def outcome(self, *cookies: str | bytes) -> str:
        """How a request with these cookies fares; nobody is logged in unless it lives."""
        answer = (await self.ask("me", *cookies)).json()
        assert answer["user"] is None or answer["outcome"] == "live"
        return str(answer["outcome"])

    async def user(self, *cookies: str | bytes) -> int | None:
        """Who is logged in with these cookies."""
        user: int | None = (await self.ask("me", *cookies)).json()["user"]
        return user

    async def visitor(self, path: str = "login") -> str:
        """The cookie, `name=value`, of somebody new who opens this page."""
        return new_cookie(await self.ask(path))

    @property
    def rows(self) -> dict[str, Any]:
        """What the table holds, by id."""
        with psycopg.connect(self.database) as connection:
            return dict(connection.execute("SELECT sid, sess FROM session").fetchall())

    def insert(self, session_id: str, sess: str = '{"cookie":{"originalMaxAge":3600000},"user":7}', expire: str = FAR) -> None:
        """Put a row into the table, as Express would."""
        with psycopg.connect(self.database) as connection:
            connection.execute("INSERT INTO session VALUES (%s, %s, %s)", (session_id, sess, expire))

    def signed(self, session_id: str, keyring: Keyring | None = None) -> str:
        """The cookie, `name=value`, of an id signed by the service, or by another keyring."""
        return as_cookie(cookie_value(session_id, keyring or self.keyring))


@asynccontextmanager
async def serving(database: str, caplog: pytest.LogCaptureFixture, **options: Any) -> AsyncIterator[Target]:
    """The service on this database; options are the middleware's."""
    caplog.set_level(logging.DEBUG, "sessile")
    store = WatchedStore(database)
    await store.open()
    try:
        yield Target(database, store, caplog, **options)
    finally:
        await store.close()


def as_cookie(value: str, name: str = NAME) -> str:
    """A value as a browser sends it back, escaped as Express escapes it."""
    return f"{name}={quote(value, safe='')}"


def new_cookie(response: httpx2.Response) -> str:
    """The cookie, `name=value`, that a response sets."""
    return str(response.headers["set-cookie"]).partition(";")[0]


def id_of(cookie: str) -> str:
    """The id in a cookie of ours."""
    return cookie.partition("s%3A")[2].partition(".")[0]


def _pieces(cookies: Sequence[str | bytes]) -> Iterator[str]:
    for cookie in cookies:
        text = cookie.decode("latin-1") if isinstance(cookie, bytes) else cookie
        value = text.partition("=")[2]
        yield from (value[start : start + LEAKED] for start in range(0, len(value) - LEAKED, LEAKED))

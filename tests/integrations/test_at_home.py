"""What each framework has of its own for sessions means this one: Litestar's setters, Quart's flash, FastAPI's dependencies."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import httpx2
import msgspec
import pytest
from fastapi import Depends, FastAPI, HTTPException, WebSocket
from litestar import Litestar, Request, get
from quart import Quart, flash, get_flashed_messages, session, websocket
from starlette.testclient import TestClient

from sessile import MemoryStore, PayloadMismatch, SessionMiddleware
from sessile.integrations.fastapi import CurrentSession
from sessile.integrations.quart import Sessions
from sessile.testing import SECRET


@asynccontextmanager
async def visitor(app: Any) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://shop.test") as client:
        yield client


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


class Cart(msgspec.Struct):
    items: list[str]


class TestLitestar:
    async def test_set_session_and_clear_session_are_stored(self, store: MemoryStore) -> None:
        @get("/set")
        async def put(request: Request[Any, Any, Any]) -> None:
            request.set_session({"user": 7})

        @get("/cart")
        async def cart(request: Request[Any, Any, Any]) -> None:
            request.set_session(Cart(["tea"]))

        @get("/show")
        async def show(request: Request[Any, Any, Any]) -> dict[str, Any]:
            return dict(request.session)

        @get("/clear")
        async def clear(request: Request[Any, Any, Any]) -> None:
            request.clear_session()

        async with visitor(SessionMiddleware(Litestar([put, cart, show, clear]), store=store, secret=SECRET)) as client:
            await client.get("/set")
            assert (await client.get("/show")).json() == {"user": 7}
            await client.get("/cart")
            assert (await client.get("/show")).json() == {"items": ["tea"]}
            await client.get("/clear")
            assert (await client.get("/show")).json() == {}


class TestQuart:
    async def test_flashes_are_shown_once(self, store: MemoryStore) -> None:
        app = Quart(__name__)
        Sessions(app, store=store, secret=SECRET)

        @app.get("/say")
        async def say() -> dict[str, str]:
            await flash("saved")
            return {}

        @app.get("/show")
        async def show() -> list[Any]:
            return get_flashed_messages()

        async with visitor(app) as client:
            await client.get("/say")
            assert (await client.get("/show")).json() == ["saved"]
            assert (await client.get("/show")).json() == []

    async def test_a_websocket_knows_who_logged_in(self, store: MemoryStore) -> None:
        app = Quart(__name__)
        Sessions(app, store=store, secret=SECRET)

        @app.get("/login")
        async def login() -> dict[str, str]:
            session["user"] = 7
            return {}

        @app.websocket("/talk")
        async def talk() -> None:
            await websocket.send(str(session["user"]))

        client = app.test_client()
        await client.get("/login")
        async with client.websocket("/talk") as connection:
            assert await connection.receive() == "7"


class TestFastApi:
    def test_one_dependency_serves_routes_and_websockets(self, store: MemoryStore) -> None:
        class Login(msgspec.Struct):
            user: int

        def logged_in(session: CurrentSession) -> Login:
            try:
                return session.view(Login)
            except PayloadMismatch:
                raise HTTPException(401) from None

        app = FastAPI()
        app.add_middleware(SessionMiddleware, store=store, secret=SECRET)

        @app.get("/login")
        async def login(session: CurrentSession) -> dict[str, int]:
            session.assign(Login(7))
            return {}

        @app.get("/me")
        async def me(login: Annotated[Login, Depends(logged_in)]) -> dict[str, int]:
            return {"user": login.user}

        @app.websocket("/talk")
        async def talk(socket: WebSocket, session: CurrentSession) -> None:
            await socket.accept()
            await socket.send_json(session["user"])

        client = TestClient(app)
        assert client.get("/me").status_code == 401
        client.get("/login")
        assert client.get("/me").json() == {"user": 7}
        with client.websocket_connect("/talk") as socket:
            assert socket.receive_json() == 7

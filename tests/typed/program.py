"""A service as a strictly typed user writes it; mypy says of each value what it is."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, assert_type

import httpx2
import msgspec
from fastapi import Depends, FastAPI, HTTPException, WebSocket
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from sessile import (
    AsyncSession,
    CookiePolicy,
    Keyring,
    MemoryStore,
    Outcome,
    PayloadMismatch,
    PostgresStore,
    Reason,
    SessionMiddleware,
    Station,
    StoreError,
    StoreUnavailable,
    UserSession,
    session_of,
)
from sessile.integrations.fastapi import CurrentSession
from sessile.integrations.starlette import SessionMiddleware as DropIn
from sessile.testing import SECRET, FakeClock, Fault, FaultyStore, login_as, travel


class Login(msgspec.Struct):
    """What a session holds."""

    user: int
    cart: list[str] = []


def logged_in(session: CurrentSession) -> Login:
    """Who asks."""
    try:
        return session.view(Login)
    except PayloadMismatch:
        raise HTTPException(401) from None


def service(store: PostgresStore) -> FastAPI:
    """An application with its sessions."""
    app = FastAPI()
    app.add_middleware(
        SessionMiddleware,
        store=store,
        secret=Keyring(["a new one of sufficient length", "the old one"], verify_only=[b"an older one"]),
        cookie=CookiePolicy(name="ofa.sid", same_site="strict", secure=True),
        idle=timedelta(days=14),
        absolute=timedelta(days=90),
        recheck=timedelta(seconds=30),
        anonymous_in_outage=("/news/*",),
        log_user=lambda session: session.get("user"),
        on_event=print,
    )

    @app.post("/login")
    async def login(session: CurrentSession) -> dict[str, str | None]:
        assert_type(session, AsyncSession)
        await session.regenerate(empty=True)
        session.assign(Login(7))
        session.remember(timedelta(days=30))
        await session.save()
        assert_type(session.id, str | None)
        assert_type(session.changes, frozenset[str])
        return {"id": session.id}

    @app.get("/me")
    async def me(login: Annotated[Login, Depends(logged_in)]) -> dict[str, list[str]]:
        assert_type(login, Login)
        return {"cart": login.cart}

    @app.websocket("/chat")
    async def chat(socket: WebSocket) -> None:
        session = session_of(socket)
        assert_type(session["user"], Any)
        await socket.accept()
        assert_type(await session.check(), bool)

    return app


async def ended(request: Request) -> JSONResponse:
    """How a session fared."""
    outcome = session_of(request).outcome
    assert_type(outcome, Outcome)
    assert_type(outcome.station, Station | None)
    match outcome.reason:
        case Reason.EXPIRED | Reason.EXPIRED_ABSOLUTE:
            return JSONResponse({"because": "you were away too long"})
        case reason:
            return JSONResponse({"because": reason.value})


async def devices(store: PostgresStore) -> list[str]:
    """A user's sessions."""
    sessions = await store.sessions_of(7)
    assert_type(sessions, tuple[UserSession, ...])
    await store.revoke_all(7)
    return [session.device for session in sessions]


routes = [Route("/ended", ended)]
plain = Starlette(
    routes=routes, middleware=[Middleware(SessionMiddleware, store=MemoryStore(), secret=Path("/run/secrets/session"))]
)
moved = Starlette(routes=routes)
moved.add_middleware(
    DropIn, secret_key="Xr4sGm9dKf7bVz3wHn6pTq1yLc8j", max_age=3600, https_only=True, absolute=timedelta(days=90)
)
bare = SessionMiddleware(plain, store="postgresql:///shop")


async def tested() -> None:
    """The application's tests."""
    store, clock = FaultyStore(), FakeClock()
    app = Starlette(routes=routes)
    app.add_middleware(SessionMiddleware, store=store, secret=SECRET, clock=clock)
    login_as(TestClient(app), {"user": 7})
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app)) as client:
        await login_as(client, {"user": 7})
        await travel(client, lambda client: client.post("/login"), "/me")
    with store.failing(Fault.DOWN):
        clock.advance(timedelta(hours=1))


def told(error: StoreError) -> str:
    """An outage, in words."""
    return "again later" if isinstance(error, StoreUnavailable) else error.code

"""A small application behind the middleware, and a store that can be put out of reach."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from sessile import CookiePolicy, MemoryStore, SessionMiddleware, session_of
from sessile.errors import StoreError, StoreUnavailable
from sessile.session.store import Answer, Want
from sessile.testing import FakeClock

SECRET = "a secret of sufficient length"


class FailingStore(MemoryStore):
    """A memory store that answers with an outage while `down`."""

    def __init__(self) -> None:
        super().__init__()
        self.down = False

    async def perform(self, wants: Sequence[Want]) -> Sequence[Answer | StoreError]:
        if self.down:
            return [StoreUnavailable("connection refused", "ECONNREFUSED")] * len(wants)
        return await super().perform(wants)


async def login(request: Request) -> Response:
    await session_of(request).regenerate()
    request.session["userId"] = 7
    return JSONResponse({"user": 7})


async def me(request: Request) -> Response:
    user = request.session.get("userId")
    return JSONResponse({"user": user}, 200 if user else 401)


async def nested(request: Request) -> Response:
    request.session.setdefault("cart", {"items": []})["items"].append(1)
    return JSONResponse(request.session["cart"])


async def logout(request: Request) -> Response:
    await session_of(request).destroy()
    return PlainTextResponse("bye")


async def health(_request: Request) -> Response:
    return PlainTextResponse("ok")


async def broken(request: Request) -> Response:
    request.session["half"] = "done"
    return PlainTextResponse("oops", 500)


async def late(request: Request) -> Response:
    async def body() -> AsyncIterator[bytes]:
        yield b"first"
        request.session["tardy"] = 1
        yield b"second"

    return StreamingResponse(body())


async def odd(request: Request) -> Response:
    request.session["when"] = object()
    return PlainTextResponse("never sent")


async def outcome(request: Request) -> Response:
    return PlainTextResponse(str(session_of(request).outcome))


PAGES = (login, me, nested, logout, health, broken, late, odd, outcome)
ROUTES = [Route(f"/{page.__name__}", page, methods=["GET", "POST"]) for page in PAGES]


def client_of(store: MemoryStore, clock: FakeClock, *, base_url: str = "http://shop.test", **changed: Any) -> httpx2.AsyncClient:
    options: dict[str, Any] = {"secret": SECRET, "cookie": CookiePolicy(name="ofa.sid"), "idle": timedelta(hours=1)}
    app = Starlette(routes=ROUTES)
    app.add_middleware(SessionMiddleware, store=store, clock=clock, **{**options, **changed})
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    return httpx2.AsyncClient(transport=transport, base_url=base_url)

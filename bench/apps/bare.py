"""The service as a bare ASGI application: with sessile, or without sessions."""

import json
import os
from datetime import timedelta
from typing import Any

from bench.apps import FOURTEEN_DAYS_SECONDS, PROFILE
from sessile import CookiePolicy, PostgresStore, SessionMiddleware
from sessile.integrations.asgi import Application, Receive, Scope, Send


async def service(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await _live(receive, send)
        return
    status, answer = _answer(scope["path"], scope["session"])
    await _respond(send, status, answer)


async def anybody(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await _live(receive, send)
        return
    await _respond(send, 200, {"userId": 1, "name": PROFILE["name"]})


def create_app() -> Application:
    if os.environ["SESSIONS"] == "none":
        return anybody
    idle = timedelta(seconds=FOURTEEN_DAYS_SECONDS)
    return SessionMiddleware(service, store=PostgresStore(), cookie=CookiePolicy(), idle=idle)


def _answer(path: str, session: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    if path == "/login":
        session.update(PROFILE, userId=1)
        return 200, {"userId": 1}
    if "userId" not in session:
        return 401, {"error": "not logged in"}
    if path == "/count":
        session["count"] += 1
        return 200, {"count": session["count"]}
    return 200, {"userId": session["userId"], "name": session["name"]}


async def _respond(send: Send, status: int, answer: dict[str, Any]) -> None:
    body = json.dumps(answer, separators=(",", ":")).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _live(receive: Receive, send: Send) -> None:
    for said in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{said}.complete"})

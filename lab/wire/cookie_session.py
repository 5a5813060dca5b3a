"""A service that keeps its sessions in the cookie, with Starlette's own middleware: `python -m lab.wire.cookie_session`."""

import logging
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from lab.browser import PASSWORD
from lab.service import Service

ROOT = Path(__file__).parents[2]
SAME_SITES: Mapping[str, Literal["lax", "strict", "none"]] = {"lax": "lax", "strict": "strict", "none": "none"}


class CookieSessionService(Service):
    """One instance. Its settings: COOKIE_SECURE, COOKIE_SAMESITE, COOKIE_PATH, and PROFILE_BYTES that a login stores."""

    def __init__(self, environment: Mapping[str, str], directory: Path, *, ready_seconds: float = 30) -> None:
        settings = {"PYTHONPATH": f"{ROOT}:{ROOT / 'src'}", "PYTHONUNBUFFERED": "1", **environment}
        command = [sys.executable, "-m", "lab.wire.cookie_session"]
        super().__init__("starlette", command, ROOT, settings, directory, ready_seconds=ready_seconds)


async def login(request: Request) -> JSONResponse:
    """Log in, and put the whole profile into the session."""
    given = await request.json()
    if given.get("password") != PASSWORD:
        return JSONResponse({"error": "Wrong e-mail or password"}, 401)
    request.session["userId"] = given["email"]
    request.session["profile"] = "ab3" * (int(os.environ.get("PROFILE_BYTES", "0")) // 3)
    return JSONResponse({"user": {"name": "Ana"}})


async def me(request: Request) -> JSONResponse:
    """Say who is logged in."""
    user = request.session.get("userId")
    return JSONResponse({"user": {"name": "Ana"}} if user else {"error": "not logged in"}, 200 if user else 401)


async def logout(request: Request) -> JSONResponse:
    """Log out."""
    request.session.clear()
    return JSONResponse({"loggedOut": True})


def main() -> None:
    """Serve until SIGTERM."""
    settings = os.environ
    session = Middleware(
        SessionMiddleware,
        secret_key=settings["SESSION_SECRET"],
        same_site=SAME_SITES[settings.get("COOKIE_SAMESITE", "lax")],
        https_only=settings.get("COOKIE_SECURE") == "1",
        path=settings.get("COOKIE_PATH", "/"),
    )
    routes = [
        Route("/api/auth/login", login, methods=["POST"]),
        Route("/api/me", me),
        Route("/api/auth/logout", logout, methods=["POST"]),
    ]
    logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    listener = socket.create_server(("127.0.0.1", int(settings.get("PORT", "0"))))
    logging.getLogger("lab.wire").info("Server running on port %d", listener.getsockname()[1])
    uvicorn.Server(uvicorn.Config(Starlette(routes=routes, middleware=[session]), log_config=None)).run(sockets=[listener])


if __name__ == "__main__":
    main()

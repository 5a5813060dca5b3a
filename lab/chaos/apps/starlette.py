"""On Starlette, under uvicorn."""

import logging
import os
import socket
import sys
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from lab.chaos.service import COOKIE, IDLE, KEEP_ALIVE_SECONDS, POOL_SIZE
from sessile import CookiePolicy, PostgresStore, SessionMiddleware, session_of


async def visit(request: Request) -> Response:
    """Begin a session that belongs to nobody but the holder of the nonce."""
    session_of(request).update(await request.json())
    return JSONResponse(dict(request.session))


async def login(request: Request) -> Response:
    session = _owned(request)
    await session_of(request).regenerate()
    session.update(await request.json())
    return JSONResponse(dict(session))


async def regenerate(request: Request) -> Response:
    session = _owned(request)
    await session_of(request).regenerate()
    return JSONResponse(dict(session))


async def write(request: Request) -> Response:
    _owned(request).update(await request.json())
    return JSONResponse(dict(request.session))


async def read(request: Request) -> Response:
    return JSONResponse(dict(_owned(request)))


async def logout(request: Request) -> Response:
    _owned(request)
    await session_of(request).destroy()
    return JSONResponse({})


async def health(_request: Request) -> Response:
    return PlainTextResponse("ok")


def application() -> Starlette:
    """The service, set up by its environment."""
    pages = (visit, login, regenerate, write, read, logout)
    app = Starlette(
        routes=[Route("/health", health), *(Route(f"/{page.__name__}", page, methods=["POST"]) for page in pages)],
    )
    app.add_middleware(
        SessionMiddleware,
        store=PostgresStore(pool_size=POOL_SIZE, timeout=float(os.environ["TIMEOUT_SECONDS"])),
        cookie=CookiePolicy(name=COOKIE),
        idle=IDLE,
    )
    return app


def _owned(request: Request) -> dict[str, Any]:
    """The session of somebody who has one; otherwise the request is answered 401."""
    if "nonce" not in request.session:
        raise HTTPException(401, "No session")
    return request.session


def main() -> None:
    """Serve until SIGTERM."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stdout, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=256)
    print(f"Server running on port {listener.getsockname()[1]} ", flush=True)
    uvicorn.Server(uvicorn.Config(application(), log_config=None, access_log=False, timeout_keep_alive=KEEP_ALIVE_SECONDS)).run(
        sockets=[listener]
    )


if __name__ == "__main__":
    main()

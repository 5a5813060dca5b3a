"""A service on Starlette."""

import os

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sessile import SessionMiddleware, session_of


async def login(request: Request) -> Response:
    await session_of(request).regenerate()
    request.session["user"] = 7
    return JSONResponse({})


async def me(request: Request) -> Response:
    return JSONResponse({"user": request.session.get("user"), "pid": os.getpid()})


async def logout(request: Request) -> Response:
    await session_of(request).destroy()
    return JSONResponse({})


routes = [Route("/login", login, methods=["POST"]), Route("/me", me), Route("/logout", logout, methods=["POST"])]
app = Starlette(routes=routes, middleware=[Middleware(SessionMiddleware)])

"""A service on Litestar, whole within the middleware, so that its start is checked too."""

import os
from typing import Any

from litestar import Litestar, Request, get, post

from sessile import SessionMiddleware, session_of


@post("/login", status_code=200)
async def login(request: Request[Any, Any, Any]) -> dict[str, int]:
    await session_of(request).regenerate()
    request.session["user"] = 7
    return {}


@get("/me")
async def me(request: Request[Any, Any, Any]) -> dict[str, int | None]:
    return {"user": request.session.get("user"), "pid": os.getpid()}


@post("/logout", status_code=200)
async def logout(request: Request[Any, Any, Any]) -> dict[str, int]:
    await session_of(request).destroy()
    return {}


app = SessionMiddleware(Litestar([login, me, logout]))

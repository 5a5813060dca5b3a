"""A service on Quart, with Quart's own `session`."""

import os

from quart import Quart, request, session

from sessile import session_of
from sessile.integrations.quart import Sessions

app = Quart(__name__)
Sessions(app)


@app.post("/login")
async def login() -> dict[str, int]:
    await session_of(request).regenerate()
    session["user"] = 7
    return {}


@app.get("/me")
async def me() -> dict[str, int | None]:
    return {"user": session.get("user"), "pid": os.getpid()}


@app.post("/logout")
async def logout() -> dict[str, int]:
    await session_of(request).destroy()
    return {}

"""A service on FastAPI, with the session as a dependency."""

import os

from fastapi import FastAPI

from sessile import SessionMiddleware
from sessile.integrations.fastapi import CurrentSession

app = FastAPI()
app.add_middleware(SessionMiddleware)


@app.post("/login")
async def login(session: CurrentSession) -> dict[str, int]:
    await session.regenerate()
    session["user"] = 7
    return {}


@app.get("/me")
def me(session: CurrentSession) -> dict[str, int | None]:
    return {"user": session.get("user"), "pid": os.getpid()}


@app.post("/logout")
async def logout(session: CurrentSession) -> dict[str, int]:
    await session.destroy()
    return {}

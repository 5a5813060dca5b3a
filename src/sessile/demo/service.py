"""A login-and-onboarding service, as small as a real one can be: FastAPI, one session table, the cookie `ofa.sid`."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from importlib.resources import files
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from sessile.integrations.asgi import SessionMiddleware, session_of
from sessile.session.cookie import CookiePolicy
from sessile.session.keyring import Secrets
from sessile.session.store import Store

log = logging.getLogger("sessile.demo")

PEOPLE = {
    "ana@example.com": "Ana",
    "ben@example.com": "Ben",
    "chandra@example.com": "Chandra",
    "dana@example.com": "Dana",
}
PASSWORD = "demo"  # noqa: S105 - everybody's, printed on the page


class Credentials(BaseModel):
    """What a login sends."""

    email: str = Field(max_length=254)
    password: str = Field(max_length=254)


class Onboarding(BaseModel):
    """What the onboarding form sends."""

    company: str = Field(max_length=200)


def create_app(
    store: Store,
    *,
    secret: Secrets | None = None,
    origins: Sequence[str] = (),
    idle: timedelta = timedelta(days=14),
    allow_weak_secret: bool = False,
) -> FastAPI:
    """The service on any store. `secret` as for SessionMiddleware; `origins` may call it from a browser with credentials."""
    app = FastAPI(title="sessile demo", docs_url=None, redoc_url=None)
    app.add_middleware(
        SessionMiddleware,
        store=store,
        secret=secret,
        cookie=CookiePolicy(name="ofa.sid"),
        idle=idle,
        allow_weak_secret=allow_weak_secret,
        log_user=lambda session: session.get("userId"),
    )
    app.add_middleware(
        CORSMiddleware,
        allow_origins=list(origins),
        allow_credentials=True,
        allow_methods=["GET", "POST"],
        allow_headers=["content-type"],
    )

    @app.get("/", response_class=HTMLResponse)
    async def page() -> str:
        return files("sessile.demo").joinpath("page.html").read_text(encoding="utf-8")

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.post("/api/auth/login")
    async def login(request: Request, credentials: Credentials) -> dict[str, Any]:
        name = PEOPLE.get(credentials.email.strip().lower())
        if name is None or credentials.password != PASSWORD:
            raise HTTPException(401, "Wrong e-mail or password")
        session = session_of(request)
        await session.regenerate()
        session["userId"] = list(PEOPLE.values()).index(name) + 1
        session["name"] = name
        return {"user": {"name": name}}

    @app.get("/api/me")
    async def me(request: Request) -> dict[str, Any]:
        return {"user": {"name": _user(request)["name"], "company": request.session.get("company")}}

    @app.post("/api/onboarding")
    async def onboarding(request: Request, answers: Onboarding) -> dict[str, Any]:
        _user(request)["company"] = answers.company
        return {"saved": True}

    @app.get("/count")
    async def count(request: Request) -> dict[str, int]:
        request.session["count"] = request.session.get("count", 0) + 1
        return {"count": request.session["count"]}

    @app.post("/api/auth/logout")
    async def logout(request: Request) -> dict[str, bool]:
        await session_of(request).destroy()
        return {"loggedOut": True}

    return app


def _user(request: Request) -> dict[str, Any]:
    """The session of somebody who is logged in; otherwise the request is answered 401."""
    if "userId" not in request.session:
        raise HTTPException(401, "Session expired. Please log in again.")
    return request.session

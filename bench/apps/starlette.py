"""The service on Starlette: with sessile, with Starlette's own cookie sessions, or without sessions."""

import os
from datetime import timedelta

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware as CookieSessions
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bench.apps import FOURTEEN_DAYS_SECONDS, PROFILE
from sessile import CookiePolicy, PostgresStore, SessionMiddleware


async def me(request: Request) -> JSONResponse:
    session = request.session
    if "userId" not in session:
        return JSONResponse({"error": "not logged in"}, 401)
    return JSONResponse({"userId": session["userId"], "name": session["name"]})


async def count(request: Request) -> JSONResponse:
    session = request.session
    if "userId" not in session:
        return JSONResponse({"error": "not logged in"}, 401)
    session["count"] += 1
    return JSONResponse({"count": session["count"]})


async def login(request: Request) -> JSONResponse:
    request.session.update(PROFILE, userId=1)
    return JSONResponse({"userId": 1})


async def anybody(_: Request) -> JSONResponse:
    return JSONResponse({"userId": 1, "name": PROFILE["name"]})


def create_app() -> Starlette:
    if os.environ["SESSIONS"] == "none":
        return Starlette(routes=[Route("/me", anybody)])
    routes = [Route("/me", me), Route("/count", count), Route("/login", login, methods=["POST"])]
    return Starlette(routes=routes, middleware=[_sessions(os.environ["SESSIONS"])])


def _sessions(kind: str) -> Middleware:
    match kind:
        case "sessile" | "sessile-exact":
            idle, exact = timedelta(seconds=FOURTEEN_DAYS_SECONDS), kind == "sessile-exact"
            return Middleware(SessionMiddleware, store=PostgresStore(), cookie=CookiePolicy(), idle=idle, exact_touch=exact)
        case "cookie":
            return Middleware(CookieSessions, secret_key=os.environ["SESSION_SECRET"], max_age=FOURTEEN_DAYS_SECONDS)
        case _:
            raise ValueError(f"SESSIONS={kind}: sessile, sessile-exact, cookie or none")

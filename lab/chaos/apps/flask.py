"""On Flask."""

import os
from typing import Any

from flask import Flask, abort, request

from lab.chaos.service import COOKIE, IDLE, POOL_SIZE
from sessile import CookiePolicy, PostgresStore
from sessile.integrations.flask import Sessions, session

application = Flask(__name__)
Sessions(
    application,
    store=PostgresStore(pool_size=POOL_SIZE, timeout=float(os.environ["TIMEOUT_SECONDS"])),
    cookie=CookiePolicy(name=COOKIE),
    idle=IDLE,
)


@application.post("/visit")
def visit() -> dict[str, Any]:
    """Begin a session that belongs to nobody but the holder of the nonce."""
    session.update(request.get_json())
    return dict(session)


@application.post("/login")
def login() -> dict[str, Any]:
    _owned()
    session.regenerate()
    session.update(request.get_json())
    return dict(session)


@application.post("/regenerate")
def regenerate() -> dict[str, Any]:
    _owned()
    session.regenerate()
    return dict(session)


@application.post("/write")
def write() -> dict[str, Any]:
    _owned()
    session.update(request.get_json())
    return dict(session)


@application.post("/read")
def read() -> dict[str, Any]:
    _owned()
    return dict(session)


@application.post("/logout")
def logout() -> dict[str, Any]:
    _owned()
    session.destroy()
    return {}


@application.get("/health")
def health() -> str:
    return "ok"


def _owned() -> None:
    """Answer 401 to whoever has no session."""
    if "nonce" not in session:
        abort(401)

"""A Flask application for the tests on real servers: its store and secret are the environment's."""

import os

from flask import Flask

from sessile import CookiePolicy, PostgresStore
from sessile.integrations.flask import Sessions, session

app = Flask(__name__)
cookie = CookiePolicy(name=os.environ.get("COOKIE_NAME", "session"), name_before=os.environ.get("COOKIE_NAME_BEFORE"))
Sessions(app, store=PostgresStore(pool_size=4, timeout=3), cookie=cookie)


@app.post("/login")
def login() -> dict[str, int]:
    session.regenerate()
    session["userId"] = 7
    return {}


@app.get("/me")
def me() -> tuple[dict[str, int | None], int]:
    user = session.get("userId")
    return {"user": user, "worker": os.getpid()}, 200 if user else 401


@app.get("/count")
def count() -> dict[str, int]:
    session["count"] = session.get("count", 0) + 1
    return {"count": session["count"]}


@app.get("/logout")
def logout() -> dict[str, int]:
    session.destroy()
    return {}


@app.get("/health")
def health() -> str:
    return "ok"

"""The service on Flask: with sessile, or with Flask-Session, its sessions in PostgreSQL through SQLAlchemy."""

import os
from datetime import timedelta

from flask import Flask, session
from flask.typing import ResponseReturnValue

from bench.apps import FOURTEEN_DAYS_SECONDS, PROFILE


def me() -> ResponseReturnValue:
    if "userId" not in session:
        return {"error": "not logged in"}, 401
    return {"userId": session["userId"], "name": session["name"]}


def count() -> ResponseReturnValue:
    if "userId" not in session:
        return {"error": "not logged in"}, 401
    session["count"] += 1
    return {"count": session["count"]}


def login() -> ResponseReturnValue:
    session.update(PROFILE, userId=1)
    return {"userId": 1}


def create_app() -> Flask:
    app = Flask(__name__)
    if os.environ["SESSIONS"] == "sessile":
        _sessile(app)
    else:
        _flask_session(app)
    app.add_url_rule("/me", view_func=me)
    app.add_url_rule("/count", view_func=count)
    app.add_url_rule("/login", view_func=login, methods=["POST"])
    return app


def _sessile(app: Flask) -> None:
    from sessile import CookiePolicy, PostgresStore
    from sessile.integrations.flask import Sessions

    store = PostgresStore(pool_size=int(os.environ["POOL_MAX"]))
    Sessions(app, store=store, cookie=CookiePolicy(), idle=timedelta(seconds=FOURTEEN_DAYS_SECONDS))


def _flask_session(app: Flask) -> None:
    from flask_session import Session
    from flask_sqlalchemy import SQLAlchemy

    app.config.update(
        SECRET_KEY=os.environ["SESSION_SECRET"],
        PERMANENT_SESSION_LIFETIME=timedelta(seconds=FOURTEEN_DAYS_SECONDS),
        SESSION_REFRESH_EACH_REQUEST=os.environ["SESSIONS"] == "refreshed",
        SESSION_TYPE="sqlalchemy",
        SESSION_SQLALCHEMY_TABLE="flask_session",
        SQLALCHEMY_DATABASE_URI=os.environ["DATABASE_URL"].replace("postgresql:", "postgresql+psycopg:", 1),
        SQLALCHEMY_ENGINE_OPTIONS={"pool_size": int(os.environ["POOL_MAX"])},
    )
    app.config["SESSION_SQLALCHEMY"] = SQLAlchemy(app)
    Session(app)

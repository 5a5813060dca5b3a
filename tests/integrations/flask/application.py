"""An application on Flask with every use of a session that the tests make."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, cast

import flask
from flask import Flask, flash, get_flashed_messages
from werkzeug.test import TestResponse

from sessile.integrations.flask import Sessions, session
from sessile.testing import SECRET

OLD_KEY = "the key of before, of sufficient length"


def application(store: Any, **options: Any) -> Flask:
    app = Flask(__name__)
    app.config["SECRET_KEY"] = OLD_KEY
    Sessions(app, store=store, secret=SECRET, **options)

    @app.post("/login")
    def login() -> dict[str, Any]:
        session.regenerate()
        session["userId"] = 7
        flash("welcome")
        return {}

    @app.get("/me")
    def me() -> tuple[dict[str, Any], int]:
        user = session.get("userId")
        return {"user": user, "outcome": str(session.outcome)}, 200 if user else 401

    @app.get("/flashed")
    def flashed() -> list[Any]:
        return list(get_flashed_messages(with_categories=True))

    @app.get("/nested")
    def nested() -> dict[str, Any]:
        session.setdefault("cart", {"items": []})["items"].append(1)
        cart: dict[str, Any] = session["cart"]
        return cart

    @app.get("/remember")
    def remember() -> dict[str, Any]:
        session.permanent = True
        return {"permanent": session.permanent}

    @app.get("/clear")
    def clear() -> str:
        session.clear()
        return "bye"

    @app.get("/destroy")
    def destroy() -> str:
        session.destroy()
        return "bye"

    @app.get("/save")
    def save() -> str:
        session["draft"] = 1
        session.save()
        return "saved"

    @app.get("/broken")
    def broken() -> tuple[str, int]:
        session["half"] = "done"
        return "oops", 500

    @app.get("/when")
    def when() -> str:
        session["when"] = datetime.now(UTC)
        return "never"

    @app.get("/stream")
    def stream() -> flask.Response:
        def lines() -> Iterator[str]:
            yield "one "
            session["late"] = True
            yield "two"

        return flask.Response(flask.stream_with_context(lines()))

    @app.post("/regenerate")
    def regenerate() -> dict[str, Any]:
        before = session.sid
        cast("Any", app.session_interface).regenerate(flask.session)
        return {"before": before, "after": session.sid}

    @app.get("/health")
    def health() -> str:
        return "ok"

    return app


def cookies(response: TestResponse) -> list[str]:
    return response.headers.getlist("Set-Cookie")

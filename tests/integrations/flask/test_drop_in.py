"""What an application that had Flask's own sessions keeps."""

from datetime import UTC, datetime, timedelta
from typing import Any

import flask
import msgspec
from flask import Flask
from flask.testing import FlaskClient

from sessile import MemoryStore
from sessile.integrations.flask import FlaskSessionTable
from sessile.session.codec import decode
from sessile.testing import FakeClock
from tests.integrations.flask.application import OLD_KEY, application, cookies


class TestDropIn:
    """An application that had Flask's own sessions, and its users' cookies."""

    @staticmethod
    def cookie(data: dict[str, Any], *, key: str = OLD_KEY) -> str:
        before = Flask(__name__)
        before.secret_key = key

        @before.get("/")
        def index() -> str:
            flask.session.update(data)
            return ""

        client = before.test_client()
        client.get("/")
        kept = client.get_cookie("session")
        assert kept is not None
        return kept.value

    def test_a_signed_cookie_becomes_a_row_once(self, client: FlaskClient, memory: MemoryStore) -> None:
        client.set_cookie("session", self.cookie({"userId": 7, "_permanent": True}))
        response = client.get("/me")
        assert response.json == {"user": 7, "outcome": "live"}
        [cookie] = cookies(response)
        assert "session=s%3A" in cookie
        assert "Expires=" in cookie
        assert client.get("/me").json == {"user": 7, "outcome": "live"}
        assert [decode(row.text).data for row in memory.rows.values()] == [{"userId": 7}, {}]

    def test_and_opens_nothing_after_the_logout(self, client: FlaskClient) -> None:
        old = self.cookie({"userId": 7})
        client.set_cookie("session", old)
        client.get("/me")
        client.get("/destroy")
        client.set_cookie("session", old)
        assert client.get("/me").json == {"user": None, "outcome": "find: deleted"}

    def test_a_cookie_of_an_older_key_too(self, memory: MemoryStore) -> None:
        app = application(memory)
        app.config["SECRET_KEY_FALLBACKS"] = ["the key before that, long enough too"]
        client = app.test_client()
        client.set_cookie("session", self.cookie({"userId": 7}, key="the key before that, long enough too"))
        assert client.get("/me").status_code == 200
        client.set_cookie("session", self.cookie({"userId": 8}, key="somebody else's key"))
        assert client.get("/me").status_code == 401

    def test_one_that_is_too_old_is_not_taken_over(self, memory: MemoryStore) -> None:
        clock = FakeClock()
        client = application(memory, clock=clock).test_client()
        client.set_cookie("session", self.cookie({"userId": 7}))
        clock.advance(timedelta(days=32))
        assert client.get("/me").status_code == 401

    def test_what_flask_session_offers_an_application_is_there(self, client: FlaskClient, memory: MemoryStore) -> None:
        client.post("/login")
        [before] = memory.rows
        said = client.post("/regenerate").json
        [after] = memory.rows
        assert said == {"before": before, "after": after}
        assert before != after

    def test_rows_of_flask_session_are_taken_over(self, memory: MemoryStore) -> None:
        rows = {"session:old-id": (msgspec.msgpack.encode({"userId": 7, "_permanent": True}), datetime.now(UTC) + timedelta(1))}
        client = application(memory, predecessor=FlaskSessionTable("session", rows.get, timedelta(days=31))).test_client()
        client.set_cookie("session", "old-id")
        assert client.get("/me").json == {"user": 7, "outcome": "live"}
        assert client.get("/me").status_code == 200

"""What is saved and when, and what the log says of it."""

import logging
from typing import Any

import pytest
from flask.testing import FlaskClient

from sessile import MemoryStore
from sessile.session.store import Load
from tests.integrations.flask.application import application


def test_a_failed_response_saves_nothing(client: FlaskClient, memory: MemoryStore) -> None:
    client.post("/login")
    client.get("/broken")
    assert "half" not in next(iter(memory.rows.values())).text


def test_a_value_that_json_cannot_hold_is_named(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    assert client.get("/when").status_code == 500
    assert "session['when'] is a datetime" in caplog.text


def test_a_change_after_the_response_has_started_is_told_of(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    client.post("/login")
    assert client.get("/stream", buffered=True).text == "one two"
    assert "session change lost: 'late'" in caplog.text


def test_a_forged_cookie_is_named_in_the_log(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    client.set_cookie("session", "s%3Aabc.forged")
    assert client.get("/me").json == {"user": None, "outcome": "verify: bad_signature"}
    assert "session stopped at verify: bad_signature" in caplog.text


def test_outcomes_are_logged_with_their_fields(memory: MemoryStore, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "sessile")
    client = application(memory, log_user=lambda data: data["userId"], debug_header=True).test_client()
    assert client.post("/login").headers["sessile-outcome"] == "new"
    assert "Session saved for user: 7" in caplog.text
    memory.rows.clear()
    assert client.get("/me").headers["sessile-outcome"].startswith("find: missing")
    [stopped] = [record for record in caplog.records if getattr(record, "session_reason", None) == "missing"]
    assert getattr(stopped, "session_station", None) == "find"


def test_a_look_up_is_the_only_thing_a_read_asks_for(memory: MemoryStore) -> None:
    asked: list[object] = []

    class Listening:
        def __init__(self) -> None:
            self.store = memory.sync()

        def open(self) -> None:
            self.store.open()

        def close(self) -> None:
            self.store.close()

        def perform(self, wants: Any) -> Any:
            asked.extend(wants)
            return self.store.perform(wants)

    client = application(Listening()).test_client()
    client.post("/login")
    asked.clear()
    client.get("/me")
    assert [type(want) for want in asked] == [Load]

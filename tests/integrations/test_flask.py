"""Flask: what a client sees, what the log says, and what an application that had Flask's own sessions keeps."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import flask
import msgspec
import pytest
from flask import Flask, flash, get_flashed_messages
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sessile import ConfigurationError, CookiePolicy, MemoryStore, SecretError
from sessile.integrations.flask import FlaskSessionTable, Sessions, session
from sessile.session.codec import decode
from sessile.session.store import Create, Delete, Load, Update
from sessile.testing import SECRET, FakeClock, Fault, FaultyStore

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


@pytest.fixture
def memory() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def client(memory: MemoryStore) -> FlaskClient:
    return application(memory).test_client()


def cookies(response: TestResponse) -> list[str]:
    return response.headers.getlist("Set-Cookie")


def test_a_login_lasts_and_a_logout_ends_it(client: FlaskClient, memory: MemoryStore) -> None:
    assert client.get("/me").json == {"user": None, "outcome": "new"}
    assert not memory.rows
    [cookie] = cookies(client.post("/login"))
    assert cookie.startswith("session=s%3A")
    assert cookie.endswith("; Path=/; HttpOnly; SameSite=Lax")
    response = client.get("/me")
    assert response.json == {"user": 7, "outcome": "live"}
    assert cookies(response) == []
    assert response.headers["Vary"] == "Cookie"
    [cookie] = cookies(client.get("/destroy"))
    assert "1970" in cookie
    assert not memory.rows


def test_a_session_that_was_cleared_is_over(client: FlaskClient, memory: MemoryStore) -> None:
    client.post("/login")
    [cookie] = cookies(client.get("/clear"))
    assert "1970" in cookie
    assert not memory.rows


def test_every_login_gets_a_new_id(client: FlaskClient, memory: MemoryStore) -> None:
    client.post("/login")
    [before] = memory.rows
    client.post("/login")
    [after] = memory.rows
    assert before != after


def test_flashed_messages_come_once(client: FlaskClient) -> None:
    client.post("/login")
    assert client.get("/flashed").json == [["message", "welcome"]]
    assert client.get("/flashed").json == []


def test_a_nested_change_is_noticed(client: FlaskClient) -> None:
    client.post("/login")
    client.get("/nested")
    assert client.get("/nested").json == {"items": [1, 1]}


def test_a_permanent_session_outlives_the_browser_and_costs_one_write(client: FlaskClient, memory: MemoryStore) -> None:
    client.post("/login")
    [cookie] = cookies(client.get("/remember"))
    assert "Expires=" in cookie
    [(_, row)] = memory.rows.items()
    assert decode(row.text).cookie["originalMaxAge"] == 31 * 86_400_000
    assert cookies(client.get("/remember")) == []
    assert "Expires=" in cookies(client.get("/nested"))[0]


def test_the_cookie_is_as_flask_is_configured(memory: MemoryStore) -> None:
    app = application(memory)
    app.config.update(
        SESSION_COOKIE_NAME="shop",
        SESSION_COOKIE_DOMAIN="shop.example",
        SESSION_COOKIE_PATH="/",
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_PARTITIONED=True,
    )
    [cookie] = cookies(app.test_client().post("/login", base_url="https://shop.example"))
    assert cookie.startswith("shop=s%3A")
    assert cookie.endswith("; Domain=shop.example; Path=/; HttpOnly; Secure; Partitioned; SameSite=Strict")
    assert app.session_interface.get_cookie_name(app) == "shop"


def test_secure_follows_the_request(client: FlaskClient) -> None:
    assert "Secure" not in cookies(client.post("/login"))[0]
    assert "; Secure" in cookies(client.post("/login", headers={"X-Forwarded-Proto": "https"}))[0]


def test_a_cookie_that_is_described_twice_is_refused(memory: MemoryStore) -> None:
    app = Flask(__name__)
    app.config["SESSION_COOKIE_NAME"] = "shop"
    with pytest.raises(ConfigurationError, match="SESSION_COOKIE_NAME: say it once"):
        Sessions(app, store=memory, secret=SECRET, cookie=CookiePolicy(name="connect.sid"))


def test_a_wrong_configuration_does_not_start(memory: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SESSION_SECRET", raising=False)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with pytest.raises(SecretError, match="make one with"):
        Sessions(Flask(__name__), store=memory)
    with pytest.raises(ConfigurationError, match="DATABASE_URL"):
        Sessions(Flask(__name__), secret=SECRET)
    with pytest.raises(ConfigurationError, match="is no session store"):
        Sessions(Flask(__name__), store=cast("Any", object()), secret=SECRET)


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


def test_an_id_is_exchanged_and_the_whole_life_is_limited(memory: MemoryStore) -> None:
    clock = FakeClock()
    options = {"rotate": timedelta(hours=1), "absolute": timedelta(hours=3), "clock": clock}
    client = application(memory, **options).test_client()
    client.post("/login")
    ids = set(memory.rows)
    clock.advance(timedelta(minutes=61))
    assert client.get("/me").status_code == 200
    assert len(set(memory.rows) - ids) == 1
    for _ in range(2):
        clock.advance(timedelta(minutes=59))
        assert client.get("/me").status_code == 200
    clock.advance(timedelta(minutes=2))
    assert client.get("/me").status_code == 401


class TestOutages:
    def test_are_never_a_logout(self, caplog: pytest.LogCaptureFixture) -> None:
        store = FaultyStore()
        client = application(store, anonymous_in_outage=["/flashed"]).test_client()
        client.post("/login")
        with store.failing(Fault.DOWN):
            response = client.get("/me")
            assert (response.status_code, response.headers["Retry-After"], cookies(response)) == (503, "5", [])
            assert response.json is not None
            assert "not logged out" in response.json["detail"]
            assert client.get("/flashed").status_code == 200
            assert client.application.test_client().get("/health").status_code == 200
        assert "session stopped at reach: unavailable" in caplog.text
        assert client.get("/me").json == {"user": 7, "outcome": "live"}

    @pytest.mark.parametrize("path", ["/nested", "/save"])
    def test_at_the_save_answer_503(self, path: str) -> None:
        store = FaultyStore()
        client = application(store).test_client()
        client.post("/login")
        with store.failing(Fault.ANSWER_LOST, Update, Create, Delete):
            response = client.get(path)
        assert (response.status_code, cookies(response)) == (503, [])
        assert client.get("/me").status_code == 200

    def test_a_login_that_was_not_saved_is_no_login(self) -> None:
        store = FaultyStore()
        client = application(store).test_client()
        with store.failing(Fault.REFUSED, Create):
            response = client.post("/login")
        assert (response.status_code, cookies(response)) == (503, [])
        assert client.get("/me").status_code == 401


def test_outcomes_are_logged_with_their_fields(memory: MemoryStore, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "sessile")
    client = application(memory, log_user=lambda data: data["userId"], debug_header=True).test_client()
    assert client.post("/login").headers["sessile-outcome"] == "new"
    assert "Session saved for user: 7" in caplog.text
    memory.rows.clear()
    assert client.get("/me").headers["sessile-outcome"].startswith("find: missing")
    [stopped] = [record for record in caplog.records if getattr(record, "session_reason", None) == "missing"]
    assert getattr(stopped, "session_station", None) == "find"


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

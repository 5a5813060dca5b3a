"""`login_as` and `travel` with Flask's test client."""

import pytest
from flask import Flask, Response, jsonify
from flask.testing import FlaskClient

from sessile.errors import StoreUnavailable
from sessile.integrations.flask import Sessions, session
from sessile.session.outcome import Station
from sessile.testing import SECRET, Fault, FaultyStore, JourneyBroken, login_as, travel


@pytest.fixture
def store() -> FaultyStore:
    return FaultyStore()


@pytest.fixture
def client(store: FaultyStore) -> FlaskClient:
    app = Flask(__name__)
    Sessions(app, store=store, secret=SECRET)

    @app.post("/login")
    def login() -> Response:
        session.regenerate()
        session["user"] = 7
        return jsonify({})

    @app.post("/forgetful")
    def forgetful() -> Response:
        return jsonify({})

    @app.get("/me")
    def me() -> tuple[Response, int]:
        user = session.get("user")
        return jsonify(user=user), 200 if user else 401

    return app.test_client()


def test_a_client_is_logged_in_as_one_and_then_another(client: FlaskClient) -> None:
    login_as(client, {"user": 7})
    assert client.get("/me").json == {"user": 7}
    login_as(client, {"user": 8})
    assert client.get("/me").json == {"user": 8}


def test_an_outage_is_raised(client: FlaskClient, store: FaultyStore) -> None:
    with store.failing(Fault.DOWN), pytest.raises(StoreUnavailable, match="the login was not saved: reach: unavailable"):
        login_as(client, {"user": 7})


def test_without_our_sessions_it_says_so() -> None:
    app = Flask(__name__)
    app.secret_key = SECRET
    with pytest.raises(LookupError, match=r"is a SecureCookieSession: give it sessile\.integrations\.flask\.Sessions"):
        login_as(app.test_client(), {"user": 7})


def test_a_sound_application_arrives(client: FlaskClient) -> None:
    travel(client, lambda client: client.post("/login"), "/me")


def test_a_broken_one_stops_at_its_station(client: FlaskClient, store: FaultyStore) -> None:
    with pytest.raises(JourneyBroken, match="stops at set"):
        travel(client, lambda client: client.post("/forgetful"), "/me")
    with store.failing(Fault.DOWN), pytest.raises(JourneyBroken) as broken:
        travel(client, lambda client: client.post("/login"), "/me")
    assert broken.value.station is Station.REACH

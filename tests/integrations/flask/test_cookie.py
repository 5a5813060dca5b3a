"""The cookie is as Flask is configured, and a wrong configuration does not start."""

from typing import Any, cast

import pytest
from flask import Flask
from flask.testing import FlaskClient

from sessile import ConfigurationError, CookiePolicy, MemoryStore, SecretError
from sessile.integrations.flask import Sessions
from sessile.testing import SECRET
from tests.integrations.flask.application import application, cookies


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

"""A secret that is easy to guess, of the sessions that are taken over, is told of at the start: whoever guesses it is anybody."""

import logging

import pytest
from flask import Flask
from starlette.applications import Starlette
from starlette.testclient import TestClient

from sessile import MemoryStore
from sessile.integrations.flask import Sessions
from sessile.integrations.starlette import SessionMiddleware

GOOD, OTHER = "Zl3Wv9rTq8sXm5yBn0dRd7gHk2aLe9fQ", "fQ9eLa2kHg7dRd0nBy5mXs8qTr9vW3lZ"


def of_starlette(before: str) -> None:
    app = Starlette()
    app.add_middleware(SessionMiddleware, secret_key=before, secret=GOOD, store=MemoryStore())
    with TestClient(app):
        pass


def of_flask(before: str) -> None:
    app = Flask(__name__)
    app.secret_key = before
    Sessions(app, store=MemoryStore(), secret=GOOD)
    app.test_client().get("/")


@pytest.mark.parametrize("start", [of_starlette, of_flask])
@pytest.mark.parametrize(("before", "told"), [("dev", True), ("0123456789", True), (OTHER, False)])
def test_a_weak_one_is_told_of_and_not_shown(start: object, before: str, told: bool, caplog: pytest.LogCaptureFixture) -> None:
    assert callable(start)
    with caplog.at_level(logging.WARNING, logger="sessile"):
        start(before)
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert any("signed the sessions of before is easy to guess" in line for line in warnings) is told
    assert not any("0123456789" in line for line in warnings)

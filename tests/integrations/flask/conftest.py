"""A client of the application, and the store behind it."""

import pytest
from flask.testing import FlaskClient

from sessile import MemoryStore
from tests.integrations.flask.application import application


@pytest.fixture
def memory() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def client(memory: MemoryStore) -> FlaskClient:
    return application(memory).test_client()

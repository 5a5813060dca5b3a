"""A session table with the triggers, and Express on it."""

from collections.abc import Iterator

import pytest

from tests.stores.writers import Express, ready


@pytest.fixture
def guarded(database: str) -> str:
    """A database whose session table has the triggers."""
    ready(database, triggers=True)
    return database


@pytest.fixture
def express(guarded: str) -> Iterator[Express]:
    with Express(guarded) as service:
        yield service

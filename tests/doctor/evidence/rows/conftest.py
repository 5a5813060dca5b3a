"""A session table, and Express writing to it."""

from collections.abc import Iterator

import pytest

from tests.doctor.evidence.session_table import TABLE, Express, execute


@pytest.fixture
def table(database: str) -> str:
    execute(database, TABLE)
    return database


@pytest.fixture
def express(table: str) -> Iterator[Express]:
    with Express(table) as writer:
        yield writer

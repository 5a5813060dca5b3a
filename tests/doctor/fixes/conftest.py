"""The session table of a test, in a database of its own."""

from collections.abc import Iterator

import pytest

from tests.doctor.fixes.session_table import Table


@pytest.fixture
def table(database: str) -> Iterator[Table]:
    """The superuser's view of an empty database."""
    table = Table(database)
    yield table
    table.connection.close()

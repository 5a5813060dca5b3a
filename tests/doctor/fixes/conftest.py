"""The session table of a test, in a database of its own."""

from collections.abc import Iterator

import pytest

from tests.doctor.fixes.session_table import Table


def pytest_configure(config: pytest.Config) -> None:
    """Name the mark of the large runs."""
    config.addinivalue_line("markers", "slow: takes minutes, or gigabytes")


@pytest.fixture
def table(database: str) -> Iterator[Table]:
    """The superuser's view of an empty database."""
    table = Table(database)
    yield table
    table.connection.close()

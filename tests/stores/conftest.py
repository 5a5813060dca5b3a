"""A role without any right of its own."""

import secrets
from collections.abc import Iterator

import pytest

from tests.stores.writers import execute


@pytest.fixture
def role(server_url: str, database: str) -> Iterator[str]:
    """A new role that may log in, dropped after the test."""
    name = f"app_{secrets.token_hex(4)}"
    execute(server_url, f"CREATE ROLE {name} LOGIN")
    yield name
    execute(database, f"DROP OWNED BY {name}")
    execute(server_url, f"DROP ROLE {name}")

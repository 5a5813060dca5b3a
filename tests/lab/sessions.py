"""The tables, the secret and the questions that the tests of the Express service share."""

from collections.abc import Callable
from typing import Any

import psycopg

from lab.express import ExpressService

Start = Callable[..., ExpressService]

SECRET = "a-secret-of-the-tests-and-of-nobody-else"
NO_KEY = "CREATE TABLE session (sid varchar NOT NULL, sess json NOT NULL, expire timestamp(6) NOT NULL)"
TABLE = f"{NO_KEY}; ALTER TABLE session ADD PRIMARY KEY (sid)"


def ask(database: str, statement: str) -> Any:
    """The first value of the first row."""
    with psycopg.connect(database) as connection:
        row = connection.execute(statement).fetchone()
    assert row is not None
    return row[0]


def execute(database: str, statements: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(statements)

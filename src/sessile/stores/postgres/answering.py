"""Answering what making ready asks."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import psycopg
from psycopg.rows import TupleRow

from sessile.errors import TableError
from sessile.stores.driving import drive_sync
from sessile.stores.postgres.failures import first_line, lost_connection
from sessile.stores.postgres.readiness import Ask
from sessile.stores.postgres.statements import Row

T = TypeVar("T")


def answered(steps: Generator[Ask, Sequence[Row], T], connection: psycopg.Connection[TupleRow]) -> T:
    """Run the steps to their end over one plain connection, and return it.

    Raises TableError as they do, and psycopg.Error where the connection is lost.
    """

    def rows(ask: Ask) -> Sequence[Row]:
        cursor = psycopg.RawCursor(connection)
        with refusals_as_defects():
            cursor.execute(ask.sql.encode(), ask.values or None)
            return cursor.fetchall() if cursor.description else []

    return drive_sync(steps, rows, (TableError,))


@contextmanager
def refusals_as_defects() -> Iterator[None]:
    """What the server refuses is a TableError, to be thrown into the steps; a lost connection stays what it is."""
    try:
        yield
    except psycopg.DatabaseError as error:
        if error.sqlstate is None or lost_connection(error):
            raise
        raise TableError(f"{first_line(error)} ({error.sqlstate})") from error

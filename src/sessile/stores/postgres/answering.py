"""Answering what making ready asks, over one plain connection."""

from collections.abc import Callable, Generator, Sequence
from typing import TypeVar

import psycopg
from psycopg.rows import TupleRow

from sessile.errors import TableError
from sessile.stores.postgres.failures import first_line, lost_connection
from sessile.stores.postgres.readiness import Ask
from sessile.stores.postgres.statements import Row

T = TypeVar("T")


def answered(steps: Generator[Ask, Sequence[Row], T], connection: psycopg.Connection[TupleRow]) -> T:
    """Run the steps to their end, and return it. Raises TableError as they do, and psycopg.Error where the connection is lost."""

    def rows(ask: Ask) -> Sequence[Row]:
        cursor = psycopg.RawCursor(connection)
        cursor.execute(ask.sql.encode(), ask.values or None)
        return cursor.fetchall() if cursor.description else []

    return driven(steps, rows)


def driven(steps: Generator[Ask, Sequence[Row], T], rows: Callable[[Ask], Sequence[Row]]) -> T:
    """The same, by whatever gives the rows of what is asked."""
    try:
        ask = next(steps)
        while True:
            try:
                found = rows(ask)
            except psycopg.DatabaseError as error:
                if error.sqlstate is None or lost_connection(error):
                    raise
                ask = steps.throw(TableError(f"{first_line(error)} ({error.sqlstate})"))
            else:
                ask = steps.send(found)
    except StopIteration as end:
        made: T = end.value
        return made

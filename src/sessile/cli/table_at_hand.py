"""The session table of a database, found and connected to, for commands that work on its rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, TypeVar

import psycopg
import typer
from psycopg.rows import TupleRow

from sessile.doctor.evidence.sorting import Item, NotEvidence
from sessile.doctor.masking import excerpt
from sessile.stores.postgres.address import Address
from sessile.stores.postgres.answering import answered
from sessile.stores.postgres.catalog import Statement, candidates
from sessile.stores.postgres.layout import Layout
from sessile.stores.postgres.readiness import laid_out
from sessile.stores.postgres.table import TableName

T = TypeVar("T")

TimeZone = Annotated[
    str | None,
    typer.Option("--time-zone", metavar="ZONE", help="The writers' time zone, where expire has none. UTC by default."),
]


@dataclass(frozen=True, slots=True)
class TableAtHand:
    """A table and a connection in autocommit."""

    layout: Layout
    connection: psycopg.Connection[TupleRow]

    def answer(self, statement: Statement[T]) -> T:
        """Run a statement. Raises psycopg.Error."""
        cursor = psycopg.RawCursor(self.connection)
        cursor.execute(statement.sql.encode(), statement.values or None)
        return statement.parse(cursor.fetchall())


@contextmanager
def at_hand(database: Item, table: str | None, time_zone: str | None) -> Iterator[TableAtHand]:
    """Connect and find the table, by its name or by its looks.

    Raises NotEvidence where there is none, TableError where no sessions can live in it.
    """
    try:
        connection = psycopg.connect(Address.parse(database.url or "").conninfo, connect_timeout=10, autocommit=True)
    except psycopg.Error as error:
        raise NotEvidence(f"the database could not be looked at: {excerpt(str(error))}") from error
    with connection:
        name = TableName.parse(table) if table else _found(connection)
        yield TableAtHand(answered(laid_out(name, time_zone=time_zone), connection), connection)


def _found(connection: psycopg.Connection[TupleRow]) -> TableName:
    statement = candidates("session")
    cursor = psycopg.RawCursor(connection)
    cursor.execute(statement.sql.encode(), statement.values)
    tables = [one for one in statement.parse(cursor.fetchall()) if one.holds_sessions and one.readable]
    reached = [one for one in tables if one.path_position is not None] or tables
    if not reached:
        raise NotEvidence("there is no session table here that this role can read: name it with --table")
    if len(reached) > 1 and reached[0].name != "session":
        raise NotEvidence(f"several tables look like one of sessions ({', '.join(one.name for one in reached)}): give --table")
    return TableName(reached[0].name, reached[0].schema)

"""What became of a session whose row is gone: the words that the journal and the tombstones have about it."""

from typing import Any

import psycopg

from sessile.doctor.case import Ending
from sessile.doctor.evidence.refusal import said
from sessile.stores.postgres.addition import MARK
from sessile.stores.postgres.catalog import Statement
from sessile.stores.postgres.journal import Journal, Word, last_words
from sessile.stores.postgres.shape import TableShape
from sessile.stores.postgres.table import TableName
from sessile.stores.postgres.triggers import last_rest, tombstones

Words = tuple[Word, ...]

_MAY_READ = """
SELECT has_table_privilege(oid, 'SELECT') FROM pg_class WHERE oid = to_regclass($1) AND obj_description(oid, 'pg_class') LIKE $2
"""


def ending(connection: psycopg.Connection[Any], table: TableShape, session_id: str) -> Ending:
    """Read both, where they are and this role may; what cannot be read is said. Raises psycopg.Error where the server is lost."""
    journal = Journal.of(table)
    words, no_words = _read(connection, journal.table, last_words(journal, session_id))
    rest, no_rest = _read(connection, tombstones(table), last_rest(table, session_id))
    return Ending(
        words=words or (),
        kept=words is not None,
        deleted=rest[0] if rest else None,
        unread=tuple(why for why in (no_words, no_rest) if why),
    )


def _read(connection: psycopg.Connection[Any], place: TableName, statement: Statement[Words]) -> tuple[Words | None, str]:
    """What stands there, or None and why it was not read; no reason where there is nothing to read."""
    try:
        with connection.transaction():
            cursor = psycopg.RawCursor(connection)
            allowed = cursor.execute(_MAY_READ, (place.qualified, f"{MARK}%")).fetchone()
            if allowed is None:
                return None, ""
            if not allowed[0]:
                return None, f"{place.qualified} cannot be read: this role lacks SELECT on it"
            return statement.parse(cursor.execute(statement.sql.encode(), statement.values).fetchall()), ""
    except psycopg.Error as error:
        if error.sqlstate is None:
            raise
        return None, f"{place.qualified} cannot be read: {said(error)}"

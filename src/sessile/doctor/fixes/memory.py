"""What was fixed in a database, and the way back, remembered beside the session table itself."""

from dataclasses import asdict, dataclass
from typing import Any

from psycopg import Connection
from psycopg.sql import SQL, Identifier
from psycopg.types.json import Jsonb

JOURNAL = "sessile_fixes"


@dataclass(frozen=True, slots=True)
class Undo:
    """The statements that take a step back, and what the step was for."""

    sql: str
    undoes: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One fix that was applied: to which table (quoted), for which cause, and how its steps are undone, first to last."""

    id: int
    cause: str
    table: str
    undo: tuple[Undo, ...]


class Journal:
    """The table `sessile_fixes` in the session table's schema. An undo is written in the transaction of the step it undoes."""

    def __init__(self, connection: Connection[Any], schema: str) -> None:
        self._connection = connection
        self._table = Identifier(schema, JOURNAL)

    def open(self, cause: str, table: str) -> int:
        """Begin an entry, or go on with the one that an interrupted fix of the same cause left; returns its id."""
        self._connection.execute(
            SQL(
                "CREATE TABLE IF NOT EXISTS {} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, cause text NOT NULL,"
                " relation text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now(), undo jsonb NOT NULL DEFAULT '[]',"
                " done boolean NOT NULL DEFAULT false, undone_at timestamptz)"
            ).format(self._table)
        )
        interrupted = self._connection.execute(
            SQL("SELECT id FROM {} WHERE cause = %s AND relation = %s AND NOT done AND undone_at IS NULL").format(self._table),
            (cause, table),
        ).fetchone()
        if interrupted:
            return int(interrupted[0])
        insert = SQL("INSERT INTO {} (cause, relation) VALUES (%s, %s) RETURNING id").format(self._table)
        (entry,) = self._connection.execute(insert, (cause, table)).fetchone() or (0,)
        return int(entry)

    def remember(self, entry: int, undo: Undo) -> None:
        """Add a way back to an entry, unless an earlier try has added the same."""
        self._connection.execute(
            SQL("UPDATE {} SET undo = undo || %(undo)s WHERE id = %(entry)s AND NOT undo @> %(undo)s").format(self._table),
            {"undo": Jsonb([asdict(undo)]), "entry": entry},
        )

    def close(self, entry: int) -> None:
        """Mark an entry as wholly applied; one that changed nothing is taken out."""
        self._connection.execute(SQL("UPDATE {} SET done = true WHERE id = %s").format(self._table), (entry,))
        self._connection.execute(SQL("DELETE FROM {} WHERE id = %s AND undo = '[]'").format(self._table), (entry,))

    def mark_undone(self, entry: int) -> None:
        """Mark an entry as undone."""
        self._connection.execute(SQL("UPDATE {} SET undone_at = now() WHERE id = %s").format(self._table), (entry,))

    def standing(self) -> list[Entry]:
        """The entries that can be undone, the latest first."""
        rows = self._connection.execute(
            SQL("SELECT id, cause, relation, undo FROM {} WHERE undone_at IS NULL ORDER BY applied_at DESC, id DESC").format(
                self._table
            )
        ).fetchall()
        return [Entry(number, cause, relation, tuple(Undo(**step) for step in undo)) for number, cause, relation, undo in rows]


def journals(connection: Connection[Any]) -> tuple[list[Journal], list[str]]:
    """Every journal in this database that the connected role may believe, and the owners of the others.

    An undo runs with all rights of the connected role, so it is taken only from that role itself, from the database's owner,
    or from a superuser.
    """
    rows = connection.execute(
        SQL(
            "SELECT n.nspname, r.rolname, r.rolname = current_user OR r.rolsuper OR r.oid = d.datdba"
            " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_roles r ON r.oid = c.relowner"
            " JOIN pg_database d ON d.datname = current_database()"
            " WHERE c.relname = %s AND c.relkind = 'r' AND has_schema_privilege(n.oid, 'USAGE')"
            " AND has_table_privilege(c.oid, 'SELECT')"
        ),
        (JOURNAL,),
    ).fetchall()
    believed = [Journal(connection, schema) for schema, _, trusted in rows if trusted]
    return believed, sorted({owner for _, owner, trusted in rows if not trusted})

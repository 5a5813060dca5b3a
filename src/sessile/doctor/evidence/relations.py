"""Which relations may hold sessions, and which of them is the session table."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import psycopg

from sessile.doctor.evidence.inspection import Inspection
from sessile.doctor.facts.database import Relation
from sessile.stores.postgres.catalog import Candidate, Statement, candidates
from sessile.stores.postgres.shape import quoted
from sessile.stores.postgres.table import TableName

PEEKED = 8
COLUMNS = frozenset({"sid", "sess", "expire"})

# Counted only up to 16 MiB; the latest expiry also where an index leads straight to it.
_PEEK = """
WITH small AS (SELECT pg_relation_size($1::oid) <= 16777216 AND {plain} AS it)
SELECT CASE WHEN small.it THEN (SELECT count(*) FROM {table}) END,
  CASE WHEN small.it OR {indexed} THEN (
    SELECT extract(epoch FROM max(expire)::timestamptz)::float8 FROM {table} WHERE expire < now() + interval '10 years') END
FROM small
"""

Peek = tuple[int | None, datetime | None]


def relations(inspection: Inspection, name: TableName | None) -> tuple[tuple[Relation, ...], Candidate | None]:
    """Every relation that may hold sessions, and the one that most likely does. Raises psycopg.Error."""
    found = inspection.ask(candidates(name.table if name else ""))
    holding = [one for one in found if one.holds_sessions and one.readable and one.kind in "rpm"]
    peeks = {one.oid: _peek(inspection, one) for one in holding[:PEEKED]} if len(holding) > 1 else {}
    return tuple(_relation(one, peeks) for one in found), choice(found, name, peeks)


def choice(found: Sequence[Candidate], name: TableName | None, peeks: Mapping[int, Peek]) -> Candidate | None:
    """The session table: the named one; else `session` by the search path if it has a column of one; else the liveliest of those
    with all three columns, the search path before other schemas; else `session` by the search path, whatever it is.
    """
    if name:
        return next((one for one in found if one.name == name.table and name.schema in (None, one.schema)), None)
    ordered = sorted(found, key=lambda one: one.path_position or len(found) + 1)
    by_name = next((one for one in ordered if one.name == "session" and one.path_position), None)
    if by_name and (COLUMNS & set(by_name.columns) or not by_name.columns):
        return by_name

    def liveliness(one: Candidate) -> tuple[bool, float, int]:
        rows, newest = peeks.get(one.oid, (None, None))
        return one.path_position is not None, newest.timestamp() if newest else 0.0, rows or one.rows

    return max((one for one in ordered if one.holds_sessions), key=liveliness, default=by_name)


def _relation(one: Candidate, peeks: Mapping[int, Peek]) -> Relation:
    rows, newest = peeks.get(one.oid, (None, None))
    return Relation(
        schema=one.schema,
        name=one.name,
        kind=one.kind,
        columns=one.columns,
        in_search_path=one.path_position is not None,
        rows=one.rows if rows is None else rows,
        newest=newest,
    )


def _peek(inspection: Inspection, one: Candidate) -> Peek:
    sql = _PEEK.format(
        table=f"{quoted(one.schema)}.{quoted(one.name)}",
        plain=str(one.kind != "p").lower(),
        indexed=str(one.indexed).lower(),
    )
    try:
        return inspection.ask(Statement(sql, (str(one.oid),), _peeked))
    except psycopg.Error:
        return None, None


def _peeked(rows: Sequence[Sequence[Any]]) -> Peek:
    count, newest = rows[0]
    return count, datetime.fromtimestamp(max(newest, 0.0), UTC) if newest is not None else None

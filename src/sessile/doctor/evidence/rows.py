"""Figures over the rows of a session table, counted by PostgreSQL itself: no session id, payload or identity leaves the server.

A table of up to 16 MiB is read whole. Of a larger one only a sample: the rows that expire last where an index tells them, the
end of the heap, where new rows go, and pages at random.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import psycopg

from sessile.doctor.evidence.inspection import STATEMENT_SECONDS, Inspection
from sessile.doctor.evidence.row_figures import FIGURES, Reading
from sessile.doctor.facts.database import Offset, RowCookies, Rows
from sessile.doctor.facts.evidence import Unknown
from sessile.stores.postgres.catalog import Statement
from sessile.stores.postgres.shape import Kind, TableShape

WHOLE_PAGES = 2048
NEWEST_ROWS = 2000
TAIL_PAGES = 32
RANDOM_PAGES = 256
LIMIT_ROWS = 5000

# A page of 8 KiB has at most 291 row ids; one that does not exist costs next to nothing.
_TAIL = """
(SELECT sid, sess, expire, tableoid, ctid FROM {table} WHERE ctid = ANY (ARRAY(
  SELECT format('(%s,%s)', page, line)::tid
  FROM generate_series({first}, {last}) AS page, generate_series(1, 291) AS line)))
"""
_NEWEST = "(SELECT {columns} FROM {table} WHERE expire IS NOT NULL ORDER BY expire DESC LIMIT {limit})"
_RANDOM = "(SELECT sid, sess, expire, tableoid, ctid FROM {table} TABLESAMPLE SYSTEM ({percent}))"

_PAGES = """
WITH RECURSIVE parts (oid) AS (
  SELECT $1::oid UNION SELECT inhrelid FROM parts JOIN pg_inherits ON inhparent = parts.oid
)
SELECT sum(pg_relation_size(oid) / current_setting('block_size')::int)::bigint FROM parts
"""


def rows(inspection: Inspection, table: TableShape, *, full_scan: bool = False) -> Rows | Unknown:
    """Read the table, or a sample of it, into figures. Raises psycopg.Error where the server refuses or is too slow."""
    reading = Reading.of(table, inspection.version)
    if isinstance(reading, Unknown):
        return reading
    pages = _pages(inspection, table)
    whole = full_scan or (pages is not None and pages <= WHOLE_PAGES)
    source = f"SELECT sid, sess, expire FROM {table.qualified}" if whole else _sample(table, pages)
    figures = FIGURES.format(source=source, **reading.expressions)
    seconds = inspection.left if full_scan else STATEMENT_SECONDS
    try:
        said = inspection.ask(Statement(figures, (), _document), seconds=seconds)
    except psycopg.DataError as error:
        return Unknown(f"a row holds what could not be read ({error.sqlstate})")
    return _rows(said, complete=whole)


def _pages(inspection: Inspection, table: TableShape) -> int | None:
    """The pages behind a table, its partitions or a view over one table; None for what has none of its own."""
    while table.base:
        table = table.base
    if table.kind in (Kind.VIEW, Kind.FOREIGN_TABLE):
        return None
    pages: int = inspection.ask(Statement(_PAGES, (str(table.oid),), lambda rows: rows[0][0]))
    return pages


def _sample(table: TableShape, pages: int | None) -> str:
    heap = table.kind in (Kind.TABLE, Kind.MATERIALIZED_VIEW)
    index = table.expire_index
    columns = "sid, sess, expire" if not heap and table.kind is not Kind.PARTITIONED else "sid, sess, expire, tableoid, ctid"
    newest = _NEWEST.format(columns=columns, table=table.qualified, limit=NEWEST_ROWS)
    ordered = index is not None and index.method == "btree"
    if pages is None or table.kind is Kind.VIEW:
        return newest if ordered else f"SELECT {columns} FROM {table.qualified} LIMIT {LIMIT_ROWS}"
    arms = [_RANDOM.format(table=table.qualified, percent=min(100, 100 * RANDOM_PAGES / pages))]
    if ordered:
        arms.append(newest)
    if heap and not table.row_security:
        arms.append(_TAIL.format(table=table.qualified, first=pages - TAIL_PAGES, last=pages - 1))
    return f"SELECT DISTINCT ON (tableoid, ctid) sid, sess, expire FROM ({' UNION ALL '.join(arms)}) AS arms"


def _document(rows: Any) -> Mapping[str, Any]:
    said: Mapping[str, Any] = json.loads(rows[0][0])
    return said


def _rows(said: Mapping[str, Any], *, complete: bool) -> Rows:
    newest = said["newest"]
    told = complete or said["duplicate_sids"]
    sampled = Unknown("only a sample of the table was read: --scan reads all of it")
    return Rows(
        **{
            **said,
            "complete": complete,
            "duplicate_sids": said["duplicate_sids"] if told else sampled,
            "duplicate_rows": said["duplicate_rows"] if told else sampled,
            "newest": datetime.fromtimestamp(newest, UTC) if newest is not None else None,
            "cookies": tuple(RowCookies(*cookie) for cookie in said["cookies"] or ()),
            "offsets": tuple(Offset(*offset) for offset in said["offsets"] or ()),
        }
    )

"""Making ready: find the table or create it, check its shape, and learn in which time zone `expire` is written."""

import logging
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any

from sessile.errors import TableError
from sessile.stores.postgres import catalog
from sessile.stores.postgres.shape import TableShape
from sessile.stores.postgres.statements import Row, Statements
from sessile.stores.postgres.table import TableName, defects, table_sql


@dataclass(frozen=True, slots=True)
class Ask:
    """One statement that making ready needs the rows of."""

    sql: str
    values: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Ready:
    """The statements for the table as it is, and what is worth a line in the log (level, line)."""

    statements: Statements
    remarks: tuple[tuple[int, str], ...] = ()


MakingReady = Generator[Ask, Sequence[Row], Ready]

UTC = "UTC"
"""What an Express service writes on the usual host: connect-pg-simple writes in its connection's TimeZone."""

WRITER_OFFSETS = """
SELECT round(extract(epoch FROM (r.expire - (r.said::timestamptz AT TIME ZONE $1)))) AS seconds, count(*)
FROM (SELECT expire, substring(sess::text FROM '"expires":"([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T[0-9:.]+Z)"') AS said
      FROM {table} ORDER BY expire DESC LIMIT 200) AS r
WHERE r.said IS NOT NULL GROUP BY 1
"""


def make_ready(name: TableName, *, create: bool, time_zone: str | None) -> MakingReady:
    """Yield what to ask and be sent its rows; a statement that the server refuses is thrown in as TableError.

    Raises TableError if sessions cannot live in the table: each defect is named with the command that fixes it.
    """
    shape = yield from _found_or_created(name, create)
    found = list(defects(shape))
    if fatal := [defect for defect in found if defect.fatal]:
        raise TableError("; ".join(str(defect) for defect in fatal))
    zone = yield from _zone(shape, time_zone)
    remarks = [(logging.WARNING, f"Session table creation warning: {defect}") for defect in found]
    statements = Statements.of(shape.qualified, sess_type=_type(shape, "sess"), expire_type=_type(shape, "expire"), zone=zone)
    return Ready(statements, tuple(remarks) or ((logging.INFO, "Session table exists and is properly configured"),))


def _found_or_created(name: TableName, create: bool) -> Generator[Ask, Sequence[Row], TableShape]:
    shape = yield from _shape(name)
    if shape is None and create:
        try:
            yield Ask(table_sql(name))
        except TableError as error:
            shape = yield from _shape(name)
            if shape is None:
                raise TableError(
                    f"Session table creation failed: {error}; let the owner run: sessile table --sql --table {name.table} | psql"
                ) from error
        shape = yield from _shape(name)
    if shape is None:
        raise TableError(f'there is no table {name.qualified}; create it with: sessile table --create "$DATABASE_URL"')
    return shape


def _shape(name: TableName) -> Generator[Ask, Sequence[Row], TableShape | None]:
    statement = catalog.shape(name.qualified)
    return statement.parse((yield Ask(statement.sql, statement.values)))


def _zone(shape: TableShape, wanted: str | None) -> Generator[Ask, Sequence[Row], str]:
    zone = wanted or UTC
    if "without" not in _type(shape, "expire"):
        return zone
    alien = _alien((yield Ask(WRITER_OFFSETS.format(table=shape.qualified), (zone,))))
    if alien:
        early_or_late = "late" if alien > 0 else "early"
        raise TableError(
            f"the rows of {shape.qualified} were written {alien:+d} s from time zone {zone}, so sessions would end "
            f"{abs(alien)} s too {early_or_late}: name the other writer's zone, PostgresStore(..., time_zone='...'), or make "
            'expire a timestamptz: sessile fix live-time-zone-mismatch "$DATABASE_URL"'
        )
    return zone


def _alien(offsets: Sequence[Row]) -> int | None:
    """The offset of writers in another zone, in seconds, if most untouched rows show it; None if they do not.

    A row that was never touched stands a whole number of quarter hours from its cookie's expiry, or one second more (rounding
    up).
    """
    whole: dict[int, int] = {}
    for seconds, rows in offsets:
        nearest = round(float(seconds) / 900) * 900
        if 0 <= float(seconds) - nearest <= 1:
            whole[nearest] = whole.get(nearest, 0) + rows
    most = max(whole, key=lambda offset: whole[offset], default=0)
    total = sum(whole.values())
    return most if most and whole[most] >= 3 and whole[most] * 2 > total else None


def _type(shape: TableShape, name: str) -> str:
    column = shape.column(name)
    return column.type if column else ""

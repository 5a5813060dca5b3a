"""Making ready: find the table or create it, check its shape, and learn in which time zone `expire` is written; then see to what
stands beside it.
"""

import logging
import shlex
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any

from sessile.errors import TableError
from sessile.session.user import UserKeys
from sessile.stores.postgres import catalog
from sessile.stores.postgres.addition import Addition
from sessile.stores.postgres.journal import journal_for
from sessile.stores.postgres.layout import Layout
from sessile.stores.postgres.shape import TableShape
from sessile.stores.postgres.statements import Row, Statements
from sessile.stores.postgres.table import TableName, defects, table_sql
from sessile.stores.postgres.triggers import triggers_for
from sessile.stores.postgres.user_index import index_for


@dataclass(frozen=True, slots=True)
class Ask:
    """One statement that making ready needs the rows of."""

    sql: str
    values: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Ready:
    """The statements for the table as it is, its layout, and what is worth a line in the log (level, line)."""

    statements: Statements
    layout: Layout
    remarks: tuple[tuple[int, str], ...] = ()


MakingReady = Generator[Ask, Sequence[Row], Ready]

UTC = "UTC"
"""What an Express service writes on the usual host: connect-pg-simple writes in its connection's TimeZone."""

RIGHTS = "save-rights-missing"
"""What whoever only reads, or only deletes, need not have."""

WRITER_OFFSETS = """
SELECT round(extract(epoch FROM (r.expire - (r.said::timestamptz AT TIME ZONE $1)))) AS seconds, count(*)
FROM (SELECT expire, substring(sess::text FROM '"expires":"([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T[0-9:.]+Z)"') AS said
      FROM {table} ORDER BY expire DESC LIMIT 200) AS r
WHERE r.said IS NOT NULL GROUP BY 1
"""


def make_ready(
    name: TableName,
    *,
    create: bool,
    time_zone: str | None,
    triggers: bool = False,
    journal: bool = False,
    users: UserKeys | None = None,
) -> MakingReady:
    """Yield what to ask and be sent its rows; a statement that the server refuses is thrown in as TableError.

    With `create`, what is missing is created: the table, and where they are asked for the triggers against resurrection, the
    journal, and the index of sessions by user. Raises TableError if sessions cannot live in the table: each defect is named with
    the command that fixes it.
    """
    shape = yield from _found_or_created(name, create)
    found = list(defects(shape))
    if fatal := [defect for defect in found if defect.fatal]:
        raise TableError("; ".join(str(defect) for defect in fatal))
    zone = yield from _zone(shape, time_zone)
    for addition in _additions(shape, zone, triggers=triggers, journal=journal, users=users):
        yield from _ensured(addition, name, time_zone, create=create)
    remarks = [(logging.WARNING, f"Session table creation warning: {defect}") for defect in found]
    layout = Layout.of(shape, zone, journal=journal)
    return Ready(
        Statements.of(layout), layout, tuple(remarks) or ((logging.INFO, "Session table exists and is properly configured"),)
    )


def laid_out(name: TableName, *, time_zone: str | None) -> Generator[Ask, Sequence[Row], Layout]:
    """The layout of a table that is there, with its journal if it has one, in the manner of `make_ready`.

    Raises TableError where there is no table, or where sessions cannot live in it.
    """
    shape = yield from _found_or_created(name, create=False)
    if fatal := [defect for defect in defects(shape) if defect.fatal and defect.cause != RIGHTS]:
        raise TableError("; ".join(str(defect) for defect in fatal))
    zone = yield from _zone(shape, time_zone)
    return Layout.of(shape, zone, journal=(yield from stands(journal_for(shape))))


def additions(
    name: TableName, *, time_zone: str | None, triggers: bool, journal: bool
) -> Generator[Ask, Sequence[Row], tuple[Addition, ...]]:
    """What can stand beside the table, in the manner of `make_ready`. Raises TableError where there is no table for it."""
    shape = yield from _found_or_created(name, create=False)
    zone = (yield from _zone(shape, time_zone)) if triggers else UTC
    return _additions(shape, zone, triggers=triggers, journal=journal)


def stands(addition: Addition) -> Generator[Ask, Sequence[Row], bool]:
    """Whether it is there, complete and of this version."""
    statement = addition.stands
    return statement.parse((yield Ask(statement.sql, statement.values)))


def _additions(
    shape: TableShape, zone: str, *, triggers: bool, journal: bool, users: UserKeys | None = None
) -> tuple[Addition, ...]:
    return (
        *((triggers_for(shape, zone),) if triggers else ()),
        *((journal_for(shape),) if journal else ()),
        *((index_for(shape, users),) if users else ()),
    )


def _ensured(addition: Addition, name: TableName, time_zone: str | None, *, create: bool) -> Generator[Ask, Sequence[Row], None]:
    if (yield from stands(addition)):
        return
    why = "create=False leaves that to migrations"
    if create:
        try:
            yield Ask(addition.sql)
        except TableError as error:
            why = f"creation failed: {error}"
        else:
            if (yield from stands(addition)):
                return
            why = "creation changed nothing"
    if addition.planned:
        by_hand = f'sessile table --{addition.option} --apply --table {shlex.quote(name.written)} "$OWNER_DATABASE_URL"'
        raise TableError(f"{name.qualified} lacks this version's {addition.says}, and {why}; let the owner run: {by_hand}")
    options = f"--table {shlex.quote(name.written)}" + (f" --time-zone {shlex.quote(time_zone)}" if time_zone else "")
    raise TableError(
        f"{name.qualified} lacks this version's {addition.says}, and {why}; let the owner run: "
        f'sessile table --{addition.option} --sql {options} "$DATABASE_URL" | psql "$OWNER_DATABASE_URL"'
    )


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

"""The experiment: a login's own statements, as connect-pg-simple sends them, in a transaction that is rolled back."""

import json
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg

from sessile.doctor.evidence.inspection import Cursor, Inspection
from sessile.doctor.evidence.refusal import failure
from sessile.doctor.evidence.side_effects import side_effects
from sessile.doctor.facts.database import Experiment, Failure, Server, Step
from sessile.doctor.facts.evidence import Unknown
from sessile.stores.postgres.shape import Kind, TableShape

LIFE = timedelta(hours=1)
SHOWN_EFFECTS = 3

# connect-pg-simple 10.0.0, index.js: get, set, touch, destroy.
_SAVE = (
    "INSERT INTO {} (sess, expire, sid) SELECT $1, to_timestamp($2), $3 ON CONFLICT (sid)"
    " DO UPDATE SET sess=$1, expire=to_timestamp($2) RETURNING sid"
)
_FIND = "SELECT sess FROM {} WHERE sid = $1 AND expire >= to_timestamp($2)"
_TOUCH = "UPDATE {} SET expire = to_timestamp($1) WHERE sid = $2 RETURNING sid"
_DESTROY = "DELETE FROM {} WHERE sid = $1"

# What this connection, and one in UTC, read back, less what was asked for; seconds.
_LIFE = (
    "SELECT (extract(epoch FROM expire::timestamptz) - $1::numeric)::float8,"
    " (extract(epoch FROM expire) - $1::numeric)::float8 FROM {} WHERE sid = $2"
)


def experiment(
    inspection: Inspection, table: TableShape, server: Server, *, held: bool, clock: Callable[[], datetime], forced: bool | None
) -> Experiment | Unknown:
    """Try a login on the table. `held` tells that somebody holds a lock on it; `forced` True tries it all the same, and with side
    effects, False never. Raises psycopg.Error if the look for side effects or the transaction itself fails.

    What it leaves in PostgreSQL's files is a dead row for vacuum, and the rolled back rows in the statistics.
    """
    if reason := _obstacle(inspection, table, server, held, forced):
        return Unknown(reason)
    with inspection.transaction("") as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        return _login(cursor, table.qualified, clock(), timestamp="timestamp" in _type(table))


def _obstacle(inspection: Inspection, table: TableShape, server: Server, held: bool, forced: bool | None) -> str:
    if forced is False:
        return "the experiment was not wanted"
    if server.standby:
        return "the server is a standby, on which nothing can be written"
    if table.kind is Kind.MATERIALIZED_VIEW:
        return f"{table.qualified} is a materialized view, which cannot be written"
    if forced or server.read_only:
        return ""
    if held:
        return "somebody holds a lock on the table: run it again with --experiment to try a login all the same"
    effects = inspection.ask(side_effects(table))
    if not effects:
        return ""
    more = f" and {len(effects) - SHOWN_EFFECTS} more" if len(effects) > SHOWN_EFFECTS else ""
    return (
        f"a rollback may not undo all that a login sets off here ({', '.join(effects[:SHOWN_EFFECTS])}{more}): "
        "run it again with --experiment to try a login all the same"
    )


def _login(cursor: Cursor, table: str, now: datetime, *, timestamp: bool) -> Experiment:
    sid = secrets.token_urlsafe(24)
    moment, ends = str(int(now.timestamp())), str(int((now + LIFE).timestamp()))
    cookie = {
        "originalMaxAge": int(LIFE.total_seconds() * 1000),
        "expires": (now + LIFE).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "httpOnly": True,
        "path": "/",
        "sameSite": "lax",
    }
    payload = json.dumps({"cookie": cookie, "doctor": "a login tried by sessile doctor and rolled back"}, separators=(",", ":"))
    attempts: Sequence[tuple[str, str, Sequence[str]]] = (
        ("save", _SAVE, (payload, ends, sid)),
        ("find", _FIND, (sid, moment)),
        ("touch", _TOUCH, (ends, sid)),
        ("destroy", _DESTROY, (sid,)),
    )
    steps: list[Step] = []
    life = None
    for name, sql, values in attempts:
        planned = bool(steps) and steps[0].failure is not None
        steps.append(_step(cursor, name, sql.format(table), values, sid, planned=planned))
        if name == "save" and steps[0].rows:
            life = _life(cursor, table, ends, sid)
    here, in_utc = life or (None, None)
    return Experiment(tuple(steps), here, in_utc if timestamp else None)


def _step(cursor: Cursor, name: str, sql: str, values: Sequence[str], sid: str, *, planned: bool) -> Step:
    """Run one statement. `planned` only has it planned, which shows a wrong type or a missing right: without a row there is
    nothing to find, and without a key a table of any size would be searched for it.
    """
    try:
        with _savepoint(cursor):
            cursor.execute("EXPLAIN " + sql if planned else sql, values)
            return Step(name, 0 if planned else max(cursor.rowcount, 0))
    except psycopg.Error as error:
        if error.sqlstate is None:
            raise
        return Step(name, failure=_without(sid, failure(error)))


def _life(cursor: Cursor, table: str, ends: str, sid: str) -> tuple[timedelta, timedelta] | None:
    try:
        with _savepoint(cursor):
            found = cursor.execute(_LIFE.format(table), (ends, sid)).fetchone()
    except psycopg.Error as error:
        if error.sqlstate is None:
            raise
        return None
    return (timedelta(seconds=found[0]), timedelta(seconds=found[1])) if found else None


@contextmanager
def _savepoint(cursor: Cursor) -> Iterator[None]:
    cursor.execute("SAVEPOINT step")
    try:
        yield
    except psycopg.Error as error:
        if error.sqlstate is not None:
            cursor.execute("ROLLBACK TO SAVEPOINT step")
        raise


def _without(sid: str, met: Failure) -> Failure:
    return replace(met, message=met.message.replace(sid, "(the session id)"))


def _type(table: TableShape) -> str:
    column = table.column("expire")
    return column.type if column else ""

"""The row of one cookie's session, looked up in PostgreSQL or Redis."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from sessile.doctor.case import Arrival, Ending, NoRow, Row
from sessile.doctor.evidence import database
from sessile.doctor.evidence.ending import ending
from sessile.doctor.evidence.payload import Payload
from sessile.doctor.evidence.refusal import said
from sessile.doctor.facts.evidence import Unknown
from sessile.doctor.masking import excerpt
from sessile.session.id import masked
from sessile.stores.hashed import hashed
from sessile.stores.postgres.address import Address
from sessile.stores.postgres.shape import TableShape

QUARTER = timedelta(minutes=15)
FARTHEST = timedelta(hours=14)
PATIENCE = 15.0
TIMEOUTS = "SET LOCAL statement_timeout = '5s'; SET LOCAL lock_timeout = '2s'"


def look_up(arrival: Arrival, url: str, table: str | None) -> Row | NoRow | Unknown:
    """The row of a cookie's session id, by a read-only transaction that gives up after seconds."""
    if arrival.session_id is None:
        return Unknown("the cookie holds no session id")
    seen = database.collect(url, table=table, full_scan=False, experiment=False, deadline=PATIENCE, now=datetime.now(UTC))
    if seen.failure:
        return Unknown(f"{seen.address} could not be looked at: {excerpt(seen.failure.message)}")
    if not isinstance(seen.table, TableShape):
        return Unknown(seen.table.why if isinstance(seen.table, Unknown) else "there is no session table")
    if not seen.table.holds_sessions:
        return Unknown(f"{seen.table.qualified} is no session table")
    return _found(arrival.session_id, url, seen.table)


def look_up_in_redis(arrival: Arrival, url: str) -> Row | NoRow | Unknown:
    """The key of a cookie's session id in Redis."""
    if arrival.session_id is None:
        return Unknown("the cookie holds no session id")
    from sessile.doctor.evidence.redis.lookup import look_up_one

    return look_up_one(arrival.session_id, url)


def _found(session_id: str, url: str, table: TableShape) -> Row | NoRow | Unknown:
    try:
        with psycopg.connect(Address.parse(url).conninfo, connect_timeout=5, prepare_threshold=None) as connection:
            connection.read_only = True
            connection.execute(TIMEOUTS)
            row = rows_of(connection, table, [session_id]).get(session_id)
            ended = Ending() if row else ending(connection, table, session_id)
            if not row and not ended.words and not ended.deleted:
                ended = ending(connection, table, hashed(session_id))
    except psycopg.Error as error:
        return Unknown(f"the row could not be looked up: {excerpt(said(error))}")
    hidden = "row security hides rows from this role" if table.row_security else ""
    return row or NoRow(table.qualified, masked(session_id), hidden, ended)


def rows_of(connection: psycopg.Connection[Any], table: TableShape, session_ids: Sequence[str]) -> dict[str, Row]:
    """The rows of those session ids that have one, under the id itself or under its hash. Raises psycopg.Error."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    forms = {form: session_id for session_id in session_ids for form in (session_id, hashed(session_id))}
    for sid, *columns in connection.execute(_statement(table).encode(), (list(forms), 100 * len(session_ids))):
        found.setdefault(forms[sid], []).append(tuple(columns))
    return {session_id: _row(rows, table, masked(session_id)) for session_id, rows in found.items()}


def _statement(table: TableShape) -> str:
    column = table.column("expire")
    is_time = column is not None and column.type.startswith(("timestamp", "date"))
    finite = "extract(epoch FROM expire::timestamptz - now())"
    left = f"CASE WHEN expire::text LIKE '%%infinity' THEN expire::text::float8 ELSE {finite} END" if is_time else "NULL"
    return (
        f"SELECT sid::text, expire::text, ({left})::float8, current_setting('TimeZone'), sess::text "
        f"FROM {table.qualified.replace('%', '%%')} WHERE sid = ANY (%s) ORDER BY expire DESC LIMIT %s"
    )


def _row(rows: Sequence[tuple[Any, ...]], table: TableShape, masked_id: str) -> Row:
    expire, left, time_zone, text = rows[0]
    session = Payload.of(text)
    return Row(
        table=table.qualified,
        masked_id=masked_id,
        expire=str(expire),
        left=None if left is None else span(left),
        time_zone=time_zone,
        rows=len(rows),
        readable=session.readable,
        has_cookie=session.cookie is not None,
        cookie_left=session.expires - datetime.now(UTC) if session.expires else None,
        writer_zone=_writer_zone(str(expire), session.expires),
        identities=session.identities,
        other_keys=session.other_keys,
    )


def _writer_zone(expire: str, said: datetime | None) -> str:
    """The zone in which a column without one was written: how far its clock is ahead of the cookie's, which is UTC.

    A row that was touched since tells none: then the two differ by more than a zone.
    """
    try:
        clock = datetime.fromisoformat(expire)
    except (ValueError, OverflowError):
        return ""
    if said is None or clock.tzinfo:
        return ""
    ahead = clock.replace(tzinfo=UTC) - said
    quarters = round(ahead / QUARTER)
    if abs(ahead) > FARTHEST or abs(ahead - quarters * QUARTER) > timedelta(seconds=2):
        return ""
    hours, minutes = divmod(abs(quarters) * 15, 60)
    return f"UTC{'-' if quarters < 0 else '+'}{hours:02}:{minutes:02}" if quarters else "UTC"


def span(seconds: float) -> timedelta:
    """A span that a timedelta can hold: `infinity`, and times beyond it, become its largest."""
    limit = timedelta.max.total_seconds() / 2
    return timedelta(seconds=max(-limit, min(limit, seconds)))

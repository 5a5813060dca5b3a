"""Verifies the session cookies of the wire with the service's secrets, looks their rows up, and the rows that logins left."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import psycopg

from sessile.doctor import timeline
from sessile.doctor.case import Arrival, NoRow, Row
from sessile.doctor.evidence import python_cookies
from sessile.doctor.evidence.cookie import NamedSecret, arrivals, secrets_in_file, secrets_in_process, verify
from sessile.doctor.evidence.cookie_row import TIMEOUTS, rows_of
from sessile.doctor.evidence.ending import ending
from sessile.doctor.evidence.refusal import said
from sessile.doctor.evidence.sorting import Item, Kind
from sessile.doctor.facts import Correlations, Database, Facts, Redis, Unknown, Wire
from sessile.doctor.facts.cookies import Value
from sessile.doctor.facts.correlation import Correlation, Held, Login, Missing, Stored
from sessile.doctor.facts.database import Rows
from sessile.doctor.facts.exchange import Exchange
from sessile.doctor.masking import excerpt
from sessile.doctor.visits import SIGNED
from sessile.session.id import masked
from sessile.stores.postgres.address import Address, AddressError
from sessile.stores.postgres.shape import TableShape

MOST_COOKIES: Final = 500
MOST_ENDINGS: Final = 20
MOST_ROWS: Final = 2000
AROUND: Final = 300.0
"""So many seconds before and after a login tell how many rows other people's logins leave."""
Seen = Stored | Held | Missing | Unknown

TOLERANCE: Final = 1.5
"""So many seconds a Date header and a row's time may be apart: a header counts whole ones."""
WITHOUT_DATE: Final = 5.0

# A save sets both times, a touch moves only the column on: right after a save they differ by a multiple of 15 minutes.
_SAVED = r"""
SELECT said - life / 1000, ahead - round(ahead / 900) * 900 BETWEEN -0.5 AND 2.0
FROM (
  SELECT extract(epoch FROM expire::timestamptz)::float8 - said AS ahead, said, life FROM (
    SELECT expire,
      extract(epoch FROM substring(t FROM '"expires"\s*:\s*"([12]\d{{3}}-[0-9T:.-]+Z)"')::timestamptz)::float8 AS said,
      substring(t FROM '"originalMaxAge"\s*:\s*(\d{{1,15}})')::float8 AS life
    FROM (SELECT expire, sess::text AS t FROM {table} WHERE sid <> ALL ($1) {newest}) AS rows) AS times) AS apart
WHERE said - life / 1000 BETWEEN $2 AND $3
"""


def correlate(
    facts: Facts, items: Sequence[Item], url: str | None, environ: Mapping[str, str] | None, redis_url: str | None = None
) -> Correlations:
    """Put the wire beside the secrets of the environments, the session table that was looked at, and the sessions in Redis.

    `items` name the .env files, `url` is the database and `redis_url` the Redis that `facts` tell of, `environ` the process's own
    environment where it counts. What could not be verified or looked up is Unknown, and says why; nothing is raised for it.
    """
    every = dict.fromkeys(value for wire in facts.wires for value in _values(wire))
    seen = [value for value in every if value.shape in SIGNED]
    unlike = [value for value in every if value.shape not in SIGNED][-MOST_COOKIES:]
    if not every and not any(timeline.logins(wire) for wire in facts.wires):
        return Correlations()
    arrived = [(value, _arrival(value)) for value in seen[-MOST_COOKIES:]]
    given = secrets(items, environ)
    cookies = [
        Correlation(
            value=value,
            masked_id=masked(arrival.session_id or ""),
            damage=arrival.damage,
            signature=verify(arrival, given),
            row=Unknown("no database was given"),
        )
        for value, arrival in arrived
    ]
    arrivals = [arrival for _, arrival in arrived]
    in_table = _in_table(facts, cookies, arrivals, url)
    looked_up = _in_redis(facts, in_table, arrivals, redis_url) if redis_url and isinstance(facts.redis, Redis) else in_table
    return replace(
        looked_up,
        cookies=(*looked_up.cookies, *python_cookies.correlate(facts, unlike, given, url)),
        looked_up=datetime.now(UTC).timestamp() * 1000,
    )


def _in_table(facts: Facts, cookies: Sequence[Correlation], arrived: Sequence[Arrival], url: str | None) -> Correlations:
    table = facts.database.table if isinstance(facts.database, Database) else None
    if url is None or not isinstance(table, TableShape) or not table.holds_sessions:
        return Correlations(tuple(cookies))
    try:
        with psycopg.connect(Address.parse(url).conninfo, connect_timeout=5, prepare_threshold=None) as connection:
            connection.read_only = True
            connection.execute(TIMEOUTS)
            looked_up = _rows(connection, table, arrived)
            logins = tuple(_logins(connection, table, facts, [arrival.session_id or "" for arrival in arrived]))
    except (psycopg.Error, AddressError) as error:
        why = Unknown(f"it could not be looked up: {excerpt(said(error) if isinstance(error, psycopg.Error) else str(error))}")
        return Correlations(tuple(replace(one, row=why) for one in cookies))
    return Correlations(
        tuple(replace(one, row=row) for one, row in zip(cookies, looked_up, strict=True)), logins, table.qualified
    )


def _in_redis(facts: Facts, known: Correlations, arrived: Sequence[Arrival], url: str) -> Correlations:
    """The same, with what Redis has of the ids; that it has none counts where no table was looked at."""
    from sessile.doctor.evidence.redis.lookup import look_up

    ids = list(dict.fromkeys(arrival.session_id for arrival in arrived if arrival.session_id))
    if not ids or not isinstance(facts.redis, Redis):
        return known
    found = look_up(ids, url, facts.redis)
    rows = [_known(one.row, found.get(arrival.session_id or "")) for one, arrival in zip(known.cookies, arrived, strict=True)]
    cookies = tuple(replace(one, row=row) for one, row in zip(known.cookies, rows, strict=True))
    return Correlations(cookies, known.logins, known.table or facts.redis.address)


def _known(in_table: Seen, in_redis: Row | NoRow | Unknown | None) -> Seen:
    if isinstance(in_redis, Row):
        return _stored(replace(in_redis, cookie_left=None), datetime.now(UTC))
    if isinstance(in_table, Unknown) and in_redis is not None:
        return Missing(elsewhere=in_redis.elsewhere) if isinstance(in_redis, NoRow) else in_redis
    return in_table


def _values(wire: Wire) -> Iterator[Value]:
    """Every value of a cookie that was set or sent."""
    for exchange in wire.exchanges:
        sent = exchange.request.cookies
        got = exchange.response.set_cookies if exchange.response else ()
        seen = (got if isinstance(got, tuple) else ()) + (sent if isinstance(sent, tuple) else ())
        yield from (one.value for one in seen if isinstance(one.value, Value))


def _arrival(value: Value) -> Arrival:
    return arrivals(f"cookie={value.concealed.reveal()}")[0]


def secrets(items: Iterable[Item], environ: Mapping[str, str] | None) -> tuple[NamedSecret, ...]:
    """Every session secret of the .env files, and of the process's own environment where it counts."""
    found = list(secrets_in_process(environ)) if environ is not None else []
    for item in items:
        if item.kind is Kind.ENVIRONMENT and item.path:
            with suppress(OSError, ValueError):
                found += secrets_in_file(item.path)
    return tuple(found)


def _rows(
    connection: psycopg.Connection[Any], table: TableShape, arrived: Sequence[Arrival]
) -> Iterator[Stored | Missing | Unknown]:
    ids = list(dict.fromkeys(arrival.session_id for arrival in arrived if arrival.session_id))
    rows = rows_of(connection, table, ids) if ids else {}
    absent = [session_id for session_id in ids if session_id not in rows]
    ended = {session_id: ending(connection, table, session_id).last for session_id in absent[-MOST_ENDINGS:]}
    now = datetime.now(UTC)
    return (
        Unknown("the cookie holds no session id")
        if arrival.session_id is None
        else _stored(rows[arrival.session_id], now)
        if arrival.session_id in rows
        else Missing(table.row_security, ended.get(arrival.session_id))
        for arrival in arrived
    )


def _stored(row: Row, now: datetime) -> Stored:
    return Stored(
        expires=_milliseconds(now, row.left),
        cookie_expires=_milliseconds(now, row.cookie_left),
        rows=row.rows,
        readable=row.readable,
        has_cookie=row.has_cookie,
        identities=row.identities,
        other_keys=row.other_keys,
        prefix=row.prefix,
    )


def _milliseconds(now: datetime, left: timedelta | None) -> float | None:
    return None if left is None else (now.timestamp() + left.total_seconds()) * 1000


def _logins(connection: psycopg.Connection[Any], table: TableShape, facts: Facts, known: Sequence[str]) -> Iterator[Login]:
    spans = [(wire, login, *_span(wire, login)) for wire in facts.wires for login in timeline.logins(wire)]
    complete = isinstance(facts.rows, Rows) and facts.rows.complete
    if not spans or not (complete or table.expire_index):
        return
    newest = "" if complete else f"ORDER BY expire DESC LIMIT {MOST_ROWS}"
    first, last = min(start for _, _, start, _ in spans) - AROUND, max(end for *_, end in spans) + AROUND
    statement = _SAVED.format(table=table.qualified, newest=newest)
    cursor = psycopg.RawCursor(connection)
    try:
        with connection.transaction():
            rows = cursor.execute(statement.encode(), (list(known), first, last)).fetchall()
    except psycopg.DataError:
        return
    saved = [moment for moment, untouched in rows if untouched]
    for wire, login, start, end in spans:
        here = sum(start <= moment <= end for moment in saved)
        around = sum(start - AROUND <= moment <= end + AROUND for moment in saved) - here
        yield Login(
            source=wire.source,
            pointer=login.pointer,
            unclaimed=here,
            chance=around * (end - start) / (2 * AROUND),
            complete=complete,
        )


def _span(wire: Wire, login: Exchange) -> tuple[float, float]:
    """When the service worked on a login by its own clock, in epoch seconds."""
    ahead = wire.clock_ahead(login.request.address.host)
    tolerance = WITHOUT_DATE if ahead is None else TOLERANCE
    end = login.ended or login.answered or login.started
    return (login.sent - (ahead or 0)) / 1000 - tolerance, (end - (ahead or 0)) / 1000 + tolerance

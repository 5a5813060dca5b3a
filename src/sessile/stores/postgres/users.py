"""Which living sessions are meant, by user, by age or by key; and what may be shown of them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sessile.session.codec import Payload, Unreadable, decode
from sessile.session.session import Record
from sessile.session.store import Stored
from sessile.session.user import UserKeys, UserSession
from sessile.stores.postgres.addition import literal
from sessile.stores.postgres.arrays import in_text
from sessile.stores.postgres.catalog import Statement
from sessile.stores.postgres.layout import Layout
from sessile.stores.postgres.seen import COLUMNS, keeps_seen
from sessile.stores.postgres.user_index import LONGEST, document, expression

MOST = 500
"""How many sessions of a user are read at once; there is a next time while there are more."""

KEY = "encode(substring(sha256(convert_to(s.sid::text, 'UTF8')) for 8), 'hex')"
"""SQL for the key of a row `s` (`sessile.session.user.key_of`)."""


@dataclass(frozen=True, slots=True)
class Held:
    """A living session: its id, for the store alone, its user, None where it names nobody, and what may be shown of it."""

    id: str
    user: str | None
    shown: UserSession


@dataclass(frozen=True, slots=True)
class Choice:
    """Which living sessions: those of a user, those not used for so long, the one of a key; all but the one of a key."""

    user: str | None = None
    idle: timedelta | None = None
    key: str | None = None
    but: str | None = None


def chosen(layout: Layout, keys: UserKeys, choice: Choice, current: str | None = None) -> Statement[tuple[Held, ...]]:
    """The sessions that are meant, `MOST` of them; `current` is the id of the one that asks.

    Those that live longest come first, but of those long not used the ones that end soonest: where lives are alike, an index on
    expire then begins with them.
    """
    where, values = _where(layout, keys, choice)
    seen = tuple(f", (extract(epoch FROM s.{name}) * 1000)::bigint" for name in COLUMNS) if keeps_seen(layout.shape) else ()
    sql = (
        f"SELECT s.sid::text, s.sess::text, {layout.milliseconds}{''.join(seen) or ', NULL, NULL'} "
        f"FROM {layout.table} AS s WHERE {where} ORDER BY s.expire {'DESC' if choice.idle is None else 'ASC'} LIMIT {MOST}"
    )

    def read(rows: Sequence[Sequence[Any]]) -> tuple[Held, ...]:
        found = tuple(_held(row, keys, current) for row in rows)
        return found if choice.user is None else tuple(one for one in found if one.user == choice.user)

    return Statement(sql, values, read)


def counted(layout: Layout, keys: UserKeys, choice: Choice) -> Statement[int]:
    """How many sessions are meant."""
    where, values = _where(layout, keys, choice)
    return Statement(f"SELECT count(*) FROM {layout.table} AS s WHERE {where}", values, _number)


def by_user(layout: Layout, keys: UserKeys, most: int) -> Statement[tuple[tuple[str | None, int], ...]]:
    """The users with the most living sessions, and how many each has; None stands for those that name nobody."""
    user = expression(layout.shape, keys)
    sql = f"SELECT {user}, count(*) FROM {layout.table} AS s WHERE {_alive(layout)} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {most}"
    return Statement(sql, (), _pairs)


def by_age(layout: Layout, limits: Sequence[timedelta]) -> Statement[tuple[tuple[int | None, int], ...]]:
    """How many living sessions were last used within each limit (its place, the first that holds), in none (their number), and
    at a time that nothing tells (None).
    """
    last = _last_seen(layout)
    within = " ".join(f"WHEN {last} > now() - {_interval(limit)} THEN {place}" for place, limit in enumerate(limits))
    age = f"CASE WHEN {last} IS NULL THEN NULL {within} ELSE {len(limits)} END"
    return Statement(f"SELECT {age}, count(*) FROM {layout.table} AS s WHERE {_alive(layout)} GROUP BY 1 ORDER BY 1", (), _pairs)


def _held(row: Sequence[Any], keys: UserKeys, current: str | None) -> Held:
    session_id, text, expires, made, seen = row
    try:
        payload = decode(text)
    except Unreadable:
        payload = Payload({}, {}, {})
    record = Record.of(session_id, Stored(text, expires), payload)
    shown = UserSession.of(record, payload.data, current=current, seen=seen, made=made)
    return Held(session_id, keys.user(payload.data), shown)


def _where(layout: Layout, keys: UserKeys, choice: Choice) -> tuple[str, tuple[str, ...]]:
    conditions, values = [_alive(layout)], list[str]()

    def given(value: str) -> str:
        values.append(value)
        return f"${len(values)}"

    if choice.user is not None:
        conditions.append(f"{expression(layout.shape, keys)} = ANY ({given(in_text(_spellings(choice.user)))}::text[])")
    if choice.idle is not None:
        conditions.append(f"{_last_seen(layout)} < now() - {_interval(choice.idle)}")
    if choice.key is not None:
        conditions.append(f"{KEY} = {given(choice.key)}")
    if choice.but is not None:
        conditions.append(f"{KEY} <> {given(choice.but)}")
    return " AND ".join(conditions), tuple(values)


def _alive(layout: Layout) -> str:
    return f"s.expire >= {layout.moment('now()')}"


def _last_seen(layout: Layout) -> str:
    """SQL for the last use of a row as timestamptz: its expiry less its life, where no column tells."""
    if keeps_seen(layout.shape):
        return "s.last_seen"
    life = f"({document(layout.shape)} #>> '{{cookie,originalMaxAge}}')"
    expire = f"(s.expire AT TIME ZONE {literal(layout.zone)})" if layout.zoneless else "s.expire"
    return rf"CASE WHEN {life} ~ '^\d{{1,15}}$' THEN {expire} - make_interval(secs => {life}::float8 / 1000) END"


def _interval(length: timedelta) -> str:
    return f"interval '{length.total_seconds():.0f} s'"


def _number(rows: Sequence[Sequence[Any]]) -> int:
    return int(rows[0][0])


def _pairs(rows: Sequence[Sequence[Any]]) -> tuple[tuple[Any, int], ...]:
    return tuple((one, number) for one, number in rows)


def _spellings(user: str) -> set[str]:
    """How the index may spell a user: as it is, or with its escapes taken apart, as Node.js and as Python escape."""
    escaped = (json.dumps(user, ensure_ascii=ascii_only).replace("\\u", "/u") for ascii_only in (False, True))
    spelled = {user[:LONGEST], *(json.loads(one)[:LONGEST] for one in escaped)}
    return {one for one in spelled if "\0" not in one}

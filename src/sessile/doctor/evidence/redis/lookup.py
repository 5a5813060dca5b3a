"""Looks up session ids in Redis: under each prefix that sessions have there, and where they are not, in its other databases."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final

from redis.exceptions import RedisError

from sessile.doctor.case import NoRow, Row
from sessile.doctor.evidence.redis import collect
from sessile.doctor.evidence.redis.family import Session, read
from sessile.doctor.evidence.redis.inspection import Inspection, UnreachableError
from sessile.doctor.evidence.redis.neighbours import selected
from sessile.doctor.evidence.redis.refusal import said
from sessile.doctor.facts.evidence import Unknown
from sessile.doctor.facts.redis import Redis, RedisServer
from sessile.doctor.masking import excerpt
from sessile.doctor.why import FOR_EVER, spelled
from sessile.session.id import masked
from sessile.stores.hashed import hashed
from sessile.stores.redis.address import Address
from sessile.stores.redis.commands import PREFIX

PATIENCE: Final = 15.0
LOOK_UP_SECONDS: Final = 10.0

Found = Row | NoRow | Unknown


def look_up_one(session_id: str, url: str) -> Found:
    """The key of one session id, and what became of it where there is none. Nothing is raised."""
    seen = collect(url, experiment=False, deadline=PATIENCE, now=datetime.now(UTC))
    return look_up([session_id], url, seen)[session_id]


def look_up(session_ids: Sequence[str], url: str, seen: Redis) -> Mapping[str, Found]:
    """What is known of each id in the Redis behind a URL, which was looked at before. Nothing is raised."""
    if seen.failure:
        return dict.fromkeys(session_ids, Unknown(f"{seen.address} could not be looked at: {excerpt(seen.failure.message)}"))
    try:
        with Inspection(Address.of(url), LOOK_UP_SECONDS) as inspection:
            return dict(_found(inspection, session_ids, seen))
    except (RedisError, OSError) as error:
        return dict.fromkeys(session_ids, Unknown(f"the key could not be looked up: {said(error)}"))
    except UnreachableError as error:
        return dict.fromkeys(session_ids, Unknown(f"the key could not be looked up: {error.failure.message}"))


def _found(inspection: Inspection, session_ids: Sequence[str], seen: Redis) -> Iterator[tuple[str, Found]]:
    here = _rows(inspection, session_ids, _prefixes(seen), seen.address)
    yield from here.items()
    absent = [one for one in session_ids if one not in here]
    if absent and isinstance(seen.server, RedisServer) and seen.server.cluster:
        yield from dict.fromkeys(absent, Unknown(f"{seen.address} is a node of a cluster: another one may have the key")).items()
        return
    elsewhere = _elsewhere(inspection, absent, seen) if absent else {}
    for one in absent:
        yield (
            one,
            NoRow(seen.address, masked(one), _because(seen), key=f"key {PREFIX}{masked(one)}", elsewhere=elsewhere.get(one, "")),
        )


def _prefixes(seen: Redis) -> list[str]:
    families = () if isinstance(seen.keys, Unknown) else seen.keys.express
    return list(dict.fromkeys((*(family.prefix for family in families), PREFIX)))


def _rows(inspection: Inspection, session_ids: Sequence[str], prefixes: Sequence[str], address: str) -> dict[str, Row]:
    places = [(one, prefix, form) for one in session_ids for prefix in prefixes for form in (one, hashed(one))]
    sessions = read(inspection, [f"{prefix}{form}".encode("utf-8", "surrogateescape") for _, prefix, form in places])
    rows: dict[str, Row] = {}
    for (one, prefix, _), session in zip(places, sessions, strict=True):
        if session and one not in rows:
            rows[one] = _row(session, address, prefix, masked(one))
    return rows


def _row(session: Session, address: str, prefix: str, masked_id: str) -> Row:
    now, payload = datetime.now(UTC), session.payload
    left = FOR_EVER if session.span is None else session.span
    return Row(
        table=address,
        masked_id=masked_id,
        expire="for ever" if session.span is None else f"{_until(now, left)} UTC",
        left=left,
        time_zone="",
        readable=payload is not None and payload.readable,
        has_cookie=payload is not None and payload.cookie is not None,
        cookie_left=payload.expires - now if payload and payload.expires else None,
        identities=payload.identities if payload else (),
        other_keys=payload.other_keys if payload else 0,
        key=f"key {prefix}{masked_id}",
        prefix=prefix,
        payload="its value",
    )


def _until(now: datetime, left: timedelta) -> str:
    """The moment, as far as a calendar goes: Redis takes any number of milliseconds."""
    return f"{now + min(left, datetime.max.replace(tzinfo=UTC) - now):%Y-%m-%d %H:%M:%S}"


def _elsewhere(inspection: Inspection, session_ids: Sequence[str], seen: Redis) -> dict[str, str]:
    """The ids that another database has, and where; one that this user may not select is passed over."""
    found: dict[str, str] = {}
    home = int(inspection.address.options.get("db", 0))
    for neighbour in seen.neighbours:
        with suppress(RedisError), selected(inspection, neighbour.database, home):
            for one in _rows(inspection, session_ids, [neighbour.prefix], seen.address):
                found.setdefault(one, f"database {neighbour.database} (under {neighbour.prefix})")
    return found


def _because(seen: Redis) -> str:
    """What may have taken a key away, by what the server tells of itself."""
    server = seen.server
    usual = "it expired, was logged out, or was never saved"
    if not isinstance(server, RedisServer):
        return usual
    start = f"its start, {spelled(datetime.now(UTC) - server.started)} ago"
    if server.flushes:
        return f"{usual}; or it went when a database was emptied here (FLUSHALL or FLUSHDB, {server.flushes} times since {start})"
    if server.evicted:
        return f"{usual}; or it was evicted: {server.evicted} keys were thrown away for room since {start} ({server.policy})"
    if server.persistent is False:
        return f"{usual}; or the server had it before {start}: it keeps nothing on disk"
    return usual

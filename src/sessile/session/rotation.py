"""An id in the place of another: the alias that the old one becomes, and how it is followed while its grace lasts."""

from collections.abc import Generator
from typing import Any

from sessile.session import codec
from sessile.session.codec import Payload, Unreadable, decode
from sessile.session.id import acceptable, masked
from sessile.session.outcome import Outcome, Reason
from sessile.session.session import Record
from sessile.session.store import Load, Stored, Want

MOST_HOPS = 3


Row = tuple[Record, dict[str, Any]]
"""A session's row as it was found, under the id that it has now, and its data."""


def find(session_id: str, now: int | None) -> Generator[Want, Any, Row | Outcome]:
    """The row of an id, or of the id that took its place; why there is none to read otherwise.

    `now` (epoch milliseconds) ends the grace of an id of before; None, for a request that was let in already, does not.
    """
    for _ in range(MOST_HOPS):
        found = read(session_id, (yield Load(session_id)), now)
        if not isinstance(found, str):
            return found
        session_id = found
    return Outcome(Reason.ROTATED, f"id {masked(session_id)}, exchanged more than {MOST_HOPS} times at once")


def read(session_id: str, stored: Stored | None, now: int | None) -> Row | Outcome | str:
    """The row that was loaded for an id; the id to follow where it only leads to another; or why there is nothing to read."""
    if stored is None:
        return Outcome(Reason.MISSING, f"id {masked(session_id)}")
    try:
        payload = decode(stored.text)
    except Unreadable as error:
        return _unreadable(session_id, stored, error, now)
    if "next" not in payload.own or not is_alias(payload):
        return Record.of(session_id, stored, payload), payload.data
    until = codec.moment(payload.own, "until") or 0
    if now is not None and until < now:
        return Outcome(Reason.ROTATED, f"id {masked(session_id)}, its grace ended {(now - until) // 1000} s ago")
    following: str = payload.own["next"]
    return following


def is_alias(payload: Payload) -> bool:
    """Whether a row only leads to another; one that Express has written data to meanwhile is a session of its own."""
    following = payload.own.get("next")
    return not payload.data and isinstance(following, str) and acceptable(following)


def alias_of(record: Record, now: int) -> str | None:
    """The id of before that leads to this session until its grace is over."""
    was, until = record.own.get("was"), codec.moment(record.own, "until")
    return was if isinstance(was, str) and acceptable(was) and until is not None and until >= now else None


def alias_text(following: str, cookie: dict[str, Any], until: int) -> str:
    """What is left under an id of before: no data, so that whoever does not follow it finds nobody logged in.

    `cookie` is the session's cookie object, for Express reads no row without one; `until` in epoch milliseconds.
    """
    ending = cookie if cookie.get("expires") is None else {**cookie, "expires": codec.iso(until)}
    return codec.encode(Payload({}, ending, {"next": following, "until": until}))[0]


def _unreadable(session_id: str, stored: Stored, error: Unreadable, now: int | None) -> Outcome:
    named = f"id {masked(session_id)}"
    if now is not None and stored.expires < now:
        return expired(session_id, stored.expires, now)
    return Outcome(Reason.UNREADABLE, f"{named}: {error}")


def expired(session_id: str, expires: int, now: int) -> Outcome:
    """What is said of a row whose time is over."""
    return Outcome(Reason.EXPIRED, f"id {masked(session_id)}, {(now - expires) // 1000} s ago")

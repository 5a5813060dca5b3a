"""What a session's journey says to the log: one line an event, with fields for structured logs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sessile.session.cookie import CookiePolicy
from sessile.session.id import masked
from sessile.session.keyring import Keyring
from sessile.session.outcome import Outcome, Station

INFO, WARNING, ERROR = 20, 30, 40


@dataclass(frozen=True, slots=True)
class Event:
    """One line for the log: its level (as in `logging`), its message, and its fields. None of it is a secret or a whole id."""

    level: int
    message: str
    fields: Mapping[str, Any] = field(default_factory=dict)


def _line(text: object) -> str:
    """What somebody else chose, as one line that no terminal acts upon."""
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in str(text)[:1000])


def keys(keyring: Keyring) -> Event:
    """Which keys sign and verify, by fingerprint, so that two instances or two starts can be compared."""
    return Event(INFO, f"session keys: {keyring!r}", {"keys": [key.fingerprint for key in keyring.keys]})


def keys_renewed(keyring: Keyring) -> Event:
    """The secrets were read again and are others; named otherwise than at a start, so that a log does not show one."""
    return Event(INFO, f"session keys renewed: {keyring!r}", {"keys": [key.fingerprint for key in keyring.keys]})


def keys_kept(keyring: Keyring, error: Exception) -> Event:
    """The secrets could not be read again, or must not be used."""
    return Event(
        WARNING, f"session keys not renewed, {keyring!r} as before: {error}", {"keys": [key.fingerprint for key in keyring.keys]}
    )


def weak_secret(keyring: Keyring) -> Event:
    """A secret that is easy to guess is in use on purpose."""
    return Event(
        WARNING,
        f"SESSION_SECRET is easy to guess ({keyring.weakness}): anybody could sign in as anybody; use it no longer than needed",
    )


def weak_before(why: str) -> Event:
    """Cookies of another library hold whole sessions, and anybody could sign one."""
    return Event(
        WARNING,
        f"the secret that signed the sessions of before is easy to guess ({why}): anybody could make such a cookie and sign in "
        "as anybody, as long as they are taken over; give SECRET_KEY (secret_key) another value as soon as their time is over",
    )


def outcome(stopped: Outcome) -> Event:
    """Where a request's session stopped, and why."""
    detail = f" ({_line(stopped.detail)})" if stopped.detail else ""
    outage = stopped.station in (Station.REACH, Station.SAVE)
    return Event(
        ERROR if outage else WARNING,
        f"session stopped at {stopped}{detail}",
        {"station": str(stopped.station), "reason": str(stopped.reason)},
    )


def ignored(live: Outcome) -> Event:
    """A session lives although an earlier cookie of its name did not."""
    return Event(WARNING, f"several cookies of the session's name: {live.detail}", {"reason": str(live.reason)})


def renamed(policy: CookiePolicy) -> Event:
    """A session was found by its cookie's name of before, which is needed as long as this is told."""
    message = f"Session found by its cookie's name of before, {policy.name_before}, and answered as {policy.name}"
    return Event(INFO, message, {"reason": "renamed"})


def inherited(session_id: str) -> Event:
    """A session that another library kept in its cookie has its row now."""
    return Event(INFO, f"Session taken over from a cookie of before (id {masked(session_id)})", {"id": masked(session_id)})


def saved(session_id: str, user: object = None) -> Event:
    """A session was written; the user is named only where the application asks for it."""
    whom = f"for user: {_line(user)}" if user is not None else f"(id {masked(session_id)})"
    return Event(INFO, f"Session saved {whom}", {"id": masked(session_id)})


def save_error(error: Exception) -> Event:
    """A session could not be written."""
    return Event(ERROR, f"Session save error: {_line(error)}", {"error": _line(error)})


LATE = "changed after the response had started; call `await session.save()`"
CLOSED = "changed on a WebSocket that was closed instead of accepted, which saves nothing"


def unsaved(names: frozenset[str], why: str = LATE) -> Event:
    """A change came when nothing is saved by itself any more, and nobody saved it."""
    listed = ", ".join(repr(name) for name in sorted(names))
    return Event(ERROR, f"session change lost: {listed} {why}", {"keys": sorted(names)})


def overwritten(names: frozenset[str]) -> Event:
    """Two requests changed the same keys at the same time, and the later one's values stay."""
    listed = ", ".join(repr(name) for name in sorted(names))
    return Event(
        WARNING,
        f"session change overwritten: another request had just changed {listed}; what was written last stays",
        {"keys": sorted(names)},
    )


def unreached(policy: CookiePolicy, host: str) -> Event:
    """A request came to a host at which browsers drop the session's cookie."""
    return Event(WARNING, policy.complaint(host), {"host": host[:255]})


def twice(policy: CookiePolicy) -> Event:
    """Two middlewares, one inside the other, keep the same cookie."""
    stands = f"SessionMiddleware stands twice around a route, with the same cookie {policy.name}"
    return Event(WARNING, f"{stands}: the outer one counts; add it once")


def shown() -> Event:
    """Outcomes are shown to clients."""
    return Event(WARNING, "debug_header is on: every client can read its session's outcome; for development only")

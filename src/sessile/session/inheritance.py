"""A session of before: what another library signed into its cookie becomes a row at the first request, and stays one."""

from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import Any

from sessile.errors import StoreRefused, UnserializableError
from sessile.session.outcome import Outcome, Reason
from sessile.session.rotation import Row, alias_text, find, read
from sessile.session.saving import Saving
from sessile.session.session import Session
from sessile.session.store import Create, Delete, Load, Want


@dataclass(frozen=True, slots=True)
class Inherited:
    """What a cookie of another library holds, its signature verified: the data, and when it would have expired (epoch
    milliseconds). `token` is the cookie's value, which tells it from every other. `idle` is how long it lives from its last use
    where that is not what the policy says.
    """

    token: str = field(repr=False)
    data: dict[str, Any] = field(repr=False)
    ends: int
    idle: timedelta | None = None

    @property
    def id(self) -> str:
        """The id under which a row remembers that the cookie was taken over, and leads to the session."""
        return sha256(b"sessile inherited " + self.token.encode()).hexdigest()


def inherit(
    session: Session, inherited: Inherited, saving: Saving, *, https: bool, now: int
) -> Generator[Want, Any, Row | Outcome | None]:
    """Make a row of it, unless an earlier request has: then the answer is that row, or why it is there no more. None: made.

    The cookie of before leads to the row until it would have expired itself, so that no answer may be lost with the new one. It
    does not lead to another one: where the session was logged out, or got a new id, it opens nothing. Raises the store's error.
    """
    found = yield from _heir(inherited, now)
    if found is not None:
        return found
    session.update(inherited.data)
    if inherited.idle is not None:
        session.remember(inherited.idle)
    try:
        yield from saving.store(session, https=https, now=now, responding=False)
    except UnserializableError as error:
        session.forget()
        return Outcome(Reason.UNREADABLE, f"a session of before: {error}")
    record = session.record
    if record is None:
        return Outcome(Reason.NEW)
    try:
        yield Create(inherited.id, alias_text(record.id, record.cookie, inherited.ends), inherited.ends)
    except StoreRefused:
        # Another request of the same visitor was faster: its row is the session.
        yield Delete(record.id)
        session.forget()
        found = yield from _heir(inherited, now)
        if found is None:
            raise
    return found


def _heir(inherited: Inherited, now: int) -> Generator[Want, Any, Row | Outcome | None]:
    """Where the cookie of before leads to; None where nobody has taken it over."""
    stored = yield Load(inherited.id)
    if stored is None:
        return None
    found = read(inherited.id, stored, now)
    if isinstance(found, str):
        found = yield from find(found, now)
    if isinstance(found, Outcome) and found.reason is Reason.MISSING:
        return Outcome(Reason.DELETED, f"{found.detail}, which a cookie of before led to")
    return found

"""What happens to a request's session, step by step: each step yields what it wants from the store and is sent the answer."""

from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import Any, Protocol

from sessile.errors import SessionGone, StoreRefused, StoreUnavailable
from sessile.session import codec
from sessile.session.codec import Payload, Unreadable
from sessile.session.cookie import CookiePolicy, Presented, cookie_value, presented
from sessile.session.expiry import Expiry
from sessile.session.id import masked, new_id
from sessile.session.keyring import Keyring
from sessile.session.outcome import LIVE, Outcome, Reason
from sessile.session.session import Record, Session
from sessile.session.store import Create, Delete, Load, Replace, Stored, Touch, Update, Want

COOKIES_TRIED = 8
MERGES_TRIED = 8
UNSTATED_LIFE = 86_400_000
"""How long Express keeps a row whose cookie ends with the browser, in milliseconds (connect-pg-simple, `getExpireTime`)."""

Step = Generator[Want, Any, None]


class Writing(Protocol):
    """A step that may write: `Flow.close` and `Flow.save`."""

    def __call__(self, session: Session, *, https: bool, now: int) -> Step: ...


@dataclass(frozen=True, slots=True)
class Flow:
    """The rules that every session of a service follows. `now` is always epoch milliseconds, `https` tells how the request
    came.
    """

    keyring: Keyring
    cookie: CookiePolicy
    expiry: Expiry

    def open(self, session: Session, header: str, *, now: int) -> Step:
        """Find the request's session: of all cookies of our name, the first that verifies and lives."""
        cookies = presented(header, self.cookie.name, self.keyring)
        failure: Outcome | None = None
        for cookie in cookies[:COOKIES_TRIED]:
            outcome = (
                self._rejected(cookie) if cookie.session_id is None else (yield from self._find(session, cookie.session_id, now))
            )
            if outcome is LIVE:
                session.outcome = (
                    Outcome(Reason.LIVE, f"another cookie of that name came before it: {failure}") if failure else LIVE
                )
                return
            failure = failure or outcome
        if failure:
            session.outcome = failure

    def close(self, session: Session, *, https: bool, now: int) -> Step:
        """Store what the request left behind, if anything; a session deleted meanwhile ends as `find: deleted`, and stays
        deleted.
        """
        try:
            yield from self.save(session, https=https, now=now)
        except SessionGone:
            return

    def save(self, session: Session, *, https: bool, now: int) -> Step:
        """Store the session's changes, or that it was used. Raises SessionGone, UnserializableError, or the store's error."""
        record = session.record
        if record is None and not session:
            return
        if record is None or session.next_id:
            yield from self._insert(session, https, now)
        elif session.changes or (self.expiry.absolute and record.payload.created is None):
            yield from self._update(session, record, https, now)
        else:
            yield from self._touch(session, record, now)

    def regenerate(self, session: Session, *, empty: bool = False) -> None:
        """Give the session a new id at its next save, which removes the old row in the same transaction."""
        session.next_id = new_id()
        if empty:
            session.clear()

    def destroy(self, session: Session) -> Step:
        """Delete the row, also one that a pending regeneration would replace, and forget the data."""
        if session.record:
            yield Delete(session.record.id)
        session.forget()

    def set_cookie(self, session: Session, *, https: bool) -> str | None:
        """The Set-Cookie value of the response, None if it needs none."""
        record = session.record
        if record is None:
            return self.cookie.clear_cookie(https=https) if session.forgotten else None
        if not session.renewed:
            return None
        ends_with_browser = record.payload.cookie.get("expires") is None
        value = cookie_value(record.id, self.keyring)
        return self.cookie.set_cookie(value, https=https, expires=None if ends_with_browser else record.expires)

    def _rejected(self, cookie: Presented) -> Outcome:
        reason = cookie.reason or Reason.MALFORMED
        return Outcome(reason, f"keys: {self.keyring!r}" if reason is Reason.BAD_SIGNATURE else "")

    def _find(self, session: Session, session_id: str, now: int) -> Generator[Want, Any, Outcome]:
        stored: Stored | None = yield Load(session_id)
        named = f"id {masked(session_id)}"
        if stored is None:
            return Outcome(Reason.MISSING, named)
        if stored.expires < now:
            return Outcome(Reason.EXPIRED, f"{named}, {(now - stored.expires) // 1000} s ago")
        try:
            record = Record.of(session_id, stored.text, stored.expires)
        except Unreadable as error:
            return Outcome(Reason.UNREADABLE, f"{named}: {error}")
        if self.expiry.end(record.payload.created or now) < now:
            return Outcome(Reason.EXPIRED_ABSOLUTE, named)
        session.adopt(record)
        return LIVE

    def _insert(self, session: Session, https: bool, now: int) -> Step:
        old, session_id = session.record, session.next_id or new_id()
        payload, expires = self._payload(session, old, https, now)
        text = codec.encode(payload)
        stored: str = yield Create(session_id, text, expires) if old is None else Replace(old.id, session_id, text, expires)
        session.record, session.next_id, session.renewed = Record.of(session_id, stored, expires), None, True

    def _update(self, session: Session, record: Record, https: bool, now: int) -> Step:
        changes = session.changes
        base = record
        for _ in range(MERGES_TRIED):
            payload, expires = self._payload(session, base, https, now)
            stored: str | None = yield Update(base.id, codec.encode(payload), expires, base.text)
            if stored is not None:
                session.record, session.renewed = Record.of(base.id, stored, expires), True
                return
            base = yield from self._merge(session, base, changes)
        raise StoreUnavailable(f"session {masked(record.id)} is changed by too many requests at once")

    def _merge(self, session: Session, base: Record, changes: frozenset[str]) -> Generator[Want, Any, Record]:
        fresh: Stored | None = yield Load(base.id)
        if fresh is None:
            session.outcome = Outcome(Reason.DELETED, f"id {masked(base.id)}")
            session.forget()
            raise SessionGone(f"session {masked(base.id)} was deleted while this request was using it")
        try:
            record = Record.of(base.id, fresh.text, fresh.expires)
        except Unreadable as error:
            raise StoreRefused(f"session {masked(base.id)} was overwritten by something else: {error}") from error
        mine = {key: session[key] for key in changes if key in session}
        merged = {key: value for key, value in record.payload.data.items() if key not in changes} | mine
        session.clear()
        session.update(merged)
        return record

    def _touch(self, session: Session, record: Record, now: int) -> Step:
        expires = self._expires(record.payload.cookie, record.payload.created or now, now)
        if expires - record.expires < self.expiry.throttle(self._life(record.payload.cookie)):
            return
        found: bool = yield Touch(record.id, expires)
        if found:
            session.record, session.renewed = replace(record, expires=expires), True
        else:
            session.outcome = Outcome(Reason.DELETED, f"id {masked(record.id)}")

    def _payload(self, session: Session, record: Record | None, https: bool, now: int) -> tuple[Payload, int]:
        created = now if record is None else record.payload.created or now
        if record is None or not record.payload.cookie:
            expires = self.expiry.expires(now, created)
            cookie = codec.express_cookie(
                self.cookie, max_age=self.expiry.idle_ms, expires=expires, secure=self.cookie.is_secure(https)
            )
        else:
            cookie = dict(record.payload.cookie)
            expires = self._expires(cookie, created, now)
            if cookie.get("expires") is not None:
                cookie["expires"] = codec.iso(expires)
        return Payload(dict(session), cookie, created), expires

    def _expires(self, cookie: dict[str, Any], created: int, now: int) -> int:
        return min(now + self._life(cookie), self.expiry.end(created))

    def _life(self, cookie: dict[str, Any]) -> int:
        """How long a stored session lives from its last use: what whoever created it said, else what Express assumes."""
        if not cookie:
            return self.expiry.idle_ms
        return codec.max_age_of(cookie) or UNSTATED_LIFE

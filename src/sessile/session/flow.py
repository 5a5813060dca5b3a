"""What happens to a request's session, step by step: each step yields what it wants from the store and is sent the answer."""

from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Protocol

from sessile.errors import SessionGone
from sessile.session.cookie import SIGNED_PREFIX, CookiePolicy, Identity, cookie_value
from sessile.session.expiry import Expiry
from sessile.session.id import masked, new_id
from sessile.session.inheritance import Inherited, inherit
from sessile.session.keyring import Key, Keyring
from sessile.session.lifetime import Terms
from sessile.session.outcome import LIVE, Outcome, Reason
from sessile.session.presented import Presented, plain, presented
from sessile.session.rotation import Row, alias_of, expired, find, read
from sessile.session.saving import MERGES_TRIED, Saving, Step
from sessile.session.session import Record, Session
from sessile.session.store import Delete, Load, Want

COOKIES_TRIED = 8


class Writing(Protocol):
    """A step that may write: `Flow.close`, `Flow.save` and `Flow.create`."""

    def __call__(self, session: Session, *, https: bool, now: int) -> Step: ...


@dataclass(frozen=True, slots=True)
class Flow:
    """The rules that every session of a service follows. `now` is always epoch milliseconds, `https` tells how the request
    came.
    """

    keyring: Keyring
    cookie: CookiePolicy
    expiry: Expiry
    _terms: Terms = field(init=False, repr=False, compare=False)
    _saving: Saving = field(init=False, repr=False, compare=False)
    _names: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_terms", Terms(self.cookie, self.expiry))
        object.__setattr__(self, "_saving", Saving(self._terms))
        object.__setattr__(self, "_names", self.cookie.names)

    def open(self, session: Session, header: str, *, now: int) -> Step:
        """Find the request's session: of all cookies of our name, then of the name before, the first that verifies and lives."""
        failure: Outcome | None = None
        for name in self._names:
            for cookie in self._presented(header, name):
                if cookie.session_id is None or cookie.key is None:
                    outcome = self._rejected(cookie)
                else:
                    found = read(cookie.session_id, (yield Load(cookie.session_id)), now)
                    if isinstance(found, str):
                        found = yield from find(found, now)
                    outcome = found if isinstance(found, Outcome) else self._let_in(session, found, cookie, cookie.key, now)
                if outcome is LIVE:
                    session.outcome = self._found(session, header, name, failure) if failure or self.cookie.name_before else LIVE
                    return
                failure = failure or outcome
        if failure:
            session.outcome = failure

    def inherit(self, session: Session, inherited: Inherited, *, https: bool, now: int) -> Step:
        """Let in who comes with a session that another library kept in its cookie; see `inheritance`."""
        found = yield from inherit(session, inherited, self._saving, https=https, now=now)
        over = found if isinstance(found, Outcome) else self._over(found[0], now) if found else None
        if over:
            session.outcome = over
            return
        if found and not isinstance(found, Outcome):
            session.adopt(*found)
        session.outcome, session.renewed = LIVE, True

    def settled(self, session: Session, *, now: int) -> bool:
        """Whether `close` would want nothing from the store, so that it need not be driven."""
        return self._saving.settled(session, now)

    def close(self, session: Session, *, https: bool, now: int) -> Step:
        """Store what the request left behind, if anything, before its response; under another id where its time has come.

        A session deleted meanwhile ends as `find: deleted`, and stays deleted.
        """
        try:
            yield from self._saving.store(session, https=https, now=now, responding=True)
        except SessionGone:
            return

    def save(self, session: Session, *, https: bool, now: int) -> Step:
        """Store the session's changes, or that it was used. Raises SessionGone, UnserializableError, or the store's error."""
        return self._saving.store(session, https=https, now=now, responding=False)

    def create(self, session: Session, *, https: bool, now: int) -> Step:
        """Store a session that has no row, also one that holds nothing. Raises as `save`."""
        return self._saving.create(session, None, https, now)

    def regenerate(self, session: Session, *, empty: bool = False) -> None:
        """Give the session a new id at its next save, which removes the old row in the same transaction."""
        session.next_id = new_id()
        if empty:
            session.clear()
            session.emptied = True

    def check(self, session: Session, *, now: int) -> Generator[Want, Any, bool]:
        """Look again whether a session lives, and forget the data of one that does not. What others wrote is not taken in."""
        record = session.record
        if record is None:
            return False
        found = yield from find(record.id, None)
        over = found if isinstance(found, Outcome) else self._over(found[0], now)
        if over is None:
            return True
        gone = over.reason is Reason.MISSING
        session.outcome = Outcome(Reason.DELETED, over.detail) if gone else over
        session.forget()
        return False

    def destroy(self, session: Session, *, now: int) -> Step:
        """Delete the row, also one that a pending regeneration would replace or that just got another id; forget the data."""
        record = session.record
        if record:
            session.left = self._terms.left_behind(record) or session.left
            yield from self._delete(record, now)
        session.forget()
        session.forgotten = True

    def discard(self, session: Session, *, now: int) -> Generator[Want, Any, bool]:
        """Delete the row of a session that holds nothing any more, unless another request has written to it: whether it went."""
        record = session.record
        if record is None:
            return False
        gone: bool = yield Delete(record.id, alias_of(record, now), record.text)
        if gone:
            session.left = self._terms.left_behind(record) or session.left
            session.forget()
            session.forgotten = True
        return gone

    def set_cookies(self, session: Session, *, https: bool) -> list[str]:
        """The Set-Cookie values of the response: the session's cookie, and first of all the end of one that an earlier policy
        left, or of the name before.
        """
        cookies, record = [], session.record
        if session.renamed is not None and (record is not None or session.forgotten):
            cookies.append(self.cookie.clear_before(session.renamed, https=https))
        elif session.left is not None:
            cookies.append(self.cookie.clear_cookie(https=https, identity=session.left))
        if record is None:
            return [*cookies, self.cookie.clear_cookie(https=https)] if session.forgotten else cookies
        if session.renewed:
            expires = None if record.cookie.get("expires") is None else record.expires
            cookies.append(self.cookie.set_cookie(self._value(session, record.id), https=https, expires=expires))
        return cookies

    def set_cookie(self, session: Session, *, https: bool) -> str | None:
        """The last of `set_cookies`, None if the response needs none."""
        cookies = self.set_cookies(session, https=https)
        return cookies[-1] if cookies else None

    def _value(self, session: Session, session_id: str) -> str:
        """The cookie's value; the one that the request came with where it is the same."""
        signed = session.signed
        if signed is not None and signed.rpartition(".")[0] == session_id:
            return SIGNED_PREFIX + signed
        return cookie_value(session_id, self.keyring)

    def _presented(self, header: str, name: str) -> Iterable[Presented]:
        sole = plain(header, name, self.keyring)
        return (sole,) if sole else islice(presented(header, name, self.keyring), COOKIES_TRIED)

    def _found(self, session: Session, header: str, name: str, failure: Outcome | None) -> Outcome:
        """How a session was found that lives. A cookie of the name before is to go, if our keys signed it: others may be of
        another application. Its attributes are those that its row states.
        """
        detail = f"another cookie of that name came before it: {failure}" if failure else ""
        before = self.cookie.name_before
        if before is not None and any(cookie.key for cookie in self._presented(header, before)):
            session.renamed = (session.record and Identity.of(session.record.cookie)) or self.cookie.identity
        if name != self.cookie.name:
            session.renewed = True
            return Outcome(Reason.RENAMED, detail)
        return Outcome(Reason.LIVE, detail) if failure else LIVE

    def _rejected(self, cookie: Presented) -> Outcome:
        reason = cookie.reason or Reason.MALFORMED
        return Outcome(reason, f"keys: {self.keyring!r}" if reason is Reason.BAD_SIGNATURE else "")

    def _let_in(self, session: Session, found: Row, cookie: Presented, key: Key, now: int) -> Outcome:
        record, data = found
        if over := self._over(record, now):
            return over
        session.adopt(record, data)
        session.key = key.fingerprint
        key.used(now)
        newest = key is self.keyring.keys[0]
        session.signed = cookie.signed if newest else None
        session.renewed = record.id != cookie.session_id or not (newest or self._saving.nearly_overdue(record, now))
        return LIVE

    def _over(self, record: Record, now: int) -> Outcome | None:
        """Why a row's session does not live any more, None where it does."""
        if record.expires < now:
            return expired(record.id, record.expires, now)
        if record.created is not None and self.expiry.end(record.created) < now:
            return Outcome(Reason.EXPIRED_ABSOLUTE, f"id {masked(record.id)}")
        return None

    def _delete(self, record: Record, now: int) -> Step:
        alias = alias_of(record, now)
        if self.expiry.rotate is not None:
            for _ in range(MERGES_TRIED):
                gone: bool = yield Delete(record.id, alias, record.text)
                if gone:
                    return
                found = yield from find(record.id, None)
                if isinstance(found, Outcome):
                    break
                record, _ = found
                alias = alias_of(record, now)
        yield Delete(record.id, alias)

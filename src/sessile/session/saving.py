"""How what a request left behind is written: created, changed, exchanged or only touched, and merged with what others wrote."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from sessile.errors import SessionGone, StoreRefused, StoreUnavailable
from sessile.session.codec import decode
from sessile.session.id import masked, new_id
from sessile.session.lifetime import Terms
from sessile.session.outcome import Outcome, Reason
from sessile.session.rotation import alias_of, alias_text, find
from sessile.session.session import Record, Session, differing
from sessile.session.store import Create, Replace, Rotate, Touch, Update, Want

MERGES_TRIED = 64
"""Of so many requests that write one session at the same time, none fails: each round lets at least one through."""

Step = Generator[Want, Any, None]


@dataclass(frozen=True, slots=True)
class Saving:
    """What is due for a session, and how it is done. `now` is epoch milliseconds, `https` tells how the request came."""

    terms: Terms

    def settled(self, session: Session, now: int) -> bool:
        """Whether nothing is to be written: the data is as stored, and its use need not be noted."""
        record = session.record
        if record is None:
            return not session
        return not (session.next_id or self._use(record, now) or self._overdue(record, now) or self._changed(session, record))

    def store(self, session: Session, *, https: bool, now: int, responding: bool) -> Step:
        """Write what is due. Only a response can carry a new id that the application did not ask for.

        Raises SessionGone, UnserializableError, or the store's error.
        """
        record = session.record
        rotating = responding and record is not None and self._overdue(record, now)
        if record is None:
            if session:
                yield from self.create(session, None, https, now)
        elif session.next_id or rotating or self._changed(session, record):
            yield from self._write(session, record, https, now, rotating=rotating)
        elif touch := self._use(record, now):
            yield from self._touch(session, record, touch)

    def _changed(self, session: Session, record: Record) -> bool:
        terms = self.terms
        unnoted = record.created is None and terms.counts_from_creation
        return unnoted or session.changed or (bool(record.own) and terms.outdated(record))

    def _overdue(self, record: Record, now: int) -> bool:
        expiry = self.terms.expiry
        return expiry.rotate is not None and expiry.overdue(self.terms.id_made(record, now), now)

    def create(self, session: Session, base: Record | None, https: bool, now: int) -> Step:
        """Insert a row, also for a session that holds nothing. Raises UnserializableError, or the store's error."""
        draft = self.terms.draft(session, base, session.next_id or new_id(), https=https, now=now)
        draft.text = yield Create(draft.id, draft.text, draft.expires)
        self._stored(session, base, draft, now)

    def _write(self, session: Session, record: Record, https: bool, now: int, *, rotating: bool) -> Step:
        base = record
        session.overwritten = frozenset()
        for _ in range(MERGES_TRIED):
            session_id = session.next_id or (new_id() if rotating else base.id)
            draft = self.terms.draft(session, base, session_id, https=https, now=now, rotated=rotating and not session.next_id)
            stored: str | None = yield self._want(session, base, draft, now)
            if stored is not None:
                draft.text = stored
                self._stored(session, base, draft, now)
                return
            fresh = yield from self._merge(session, base)
            if fresh is None:
                yield from self.create(session, base, https, now)
                return
            base, rotating = fresh, rotating and self._overdue(fresh, now)
            if not (session.next_id or rotating or self._changed(session, base)):
                session.renewed = True
                return
        raise StoreUnavailable(f"session {masked(record.id)} is changed by too many requests at once")

    def _want(self, session: Session, base: Record, draft: Record, now: int) -> Want:
        if draft.id == base.id:
            return Update(base.id, draft.text, draft.expires, base.text)
        if session.next_id:
            return Replace(base.id, draft.id, draft.text, draft.expires, base.text, alias_of(base, now))
        until = draft.own["until"]
        alias = alias_text(draft.id, draft.cookie, until)
        return Rotate(base.id, draft.id, draft.text, draft.expires, base.text, alias, until)

    def _stored(self, session: Session, base: Record | None, draft: Record, now: int) -> None:
        if base is not None:
            session.left = self.terms.left_behind(base) or session.left
        kept_id = base is not None and base.id == draft.id
        must = not kept_id or session.lifetime is not None or session.left is not None
        session.renewed = session.renewed or must or not self.nearly_overdue(draft, now)
        session.record, session.next_id, session.lifetime, session.emptied = draft, None, None, False

    def _merge(self, session: Session, base: Record) -> Generator[Want, Any, Record | None]:
        """Take in what others wrote meanwhile; None where the row is gone, and the session begins anew with its own changes."""
        changes = session.changes
        mine = dict(session) if session.emptied else {key: session[key] for key in changes if key in session}
        found = yield from find(base.id, None)
        if isinstance(found, Outcome):
            if found.reason is Reason.UNREADABLE:
                raise StoreRefused(f"session {masked(base.id)} was overwritten by something else: {found.detail}")
            self._begin_anew(session, base, mine)
            return None
        record, theirs = found
        session.overwritten |= changes & differing(decode(base.text).data, theirs)
        kept = {} if session.emptied else {key: value for key, value in theirs.items() if key not in changes}
        session.adopt(record, kept | mine)
        return record

    def _begin_anew(self, session: Session, base: Record, mine: dict[str, Any]) -> None:
        if not (session.next_id and mine):
            session.outcome = Outcome(Reason.DELETED, f"id {masked(base.id)}")
            session.forget()
            raise SessionGone(f"session {masked(base.id)} was deleted while this request was using it")
        session.clear()
        session.update(mine)

    def _use(self, record: Record, now: int) -> Touch | None:
        """What notes that a session was used, None where that need not be."""
        expiry, left, life = self.terms.expiry, record.expires - now, self.terms.life(record)
        throttle = expiry.throttle(life, left)
        if life - left < throttle:
            return None
        expires = self.terms.expires(record, now)
        if expires - record.expires < throttle or self.nearly_overdue(record, now):
            return None
        return Touch(record.id, expires, expiry.can_wait(left))

    def nearly_overdue(self, record: Record, now: int) -> bool:
        """Whether the session is to get another id so soon that it is better not sent, nor touched, under this one."""
        expiry = self.terms.expiry
        if expiry.rotate is None:
            return False
        throttle = expiry.throttle(self.terms.life(record), record.expires - now)
        return expiry.nearly_overdue(self.terms.id_made(record, now), now, throttle)

    def _touch(self, session: Session, record: Record, touch: Touch) -> Step:
        found: bool = yield touch
        if found:
            record.expires, session.renewed = touch.expires, True
        else:
            session.outcome = Outcome(Reason.DELETED, f"id {masked(record.id)}")

"""What every integration does for a request's session, whatever framework asks and whatever drives it."""

import time
from collections.abc import Callable, Generator, Iterable, Mapping
from datetime import timedelta
from typing import Any

from sessile.errors import ConfigurationError, SessileError, StoreError, StoreUnavailable
from sessile.integrations.hosts import public_suffix
from sessile.integrations.outage import outcome_of
from sessile.integrations.predecessor import Predecessor
from sessile.integrations.secrets import KeyringSource, Secret, keyring_of, source_of
from sessile.integrations.telemetry import Meter, OnEvent, Reporter, meter
from sessile.session import events
from sessile.session.cookie import CookiePolicy
from sessile.session.expiry import Expiry
from sessile.session.flow import Flow, Writing
from sessile.session.outcome import Reason
from sessile.session.saving import Step
from sessile.session.session import Record, Session
from sessile.session.store import Want


class RequestSession(Session):
    """A session, and how its request came."""

    __slots__ = ()

    @property
    def https(self) -> bool:
        """Whether the request came by https."""
        raise NotImplementedError

    @property
    def host(self) -> str:
        """Its Host header, "" where there is none."""
        raise NotImplementedError

    def reachable(self) -> None:
        """Raises StoreUnavailable where the session could not be loaded."""
        if self.unavailable is not None:
            raise StoreUnavailable(f"this request goes on without its session, which could not be loaded: {self.unavailable}")


class Service:
    """The sessions of one service: their rules, and what is told of them. The options are those of `sessile.SessionMiddleware`.

    What needs the store is a step, for one of the drivers. Raises ConfigurationError.
    """

    def __init__(
        self,
        *,
        secret: Secret = None,
        cookie: CookiePolicy | None = None,
        idle: timedelta = timedelta(days=14),
        absolute: timedelta | None = None,
        rotate: timedelta | None = None,
        grace: timedelta = timedelta(seconds=30),
        exact_touch: bool = False,
        predecessor: Predecessor | None = None,
        hosts: Iterable[str] = (),
        allow_weak_secret: bool = False,
        log_user: Callable[[Mapping[str, Any]], object] | None = None,
        report_overwritten: bool = False,
        on_event: OnEvent | None = None,
        debug_header: bool = False,
        ends_empty: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        keyring = keyring_of(secret, allow_weak=allow_weak_secret)
        expiry = Expiry(idle, absolute, rotate, grace, exact_touch)
        self.flow = Flow(keyring, cookie or CookiePolicy(), expiry)
        self.report, self.clock, self.debug_header = Reporter(on_event), clock, debug_header
        self._source, self._predecessor, self._hosts = source_of(secret, keyring), predecessor, tuple(hosts)
        self._log_user, self._report_overwritten = log_user, report_overwritten
        self._ends_empty = ends_empty
        self._unreached: set[str] = set()
        self.names = tuple(dict.fromkeys((*self.flow.cookie.names, predecessor.name if predecessor else self.flow.cookie.name)))
        """The names of the cookies that may bring a session: today's, and those of before."""
        self.meter: Meter | None = None

    @property
    def now(self) -> int:
        """Epoch milliseconds."""
        return int(self.clock() * 1000)

    def check(self) -> None:
        """What can be checked before the store is open. Raises ConfigurationError."""
        for complaint in self.flow.cookie.check(self._hosts, public_suffix()):
            raise ConfigurationError(complaint)
        self.report(events.keys(self.flow.keyring))
        if self.flow.keyring.weakness:
            self.report(events.weak_secret(self.flow.keyring))
        if why := getattr(self._predecessor, "weakness", None):
            self.report(events.weak_before(why))
        if self.debug_header:
            self.report(events.shown())

    def measure(self) -> Meter | None:
        """Begin to count, if anybody wants figures; no earlier than with the first request, for until then the service may still
        set its meter provider.
        """
        self.meter = meter()
        return self.meter

    def open(self, session: RequestSession, cookies: str) -> Step:
        """Find the session of a Cookie header, or take one over; `opened` is to be called then. Raises StoreError."""
        now = self.now
        if self._source is not None:
            self._renew(self._source, now)
        own = self.flow.open(session, cookies, now=now)
        return own if self._predecessor is None else self._or_inherit(own, session, cookies, now, self._predecessor)

    def opened(self, session: RequestSession) -> None:
        """Tell of a session that was not simply found."""
        outcome = session.outcome
        if outcome.stopped:
            self.report(events.outcome(outcome))
        elif outcome.reason is Reason.RENAMED:
            self.report(events.renamed(self.flow.cookie))
        elif outcome.detail:
            self.report(events.ignored(outcome))

    def settled(self, session: RequestSession) -> bool:
        """Whether the request left nothing behind that `close` would commit."""
        return self.flow.settled(session, now=self.now)

    def close(self, session: RequestSession) -> Step:
        """Commit what a request left behind, for its response to be the receipt. Raises StoreError, UnserializableError.

        With `ends_empty`, a session that was cleared is over, and its cookie goes.
        """
        emptied = session.unavailable is None and session.record is not None and not session and session.next_id is None
        if self._ends_empty and emptied and (yield from self.flow.discard(session, now=self.now)):
            return
        yield from self._write(session, self.flow.close)
        if session.outcome.reason is Reason.DELETED:
            self.report(events.outcome(session.outcome))

    def save(self, session: RequestSession) -> Step:
        """Commit what has changed so far. Raises as `close`, and SessionGone."""
        return self._write(session, self.flow.save)

    def create(self, session: RequestSession) -> Step:
        """Store a session that has no row, also one that holds nothing. Raises as `close`."""
        return self._write(session, self.flow.create)

    def look(self, session: RequestSession) -> Generator[Want, Any, bool]:
        """Whether the session still lives. One that turns out to have ended is told of."""
        lives = yield from self.flow.check(session, now=self.now)
        if not lives and session.outcome.stopped:
            self.report(events.outcome(session.outcome))
        return lives

    def destroy(self, session: RequestSession) -> Step:
        """Delete the session, and let the browser forget its cookie. Raises StoreError."""
        session.reachable()
        return self.flow.destroy(session, now=self.now)

    def stopped(self, session: RequestSession, error: StoreError) -> None:
        """An outage stopped the session."""
        session.outcome = outcome_of(error)
        self.report(events.outcome(session.outcome))

    def left_unsaved(self, session: RequestSession, why: str = events.LATE) -> None:
        """The response had started: what was changed later and not saved is told of."""
        if session.changed and session.changes:
            self.report(events.unsaved(session.changes, why))

    def counted(self, session: RequestSession) -> None:
        """Count the request by its outcome."""
        if self.meter is not None:
            self.meter.outcome(session.outcome)

    def set_cookies(self, session: RequestSession) -> list[str]:
        """The Set-Cookie values of the response. A host that the cookie's Domain does not reach is told of, once."""
        if session.unavailable is not None or not (session.renewed or session.left or session.renamed or session.forgotten):
            return []
        values = self.flow.set_cookies(session, https=session.https)
        if values and self.flow.cookie.domain is not None:
            self._reached(session.host)
        return values

    def shown(self, session: RequestSession) -> str | None:
        """What `debug_header` tells the client, None where it is off."""
        if not self.debug_header:
            return None
        told = f"{session.outcome} {session.outcome.detail}".strip().replace("…", "...")
        return told.encode("ascii", "replace").translate(None, b"\r\n").decode()

    def _renew(self, source: KeyringSource, now: int) -> None:
        """Ask for the keys again where it is time to."""
        if event := source.renew(now):
            self.report(event)

    def _or_inherit(self, own: Step, session: RequestSession, cookies: str, now: int, predecessor: Predecessor) -> Step:
        yield from own
        inherited = predecessor.read(cookies, now) if session.record is None else None
        if inherited is None:
            return
        yield from self.flow.inherit(session, inherited, https=session.https, now=now)
        if session.record is not None:
            self.report(events.inherited(session.record.id))

    def _write(self, session: RequestSession, step: Writing) -> Step:
        session.reachable()
        before = session.record
        try:
            yield from step(session, https=session.https, now=self.now)
        except SessileError as error:
            self.report(events.save_error(error))
            raise
        if self.report.hears(events.INFO):
            self._saved(session, before)
        if session.overwritten and self._report_overwritten:
            self.report(events.overwritten(session.overwritten))

    def _saved(self, session: Session, before: Record | None) -> None:
        if session.record is not None and (before is None or session.record.text != before.text):
            self.report(events.saved(session.record.id, self._log_user(session) if self._log_user else None))

    def _reached(self, host: str) -> None:
        if host in self._unreached or len(self._unreached) > 100:
            return
        if host and not self.flow.cookie.reaches(host):
            self._unreached.add(host)
            self.report(events.unreached(self.flow.cookie, host))

"""The middleware: it gives each request its session, and holds every response back until its session is committed."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from sessile.errors import ConfigurationError, SessileError, StoreError
from sessile.integrations.addresses import store_of
from sessile.integrations.asgi.outage import Anonymous, anonymous, outcome_of, unavailable
from sessile.integrations.asgi.protocol import Application, Message, Receive, Scope, Send, header
from sessile.integrations.asgi.response import Response
from sessile.integrations.asgi.session import AsyncSession
from sessile.integrations.asgi.websocket import Disconnected, WebSocket, seconds_of
from sessile.integrations.hosts import public_suffix
from sessile.integrations.predecessor import Predecessor
from sessile.integrations.secrets import SecretFile, keyring_of, source_of
from sessile.integrations.telemetry import Meter, OnEvent, Reporter, TimedStore, meter
from sessile.session import events
from sessile.session.cookie import CookiePolicy
from sessile.session.driver import drive
from sessile.session.expiry import Expiry
from sessile.session.flow import Flow, Writing
from sessile.session.keyring import Keyring, Secrets
from sessile.session.outcome import LIVE, Outcome, Reason
from sessile.session.session import Record
from sessile.session.store import Store

log = logging.getLogger("sessile")


class SessionMiddleware:
    """Gives each request its session, and holds every response back until its session is committed.

    `store` is a Store, or a URL that names one; None takes `DATABASE_URL`. `secret` is one value, a list (the first signs, all
    verify), a Keyring, a file or a function, which are asked again every 30 seconds; None takes `SESSION_SECRET`, and
    `SESSION_SECRET_PREVIOUS` to verify with. A wrong configuration fails the start (`lifespan.startup.failed`), not the
    constructor.

    How long a session lives: `idle` from its last use, `absolute` from its creation; `rotate` exchanges ids older than this, and
    requests with the old one are let through for `grace`; `exact_touch` commits every use before its response.

    `recheck`: an accepted WebSocket looks this often whether its session lives, and is closed (1008) when it does not; None
    leaves that to `session.check()`. All sockets of a process look at the same moment, which costs one query.

    What happens in an outage: 503, but for requests that `anonymous` names, by path ("/news", "/blog/*") or by a function of
    the scope: they go on with an empty session that cannot be saved.

    `predecessor` reads the cookies of the session layer that was there before: who comes with one is let in, and gets a row.

    What is told: `log_user` names the user of a session for the log line "Session saved for user: ..."; without it no user is
    ever named. `report_overwritten` logs keys that two requests changed at once. `on_event` gets every event that is logged.
    `hosts` are the names under which the service is reached, to check the cookie's Domain at the start. `debug_header` shows
    each request's outcome to the client, in development only. `allow_weak_secret` signs with a secret that is easy to guess.
    """

    tracks_access = False

    def __init__(
        self,
        app: Application,
        *,
        store: Store | str | None = None,
        secret: "Secrets | Keyring | Path | SecretFile | Callable[[], Secrets] | None" = None,
        cookie: CookiePolicy | None = None,
        idle: timedelta = timedelta(days=14),
        absolute: timedelta | None = None,
        rotate: timedelta | None = None,
        grace: timedelta = timedelta(seconds=30),
        exact_touch: bool = False,
        recheck: timedelta | None = None,
        anonymous_in_outage: "Anonymous | Iterable[str]" = (),
        predecessor: Predecessor | None = None,
        hosts: Iterable[str] = (),
        allow_weak_secret: bool = False,
        log_user: Callable[[Mapping[str, Any]], object] | None = None,
        report_overwritten: bool = False,
        on_event: OnEvent | None = None,
        debug_header: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.app, self.clock, self.log_user = app, clock, log_user
        self.report = Reporter(on_event)
        self._meter: Meter | None = None
        self._metered = False
        self.debug_header, self._report_overwritten = debug_header, report_overwritten
        self._anonymous, self._hosts = anonymous(anonymous_in_outage), tuple(hosts)
        self._unreached: set[bytes] = set()
        self._predecessor = predecessor
        self._wrong: ConfigurationError | None = None
        try:
            self.store = store_of(store)
            self.recheck_seconds = seconds_of(recheck)
            keyring = keyring_of(secret, allow_weak=allow_weak_secret)
            expiry = Expiry(idle, absolute, rotate, grace, exact_touch)
            self.flow = Flow(keyring, cookie or CookiePolicy(), expiry)
            self._source = source_of(secret, keyring)
            self._name = self.flow.cookie.name.encode()
            self._name_before = predecessor.name.encode() if predecessor else self._name
        except ConfigurationError as error:
            self._wrong = error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await (self._lifespan if scope["type"] == "lifespan" else self.app)(scope, receive, send)
            return
        if self._wrong:
            log.critical("%s", self._wrong)
            await unavailable(scope, send)
            return
        if not self._metered:
            self._measure()
        session = AsyncSession(self, scope)
        scope["session"] = session
        cookies = header(scope["headers"], b"cookie", b"; ")
        named = self._name in cookies or self._name_before in cookies
        if named and not await self._opened(session, cookies.decode("latin-1"), scope):
            self._counted(session)
            await unavailable(scope, send)
            return
        response = (WebSocket if scope["type"] == "websocket" else Response)(self, session, scope, send)
        try:
            await self.app(scope, receive, response.send)
        except StoreError as error:
            if not response.refused:
                self.stopped(session, error)
                await response.fail(error)
        except Disconnected:
            pass
        finally:
            await response.end()
            self._counted(session)
            self._left_unsaved(session, response)

    async def _opened(self, session: AsyncSession, cookies: str, scope: Scope) -> bool:
        """Whether the request goes on: with its session, or without one where the route may."""
        try:
            now = self._renewed()
            await drive(self.flow.open(session, cookies, now=now), self.store)
            if self._predecessor is not None and session.record is None:
                await self._inherited(session, cookies, now, self._predecessor)
        except StoreError as error:
            self.stopped(session, error)
            session.unavailable = str(error)
            return self._anonymous(scope)
        if session.outcome is not LIVE:
            self._told(session.outcome)
        return True

    async def _inherited(self, session: AsyncSession, cookies: str, now: int, predecessor: Predecessor) -> None:
        inherited = predecessor.read(cookies, now)
        if inherited is None:
            return
        await drive(self.flow.inherit(session, inherited, https=session.https, now=now), self.store)
        if session.record is not None:
            self.report(events.inherited(session.record.id))

    def _renewed(self) -> int:
        """Ask for the keys again where it is time to; the answer is that time."""
        now = self.now
        if self._source is not None and (event := self._source.renew(now)):
            self.report(event)
        return now

    def _left_unsaved(self, session: AsyncSession, response: Response) -> None:
        if response.started and not response.failed and session.changed and session.changes:
            self.report(events.unsaved(session.changes))

    def _counted(self, session: AsyncSession) -> None:
        if self._meter is not None:
            self._meter.outcome(session.outcome)

    def _told(self, outcome: Outcome) -> None:
        if outcome.stopped:
            self.report(events.outcome(outcome))
        elif outcome.detail:
            self.report(events.ignored(outcome))

    def _measure(self) -> None:
        """Metrics begin with the first request: until then the service may still set its meter provider."""
        self._metered, self._meter = True, meter()
        if self._meter is not None:
            self.store = TimedStore(self.store, self._meter)

    def settled(self, session: AsyncSession) -> bool:
        """Whether the request left nothing behind that `close` would commit."""
        return not session if session.unavailable is not None else self.flow.settled(session, now=self.now)

    async def close(self, session: AsyncSession) -> None:
        """Commit what a request left behind, for its response to be the receipt. Raises StoreError, UnserializableError."""
        if session.unavailable is not None:
            await session.save()
            return
        await self._write(session, self.flow.close)
        if session.outcome.reason is Reason.DELETED:
            self.report(events.outcome(session.outcome))

    async def save(self, session: AsyncSession) -> None:
        """Commit what has changed so far; see `AsyncSession.save`."""
        await self._write(session, self.flow.save)

    async def check(self, session: AsyncSession) -> bool:
        """See `AsyncSession.check`. A session that turns out to have ended is told of."""
        lives = await drive(self.flow.check(session, now=self.now), self.store)
        if not lives and session.outcome.stopped:
            self.report(events.outcome(session.outcome))
        return lives

    async def destroy(self, session: AsyncSession) -> None:
        """See `AsyncSession.destroy`."""
        await drive(self.flow.destroy(session, now=self.now), self.store)

    def regenerate(self, session: AsyncSession, *, empty: bool) -> None:
        """See `AsyncSession.regenerate`."""
        self.flow.regenerate(session, empty=empty)

    def stopped(self, session: AsyncSession, error: StoreError) -> None:
        """An outage stopped the session."""
        session.outcome = outcome_of(error)
        self.report(events.outcome(session.outcome))

    def set_cookies(self, session: AsyncSession) -> list[str]:
        """The Set-Cookie values of the response. A host that the cookie's Domain does not reach is told of, once."""
        if not (session.renewed or session.left or session.forgotten):
            return []
        values = self.flow.set_cookies(session, https=session.https)
        if values:
            self._reached(header(session.headers, b"host"))
        return values

    @property
    def now(self) -> int:
        """Epoch milliseconds."""
        return int(self.clock() * 1000)

    async def _write(self, session: AsyncSession, step: Writing) -> None:
        before = session.record
        try:
            await drive(step(session, https=session.https, now=self.now), self.store)
        except SessileError as error:
            self.report(events.save_error(error))
            raise
        if self.report.hears(events.INFO):
            self._saved(session, before)
        if session.overwritten and self._report_overwritten:
            self.report(events.overwritten(session.overwritten))

    def _saved(self, session: AsyncSession, before: Record | None) -> None:
        if session.record is not None and (before is None or session.record.text != before.text):
            self.report(events.saved(session.record.id, self.log_user(session) if self.log_user else None))

    def _reached(self, host: bytes) -> None:
        if self.flow.cookie.domain is None or host in self._unreached or len(self._unreached) > 100:
            return
        name = host.decode("latin-1")
        if name and not self.flow.cookie.reaches(name):
            self._unreached.add(host)
            self.report(events.unreached(self.flow.cookie, name))

    async def _lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        startup = await receive()
        try:
            await self._start()
        except ConfigurationError as error:
            log.critical("%s", error)
            await send({"type": "lifespan.startup.failed", "message": f"sessile: {error}"})
            return
        pending = [startup]

        async def replay() -> Message:
            return pending.pop() if pending else await receive()

        try:
            await self.app(scope, replay, send)
        finally:
            await self.store.close()

    async def _start(self) -> None:
        if self._wrong:
            raise self._wrong
        for complaint in self.flow.cookie.check(self._hosts, public_suffix()):
            raise ConfigurationError(complaint)
        self.report(events.keys(self.flow.keyring))
        if self.flow.keyring.weakness:
            self.report(events.weak_secret(self.flow.keyring))
        if self.debug_header:
            self.report(events.shown())
        await self.store.open()

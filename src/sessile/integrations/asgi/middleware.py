"""The middleware: it gives each request its session, and holds every response back until its session is committed."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from sessile.errors import ConfigurationError, StoreError
from sessile.integrations.addresses import store_of
from sessile.integrations.asgi.outage import Anonymous, anonymous, unavailable
from sessile.integrations.asgi.protocol import Application, Message, Receive, Scope, Send, header
from sessile.integrations.asgi.response import Response
from sessile.integrations.asgi.session import AsyncSession
from sessile.integrations.asgi.websocket import Disconnected, WebSocket, seconds_of
from sessile.integrations.predecessor import Predecessor
from sessile.integrations.secrets import Secret
from sessile.integrations.service import Service
from sessile.integrations.telemetry import OnEvent, TimedStore
from sessile.session import events
from sessile.session.cookie import CookiePolicy
from sessile.session.driver import drive
from sessile.session.outcome import LIVE
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
    ends_empty = False

    def __init__(
        self,
        app: Application,
        *,
        store: Store | str | None = None,
        secret: Secret = None,
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
        self.app, self.clock = app, clock
        self._metered = self._told_twice = False
        self._anonymous = anonymous(anonymous_in_outage)
        self.wrong: ConfigurationError | None = None
        try:
            self.store = store_of(store)
            self.recheck_seconds = seconds_of(recheck)
            self.service = Service(
                secret=secret,
                cookie=cookie,
                idle=idle,
                absolute=absolute,
                rotate=rotate,
                grace=grace,
                exact_touch=exact_touch,
                predecessor=predecessor,
                hosts=hosts,
                allow_weak_secret=allow_weak_secret,
                log_user=log_user,
                report_overwritten=report_overwritten,
                on_event=on_event,
                debug_header=debug_header,
                ends_empty=self.ends_empty,
                clock=clock,
            )
            self._name, *self._names_before = (name.encode() for name in self.service.names)
        except ConfigurationError as error:
            self.wrong = error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = scope["type"]
        if self.wrong or kind not in ("http", "websocket") or self._is_kept_outside(scope):
            await self._aside(scope, receive, send)
            return
        if not self._metered:
            self._measure()
        if "session" in scope:
            # The middleware around this one keeps a session of its own, which it would take this one for.
            scope = dict(scope)
        session = scope["session"] = AsyncSession(self, scope)
        cookies = header(scope["headers"], b"cookie", b"; ")
        named = self._name in cookies or any(name in cookies for name in self._names_before)
        if named and not await self._opened(session, cookies.decode("latin-1"), scope):
            self.service.counted(session)
            await unavailable(scope, send)
            return
        response = (Response if kind == "http" else WebSocket)(self, session, scope, send)
        try:
            await self.app(scope, receive, response.send)
        except StoreError as error:
            if not response.refused:
                self.service.stopped(session, error)
                await response.fail(error)
        except Disconnected:
            pass  # nobody is left to be answered
        finally:
            if kind == "websocket":
                await response.end()
            self.service.counted(session)
            if response.started and not response.failed and session.changed:
                self.service.left_unsaved(session, response.unsaved)

    def _is_kept_outside(self, scope: Scope) -> bool:
        """Whether a middleware around this one keeps the very same cookie: a browser holds only one, so there is one session."""
        session = scope.get("session")
        outer = session.keeper if isinstance(session, AsyncSession) else None
        if not isinstance(outer, SessionMiddleware) or not self.service.flow.cookie.clashes(outer.service.flow.cookie):
            return False
        if not self._told_twice:
            self._told_twice = True
            self.service.report(events.twice(self.service.flow.cookie))
        return True

    async def _opened(self, session: AsyncSession, cookies: str, scope: Scope) -> bool:
        """Whether the request goes on: with its session, or without one where the route may."""
        try:
            await drive(self.service.open(session, cookies), self.store)
        except StoreError as error:
            self.service.stopped(session, error)
            session.unavailable = str(error)
            return self._anonymous(scope)
        if session.outcome is not LIVE:
            self.service.opened(session)
        return True

    async def _aside(self, scope: Scope, receive: Receive, send: Send) -> None:
        """What is no request, or another middleware's, or comes while the configuration is wrong."""
        if scope["type"] == "lifespan":
            await self._lifespan(scope, receive, send)
        elif self.wrong and scope["type"] in ("http", "websocket"):
            log.critical("%s", self.wrong)
            await unavailable(scope, send)
        else:
            await self.app(scope, receive, send)

    def _measure(self) -> None:
        self._metered = True
        if meter := self.service.measure():
            self.store = TimedStore(self.store, meter)

    async def close(self, session: AsyncSession) -> None:
        """Commit what a request left behind, for its response to be the receipt. Raises StoreError, UnserializableError."""
        await drive(self.service.close(session), self.store)

    async def save(self, session: AsyncSession) -> None:
        """Commit what has changed so far; see `AsyncSession.save`."""
        await drive(self.service.save(session), self.store)

    async def check(self, session: AsyncSession) -> bool:
        """See `AsyncSession.check`. A session that turns out to have ended is told of."""
        return await drive(self.service.look(session), self.store)

    async def destroy(self, session: AsyncSession) -> None:
        """See `AsyncSession.destroy`."""
        await drive(self.service.destroy(session), self.store)

    def regenerate(self, session: AsyncSession, *, empty: bool) -> None:
        """See `AsyncSession.regenerate`."""
        self.service.flow.regenerate(session, empty=empty)

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
        if self.wrong:
            raise self.wrong
        self.service.check()
        await self.store.open()

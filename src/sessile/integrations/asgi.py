"""Sessions for ASGI: Starlette, FastAPI, Litestar, Quart, or a bare application."""

import logging
import os
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from datetime import timedelta
from typing import Any, Protocol, cast

from sessile.errors import ConfigurationError, SaveUnknown, SessileError, StoreError, StoreRefused, StoreTimeout
from sessile.session import events
from sessile.session.cookie import CookiePolicy
from sessile.session.driver import drive
from sessile.session.events import Event
from sessile.session.expiry import Expiry
from sessile.session.flow import Flow, Writing
from sessile.session.keyring import Keyring, Secrets
from sessile.session.outcome import Outcome, Reason
from sessile.session.session import Session
from sessile.session.store import Store

log = logging.getLogger("sessile")

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

RETRY_AFTER_SECONDS = 5
UNAVAILABLE_BODY = b'{"detail":"Sessions are unavailable for the moment. You are not logged out; please try again."}'


class Connection(Protocol):
    """Whatever carries an ASGI scope: Starlette's Request and WebSocket, Litestar's ASGIConnection."""

    @property
    def scope(self) -> Any: ...


class AsyncSession(Session):
    """A request's session: a dict, with `.id`, `.outcome`, and what is awaited."""

    __slots__ = ("_visit",)

    def __init__(self, visit: "Visit") -> None:
        super().__init__()
        self._visit = visit

    async def regenerate(self, *, empty: bool = False) -> None:
        """Give the session a new id, as every login must: the old row goes, in the transaction that writes the new one.

        The data stays unless `empty`. It is written with the response, or by `save`.
        """
        self._visit.flow.regenerate(self, empty=empty)

    async def save(self) -> None:
        """Write the changes now; when this returns they are committed.

        Raises SessionGone if the session was deleted meanwhile, UnserializableError for a value that cannot be stored, and
        StoreError (StoreUnavailable, StoreRefused, SaveUnknown) if the store did not take it.
        """
        await self._visit.save(self)

    async def destroy(self) -> None:
        """Delete the session, here and in the store, and let the browser forget its cookie. Raises StoreError."""
        await drive(self._visit.flow.destroy(self), self._visit.store)


def session_of(connection: Connection) -> AsyncSession:
    """The session of a request or WebSocket, typed; `request.session` is the same object. Raises RuntimeError without the
    middleware.
    """
    session = connection.scope.get("session")
    if not isinstance(session, AsyncSession):
        raise RuntimeError("no session here: add sessile.SessionMiddleware to the application")
    return session


class Visit:
    """One request with its session: what the session's own methods and the middleware need to know of it."""

    def __init__(self, middleware: "SessionMiddleware", scope: Scope) -> None:
        self.flow = middleware.flow
        self.store = middleware.store
        self.clock = middleware.clock
        self.log_user = middleware.log_user
        self.headers: Iterable[tuple[bytes, bytes]] = scope["headers"]
        self.https = scope.get("scheme") in ("https", "wss") or self._forwarded_proto() == "https"

    async def open(self, session: AsyncSession) -> None:
        """Find the session of the cookie, if there is one."""
        header = self._header(b"cookie", "; ")
        if self.flow.cookie.name in header:
            await drive(self.flow.open(session, header, now=self.now), self.store)
            if session.outcome.stopped:
                report(events.outcome(session.outcome))
            elif session.outcome.detail:
                report(events.ignored(session.outcome))

    async def close(self, session: AsyncSession) -> None:
        """Commit what the request left behind, for the response to be its receipt."""
        await self._write(session, self.flow.close)
        if session.outcome.reason is Reason.DELETED:
            report(events.outcome(session.outcome))

    async def save(self, session: AsyncSession) -> None:
        """Commit what has changed so far."""
        await self._write(session, self.flow.save)

    async def _write(self, session: AsyncSession, step: Writing) -> None:
        before = session.record
        try:
            await drive(step(session, https=self.https, now=self.now), self.store)
        except SessileError as error:
            report(events.save_error(error))
            raise
        if session.record is not None and (before is None or session.record.text != before.text):
            report(events.saved(session.record.id, self.log_user(session) if self.log_user else None))

    @property
    def now(self) -> int:
        """Epoch milliseconds."""
        return int(self.clock() * 1000)

    def _header(self, name: bytes, separator: str) -> str:
        return separator.join(value.decode("latin-1") for key, value in self.headers if key == name)

    def _forwarded_proto(self) -> str:
        return self._header(b"x-forwarded-proto", ",").partition(",")[0].strip().lower()


class SessionMiddleware:
    """Gives each request its session, and holds every response back until its session is committed.

    `store` is a Store. `secret` is one value, a list (the first signs, all verify) or a Keyring; None takes `SESSION_SECRET`, and
    `SESSION_SECRET_PREVIOUS` to verify with. `idle` and `absolute` limit a session's life. `allow_weak_secret` signs with a
    secret that is easy to guess. `log_user` names the user of a session for the log line "Session saved for user: ..."; without
    it no user is ever named. A wrong configuration fails the start (`lifespan.startup.failed`), not the constructor.
    """

    def __init__(
        self,
        app: Application,
        *,
        store: Store,
        secret: "Secrets | Keyring | None" = None,
        cookie: CookiePolicy | None = None,
        idle: timedelta = timedelta(days=14),
        absolute: timedelta | None = None,
        allow_weak_secret: bool = False,
        log_user: Callable[[Mapping[str, Any]], object] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.app, self.store, self.clock, self.log_user = app, store, clock, log_user
        self._wrong: ConfigurationError | None = None
        try:
            keyring = secret if isinstance(secret, Keyring) else Keyring(_secrets(secret), allow_weak=allow_weak_secret)
            self.flow = Flow(keyring, cookie or CookiePolicy(), Expiry(idle, absolute))
        except ConfigurationError as error:
            self._wrong = error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match scope["type"]:
            case "lifespan":
                await self._lifespan(scope, receive, send)
            case "http" | "websocket":
                await self._visit(scope, receive, send)
            case _:
                await self.app(scope, receive, send)

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
        report(events.keys(self.flow.keyring))
        if self.flow.keyring.weakness:
            report(events.weak_secret(self.flow.keyring))
        await self.store.open()

    async def _visit(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._wrong:
            log.critical("%s", self._wrong)
            await _unavailable(scope, receive, send)
            return
        visit = Visit(self, scope)
        session = AsyncSession(visit)
        scope["session"] = session
        try:
            await visit.open(session)
        except StoreError as error:
            _stop(session, error)
            await _unavailable(scope, receive, send)
            return
        response = _Response(visit, session, scope, receive, send)
        await self.app(scope, receive, response.send)
        if response.started and session.changes and not response.failed:
            report(events.unsaved(session.changes))


class _Response:
    """The response on its way out: held at its start until the session is committed."""

    def __init__(self, visit: Visit, session: AsyncSession, scope: Scope, receive: Receive, send: Send) -> None:
        self._visit, self._session, self._scope, self._receive, self._send = visit, session, scope, receive, send
        self.started = self.failed = self._replaced = False

    async def send(self, message: Message) -> None:
        if self._replaced:
            return
        if not self.started and message["type"] in (
            "http.response.start",
            "websocket.accept",
            "websocket.http.response.start",
        ):
            self.started = True
            self.failed = message.get("status", 200) >= 500
            try:
                await self._settle()
            except StoreError as error:
                _stop(self._session, error)
                self._replaced = self.failed = True
                await _unavailable(self._scope, self._receive, self._send)
                return
            message = {**message, "headers": self._headers(message.get("headers", ()))}
        await self._send(message)

    async def _settle(self) -> None:
        """Commit the session, unless the response says that the request failed."""
        if not self.failed:
            await self._visit.close(self._session)

    def _headers(self, headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        listed = list(headers)
        cookie = self._visit.flow.set_cookie(self._session, https=self._visit.https)
        if cookie is not None:
            listed.append((b"set-cookie", cookie.encode("latin-1")))
            if not any(name.lower() == b"cache-control" for name, _ in listed):
                listed.append((b"cache-control", b"private, no-cache"))
        if cookie is not None or self._session.record is not None:
            listed.append((b"vary", b"Cookie"))
        return listed


def report(event: Event) -> None:
    """Write an event to the log named `sessile`, its fields as attributes of the record."""
    if log.isEnabledFor(event.level):
        log.log(event.level, "%s", event.message, extra={f"session_{name}": value for name, value in event.fields.items()})


def _secrets(secret: Secrets | None) -> Secrets:
    if secret is not None:
        return secret
    current, previous = os.environ.get("SESSION_SECRET", ""), os.environ.get("SESSION_SECRET_PREVIOUS")
    return [current, previous] if previous else current


def _stop(session: AsyncSession, error: StoreError) -> None:
    match error:
        case SaveUnknown():
            reason = Reason.UNKNOWN
        case StoreRefused():
            reason = Reason.REFUSED
        case StoreTimeout():
            reason = Reason.TIMEOUT
        case _:
            reason = Reason.UNAVAILABLE
    session.outcome = Outcome(reason, str(error))
    report(events.outcome(session.outcome))


async def _unavailable(scope: Scope, receive: Receive, send: Send) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(UNAVAILABLE_BODY)).encode()),
        (b"retry-after", str(RETRY_AFTER_SECONDS).encode()),
        (b"cache-control", b"no-store"),
    ]
    kind = "http.response"
    if scope["type"] == "websocket":
        extensions = cast("Mapping[str, Any]", scope.get("extensions") or {})
        if "websocket.http.response" not in extensions:
            await receive()
            await send({"type": "websocket.close", "code": 1013, "reason": "sessions are unavailable"})
            return
        kind = "websocket.http.response"
    await send({"type": f"{kind}.start", "status": 503, "headers": headers})
    await send({"type": f"{kind}.body", "body": UNAVAILABLE_BODY})

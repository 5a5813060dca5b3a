"""The response on its way out: held at its start until the session is committed."""

from collections.abc import Awaitable
from typing import TYPE_CHECKING

from sessile.errors import SessileError, StoreError
from sessile.integrations.asgi.outage import unavailable
from sessile.integrations.asgi.protocol import Headers, Message, Scope, Send
from sessile.integrations.asgi.session import AsyncSession
from sessile.session import events

if TYPE_CHECKING:
    from sessile.integrations.asgi.middleware import SessionMiddleware

STARTS = frozenset({"http.response.start", "websocket.accept", "websocket.http.response.start"})
DEBUG_HEADER = b"sessile-outcome"


class Response:
    """`started` once its head is on its way, `failed` where it is an error of the server, which saves nothing; `refused` where an
    outage answered in its place.
    """

    __slots__ = ("_middleware", "_scope", "_send", "_session", "failed", "refused", "started")

    @property
    def unsaved(self) -> str:
        """Why a change that is left was not saved."""
        return events.LATE

    def __init__(self, middleware: "SessionMiddleware", session: AsyncSession, scope: Scope, send: Send) -> None:
        self._middleware, self._session = middleware, session
        self._scope, self._send = scope, send
        self.started = self.failed = self.refused = False

    def send(self, message: Message) -> Awaitable[None]:
        """ASGI's `send`, with the session committed before the head and its cookie in it."""
        if self.started or message["type"] not in STARTS:
            return self._send(message)
        return self._start(message)

    async def fail(self, error: StoreError) -> None:
        """Answer for an application that an outage stopped. Raises the error where the response has started already."""
        if self.started:
            raise error
        await self.unavailable()

    async def unavailable(self) -> None:
        """Answer 503 in the application's place, or refuse a WebSocket; what it still sends goes nowhere."""
        send, self._send = self._send, _nowhere
        self.failed = self.refused = True
        await unavailable(self._scope, send)

    async def end(self) -> None:
        """The application has returned, or failed."""

    async def _start(self, message: Message) -> None:
        self.started = True
        self.failed = message.get("status", 200) >= 500
        if (put := self._scope.get("session")) is not self._session:
            self._session.become(put)
        try:
            if not self.failed and not self._middleware.service.settled(self._session):
                await self._middleware.close(self._session)
        except StoreError as error:
            self._middleware.service.stopped(self._session, error)
            await self.unavailable()
            return
        except SessileError:
            self.failed = True
            raise
        self._session.answered = True
        await self._send({**message, "headers": self._headers(message.get("headers", ()))})

    def _headers(self, headers: Headers) -> list[tuple[bytes, bytes]]:
        session, listed = self._session, list(headers)
        cookies = self._middleware.service.set_cookies(session)
        if cookies:
            listed += [(b"set-cookie", cookie.encode("latin-1")) for cookie in cookies]
            if not any(name.lower() == b"cache-control" for name, _ in listed):
                listed.append((b"cache-control", b"private, no-cache"))
        if cookies or session.varies:
            listed.append((b"vary", b"Cookie"))
        service = self._middleware.service
        if service.debug_header and (told := service.shown(session)) is not None:
            listed.append((DEBUG_HEADER, told.encode()))
        return listed


async def _nowhere(message: Message) -> None:
    """What the application still sends of a response that another has replaced."""

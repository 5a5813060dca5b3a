"""The response on its way out: held at its start until the session is committed."""

from collections.abc import Awaitable
from typing import TYPE_CHECKING

from sessile.errors import StoreError
from sessile.integrations.asgi.outage import unavailable
from sessile.integrations.asgi.protocol import Headers, Message, Receive, Scope, Send
from sessile.integrations.asgi.session import AsyncSession

if TYPE_CHECKING:
    from sessile.integrations.asgi.middleware import SessionMiddleware

STARTS = frozenset({"http.response.start", "websocket.accept", "websocket.http.response.start"})
DEBUG_HEADER = b"sessile-outcome"


class Response:
    """`started` once its head is on its way; `failed` where it is an error of the server, which saves nothing."""

    __slots__ = ("_middleware", "_receive", "_scope", "_send", "_session", "failed", "started")

    def __init__(
        self, middleware: "SessionMiddleware", session: AsyncSession, scope: Scope, receive: Receive, send: Send
    ) -> None:
        self._middleware, self._session = middleware, session
        self._scope, self._receive, self._send = scope, receive, send
        self.started = self.failed = False

    def send(self, message: Message) -> Awaitable[None]:
        """ASGI's `send`, with the session committed before the head and its cookie in it."""
        if self.started or message["type"] not in STARTS:
            return self._send(message)
        return self._start(message)

    async def _start(self, message: Message) -> None:
        self.started = True
        self.failed = message.get("status", 200) >= 500
        try:
            if not self.failed and not self._middleware.settled(self._session):
                await self._middleware.close(self._session)
        except StoreError as error:
            self._middleware.stopped(self._session, error)
            send, self._send = self._send, _nowhere
            self.failed = True
            await unavailable(self._scope, self._receive, send)
            return
        await self._send({**message, "headers": self._headers(message.get("headers", ()))})

    def _headers(self, headers: Headers) -> list[tuple[bytes, bytes]]:
        session, listed = self._session, list(headers)
        cookies = self._middleware.set_cookies(session) if session.unavailable is None else []
        if cookies:
            listed += [(b"set-cookie", cookie.encode("latin-1")) for cookie in cookies]
            if not any(name.lower() == b"cache-control" for name, _ in listed):
                listed.append((b"cache-control", b"private, no-cache"))
        if cookies or session.record is not None:
            listed.append((b"vary", b"Cookie"))
        if self._middleware.debug_header:
            told = f"{session.outcome} {session.outcome.detail}".strip().replace("…", "...")
            listed.append((DEBUG_HEADER, told.encode("ascii", "replace").translate(None, b"\r\n")))
        return listed


async def _nowhere(message: Message) -> None:
    """What the application still sends of a response that another has replaced."""

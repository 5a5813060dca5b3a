"""A WebSocket's session: committed before the connection is accepted, and looked at again for as long as it lasts."""

import asyncio
import contextlib
from collections.abc import Awaitable
from datetime import timedelta
from typing import TYPE_CHECKING

from sessile.errors import ConfigurationError, StoreError
from sessile.integrations.asgi.outage import TRY_AGAIN_LATER
from sessile.integrations.asgi.protocol import Message, Scope, Send
from sessile.integrations.asgi.response import Response
from sessile.integrations.asgi.session import AsyncSession
from sessile.integrations.outage import outcome_of
from sessile.session import events
from sessile.session.expiry import SHORTEST

if TYPE_CHECKING:
    from sessile.integrations.asgi.middleware import SessionMiddleware

POLICY_VIOLATION = 1008
"""What an endpoint closes with that will not go on (RFC 6455, 7.4.1)."""

ENDINGS = frozenset({"websocket.close", "websocket.http.response.body"})


class Disconnected(OSError):
    """The connection was closed in the application's place; ASGI has `send` raise an OSError then (HTTP & WebSocket, 2.4)."""


class WebSocket(Response):
    """The server's side of a connection: `accept` carries the cookie, and is refused where the session cannot be committed.

    One that is closed instead of accepted saves nothing, for no cookie could be set.
    """

    __slots__ = ("_closed", "_watch")

    def __init__(self, middleware: "SessionMiddleware", session: AsyncSession, scope: Scope, send: Send) -> None:
        super().__init__(middleware, session, scope, send)
        self._closed = False
        self._watch: asyncio.Task[None] | None = None

    def send(self, message: Message) -> Awaitable[None]:
        """See `Response.send`. Raises Disconnected once the connection was ended in the application's place."""
        if self._closed or self.refused:
            return _after_the_end(message)
        self.started = self.started or message["type"] == "websocket.close"
        return super().send(message)

    @property
    def unsaved(self) -> str:
        """See `Response.unsaved`."""
        return events.LATE if self._session.answered else events.CLOSED

    async def fail(self, error: StoreError) -> None:
        """See `Response.fail`; an accepted connection is closed: try again later."""
        if self._session.answered:
            self.failed = True
            await self._close(TRY_AGAIN_LATER, "sessions are unavailable")
        else:
            await super().fail(error)

    async def end(self) -> None:
        """Look no more whether the session lives."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)

    async def _start(self, message: Message) -> None:
        await super()._start(message)
        if self.refused:
            raise Disconnected("the connection was refused: sessions are unavailable")
        every = self._middleware.recheck_seconds
        if every is not None and self._session.record is not None and message["type"] == "websocket.accept":
            self._watch = asyncio.create_task(self._watching(every))

    async def _watching(self, every: float) -> None:
        """Close the connection when its session has ended; an outage says nothing of that, and is told of once."""
        told = False
        while True:
            await asyncio.sleep(every - self._middleware.clock() % every)
            try:
                lives = await self._middleware.check(self._session)
            except StoreError as error:
                if not told:
                    self._middleware.service.report(events.outcome(outcome_of(error)))
                told = True
                continue
            if not lives:
                await self._close(POLICY_VIOLATION, "session ended")
                return
            told = False

    async def _close(self, code: int, reason: str) -> None:
        self._closed = True
        with contextlib.suppress(OSError):  # the client has gone already
            await self._send({"type": "websocket.close", "code": code, "reason": reason})


def seconds_of(recheck: timedelta | None) -> float | None:
    """How often a connection looks again. Raises ConfigurationError for less than a second."""
    if recheck is not None and recheck < SHORTEST:
        raise ConfigurationError(f"recheck must be at least 1 second, not {recheck}")
    return None if recheck is None else recheck.total_seconds()


async def _after_the_end(message: Message) -> None:
    if message["type"] not in ENDINGS:
        raise Disconnected("the connection was closed: its session ended, or is unavailable")

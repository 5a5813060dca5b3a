"""Touches written behind: the expiry of sessions that are far from it moves a second later, all in one statement."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from sessile.errors import StoreError, StoreUnavailable
from sessile.session.store import Answer, Touch

log = logging.getLogger("sessile")

AFTER_SECONDS = 1.0
"""How long a touch waits: what a crash can lose of it."""

MOST_AT_ONCE = 512
MOST_WAITING = 100_000


class Touches:
    """Keeps the latest expiry of each touched id, and writes them together. An outage keeps them for the next time."""

    def __init__(self, write: Callable[[Sequence[Touch]], Awaitable[Sequence[Answer | StoreError]]]) -> None:
        self._write = write
        self._waiting: dict[str, int] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._writing: asyncio.Task[None] | None = None

    def add(self, touch: Touch) -> None:
        """Remember a touch; beyond a hundred thousand waiting ones, as in a long outage, it is left to the session's next use."""
        if len(self._waiting) < MOST_WAITING:
            self._waiting[touch.id] = max(touch.expires, self._waiting.get(touch.id, 0))
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(AFTER_SECONDS, self._due)

    async def flush(self) -> None:
        """Write everything that waits, or lose it where the store is out of reach."""
        if self._writing is not None:
            await asyncio.wait({self._writing})
        await self._all()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _due(self) -> None:
        self._timer = None
        if self._writing is None or self._writing.done():
            self._writing = asyncio.get_running_loop().create_task(self._all())

    async def _all(self) -> None:
        while self._waiting:
            taken = [(session_id, self._waiting.pop(session_id)) for session_id in list(self._waiting)[:MOST_AT_ONCE]]
            answers = await self._write([Touch(session_id, expires) for session_id, expires in taken])
            lost = [one for one, answer in zip(taken, answers, strict=True) if isinstance(answer, StoreUnavailable)]
            for session_id, expires in lost:
                self._waiting[session_id] = max(expires, self._waiting.get(session_id, 0))
            if lost:
                log.warning("session uses not written yet: %d, for the store is out of reach", len(self._waiting))
                self._timer = self._timer or asyncio.get_running_loop().call_later(AFTER_SECONDS, self._due)
                return

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


class Waiting:
    """The latest expiry of each touched id, until it is written. An outage keeps them for the next time."""

    def __init__(self) -> None:
        self._expires: dict[str, int] = {}

    def __bool__(self) -> bool:
        return bool(self._expires)

    def add(self, touch: Touch) -> None:
        """Remember a touch; beyond a hundred thousand waiting ones, as in a long outage, it is left to the session's next use."""
        if len(self._expires) < MOST_WAITING:
            self._keep(touch)

    def take(self) -> list[Touch]:
        """As many as one statement writes, which wait no longer."""
        return [Touch(session_id, self._expires.pop(session_id)) for session_id in list(self._expires)[:MOST_AT_ONCE]]

    def written(self, touches: Sequence[Touch], answers: Sequence[Answer | StoreError]) -> bool:
        """Keep those that an outage lost. Answer: whether there were none."""
        lost = [touch for touch, answer in zip(touches, answers, strict=True) if isinstance(answer, StoreUnavailable)]
        for touch in lost:
            self._keep(touch)
        if lost:
            log.warning("session uses not written yet: %d, for the store is out of reach", len(self._expires))
        return not lost

    def _keep(self, touch: Touch) -> None:
        self._expires[touch.id] = max(touch.expires, self._expires.get(touch.id, 0))


class Touches:
    """Writes the touches that wait, together, a second after the first."""

    def __init__(self, write: Callable[[Sequence[Touch]], Awaitable[Sequence[Answer | StoreError]]]) -> None:
        self._write = write
        self._waiting = Waiting()
        self._timer: asyncio.TimerHandle | None = None
        self._writing: asyncio.Task[None] | None = None

    def add(self, touch: Touch) -> None:
        """See `Waiting.add`."""
        self._waiting.add(touch)
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
            taken = self._waiting.take()
            if not self._waiting.written(taken, await self._write(taken)):
                self._timer = self._timer or asyncio.get_running_loop().call_later(AFTER_SECONDS, self._due)
                return

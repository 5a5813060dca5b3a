"""Wants sorted by their kind: each kind goes to the server in batches of its own, and a touch that may wait is written behind."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from sessile.errors import StoreError
from sessile.session.store import Create, Delete, Load, Replace, Rotate, Touch, Update, Want
from sessile.stores.batches import Answers, Batches, Future
from sessile.stores.touches import Touches


class Kinds:
    """What performs each kind of want.

    `send` performs some wants of one kind, one answer each; `seconds` bounds how long anybody waits for it. After that a save is
    answered with what `late_save` gives, all else with what `late` gives.
    """

    def __init__(
        self,
        send: Callable[[Sequence[Any]], Awaitable[Answers]],
        *,
        seconds: float,
        late: Callable[[], StoreError],
        late_save: Callable[[], StoreError],
    ) -> None:
        self._batches: dict[type[Want], Batches] = {
            kind: Batches(send, seconds=seconds, late=late if kind in (Load, Touch) else late_save)
            for kind in (Load, Create, Update, Touch, Delete, Replace, Rotate)
        }
        self._touches = Touches(send)
        self.do: dict[type[Want], Callable[[Any], Future]] = {kind: each.do for kind, each in self._batches.items()}
        """What performs a want, by its kind; the future holds its one answer."""
        self.do[Touch] = self._touch

    async def all(self, wants: Sequence[Want]) -> Answers:
        """Perform several wants, one answer each."""
        return [answer for (answer,) in await asyncio.gather(*(self.do[type(want)](want) for want in wants))]

    async def drained(self) -> None:
        """Wait until all that was wanted is answered."""
        for batches in self._batches.values():
            await batches.drained()

    async def flush(self) -> None:
        """Write the touches that wait."""
        await self._touches.flush()

    def _touch(self, touch: Touch) -> Future:
        if not touch.lazily:
            return self._batches[Touch].do(touch)
        self._touches.add(touch)
        future: Future = asyncio.get_running_loop().create_future()
        future.set_result((True,))
        return future

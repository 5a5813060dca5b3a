"""Wants of the same moment go to the server together: one statement, and one commit, serve many requests."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from math import ceil
from typing import Any

from sessile.errors import StoreError
from sessile.session.store import Answer, Delete, Load, Replace, Rotate, Want

Answers = Sequence[Answer | StoreError]
Future = asyncio.Future[Answers]

UNDER_WAY = 2
"""How many statements of a kind run at once: the next batch gathers while these are on their way."""

MOST = 64

PATIENCE_SECONDS = 0.005
"""How long a batch waits for its share while another is on its way: one that hangs on a locked row must not keep all waiting."""


class Batches:
    """Gathers wants of one kind until a statement can be sent.

    `send` performs some wants, one answer each; `seconds` bounds how long anybody waits for it, and `late` is what they are told
    then. A want joins only a batch that is not yet sent, so a look-up never misses what was committed before it was asked for.
    A batch of writes holds an id at most once. While one is on its way, the next one waits a moment for its share of all that is
    wanted, and takes no more: so statements are few, and there is always something to work on and something to wait for. A
    request that is cancelled takes nobody else's answer with it.
    """

    def __init__(
        self, send: Callable[[Sequence[Any]], Awaitable[Answers]], *, seconds: float, late: Callable[[], StoreError]
    ) -> None:
        self._perform, self._seconds, self._late = send, seconds, late
        self._waiting: deque[tuple[Want, Future]] = deque()
        self._under_way: dict[asyncio.Task[None], int] = {}
        self._called = False
        self._patience: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def do(self, want: Want) -> Future:
        """Perform a want together with whatever else is wanted now; the future holds its one answer."""
        if self._loop is None or not self._under_way:
            self._loop = asyncio.get_running_loop()
        future: Future = self._loop.create_future()
        self._waiting.append((want, future))
        if not self._called and len(self._under_way) < UNDER_WAY:
            self._called = True
            self._loop.call_soon(self._send)
        return future

    async def drained(self) -> None:
        """Wait until all that was wanted is answered."""
        while self._under_way:
            await asyncio.wait(list(self._under_way))

    def _send(self, *, patient: bool = True) -> None:
        self._called = False
        loop = asyncio.get_running_loop()
        while self._waiting and len(self._under_way) < UNDER_WAY:
            share = self._share()
            if patient and self._under_way and len(self._waiting) < share:
                self._patience = self._patience or loop.call_later(PATIENCE_SECONDS, self._send_short)
                return
            self._end_patience()
            if not (batch := self._next(share)):
                return
            task = loop.create_task(self._answer(batch))
            self._under_way[task] = len(batch)
            deadline = loop.call_later(self._seconds, self._give_up, batch, task)
            task.add_done_callback(partial(self._over, deadline))

    def _send_short(self) -> None:
        self._end_patience()
        self._send(patient=False)

    def _end_patience(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _next(self, most: int) -> list[tuple[Want, Future]]:
        """The wants that may go together; a second one for the same row keeps its place for the next batch."""
        batch: list[tuple[Want, Future]] = []
        kept: list[tuple[Want, Future]] = []
        taken: set[str] = set()
        while self._waiting and len(batch) < most:
            want, future = self._waiting.popleft()
            if future.done():
                continue
            if not isinstance(want, Load):
                ids = rows_written(want)
                if not taken.isdisjoint(ids):
                    kept.append((want, future))
                    continue
                taken.update(ids)
            batch.append((want, future))
        self._waiting.extendleft(reversed(kept))
        return batch

    def _share(self) -> int:
        if not self._under_way:
            return MOST
        return min(MOST, ceil((len(self._waiting) + sum(self._under_way.values())) / UNDER_WAY))

    async def _answer(self, batch: list[tuple[Want, Future]]) -> None:
        try:
            answers = await self._perform([want for want, _ in batch])
        except BaseException as error:
            for _, future in batch:
                if not future.done():
                    future.set_exception(StoreError("the store failed") if isinstance(error, asyncio.CancelledError) else error)
            raise
        for (_, future), answer in zip(batch, answers, strict=True):
            if not future.done():
                future.set_result((answer,))

    def _give_up(self, batch: list[tuple[Want, Future]], task: asyncio.Task[None]) -> None:
        told = self._late()
        for _, future in batch:
            if not future.done():
                future.set_result((told,))
        task.cancel()

    def _over(self, deadline: asyncio.TimerHandle, task: asyncio.Task[None]) -> None:
        deadline.cancel()
        self._under_way.pop(task, None)
        if not task.cancelled():
            task.exception()  # the batch has told it; asyncio reports one that nobody asked for
        self._send()


def rows_written(want: Want) -> tuple[str, ...]:
    """The ids of the rows that a want would change."""
    match want:
        case Replace(old, id, alias=alias):
            return (old, id, alias) if alias else (old, id)
        case Rotate(old, id):
            return old, id
        case Delete(id, alias):
            return (id, alias) if alias else (id,)
        case _:
            return (want.id,)

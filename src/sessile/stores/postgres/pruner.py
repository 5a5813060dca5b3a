"""Pruning again and again, between an explicit start and an explicit stop: in a task, or in a thread."""

import asyncio
import logging
import random
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Self

from sessile.errors import ConfigurationError, SessileError
from sessile.stores.postgres.prune import Pruned

log = logging.getLogger("sessile")

SHORTEST = timedelta(seconds=1)

FIRST_WITHIN_SECONDS = 60.0
"""The first pass comes soon, for a service that is restarted often must prune too; at random, so that processes take turns."""


class _Rounds:
    """When to prune, and what is said of it."""

    def __init__(self, every: timedelta) -> None:
        if every < SHORTEST:
            raise ConfigurationError(f"a pruner works every second at most, not every {every.total_seconds():g} s")
        self._seconds = every.total_seconds()

    def first(self) -> float:
        return random.uniform(0, min(self._seconds, FIRST_WITHIN_SECONDS))  # noqa: S311 - jitter, no secret

    def next(self) -> float:
        return self._seconds * random.uniform(0.5, 1.5)  # noqa: S311 - jitter, no secret

    @staticmethod
    def done(pruned: Pruned) -> None:
        if pruned.rows:
            log.info("%d expired sessions pruned in %.1f s", pruned.rows, pruned.seconds)

    @staticmethod
    def failed(error: SessileError) -> None:
        log.warning("expired sessions were not pruned: %s", error)


class Pruner:
    """Prunes every so often, from `start` to `stop`; also as an asynchronous context manager. `PostgresStore.pruner` makes it."""

    def __init__(self, prune: Callable[[], Awaitable[Pruned]], every: timedelta) -> None:
        self._prune, self._rounds = prune, _Rounds(every)
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(self, *problem: object) -> None:
        await self.stop()

    def start(self) -> None:
        """Begin, in the running event loop. Nothing happens where it has begun."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run(), name="sessile pruner")

    async def stop(self) -> None:
        """End, and wait until it has ended: a batch under way is taken back. Nothing happens where it has not begun."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _run(self) -> None:
        wait = self._rounds.first()
        while True:
            await asyncio.sleep(wait)
            try:
                self._rounds.done(await self._prune())
            except SessileError as error:
                self._rounds.failed(error)
            wait = self._rounds.next()


class SyncPruner:
    """The same in a thread, which does not outlive the process. A forked process starts one of its own."""

    def __init__(self, prune: Callable[[Callable[[], bool]], Pruned], every: timedelta) -> None:
        self._prune, self._rounds = prune, _Rounds(every)
        self._thread: threading.Thread | None = None
        self._over = threading.Event()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self.stop()

    def start(self) -> None:
        """Begin. Nothing happens where it has begun in this process."""
        if self._thread is None or not self._thread.is_alive():
            self._over = threading.Event()
            self._thread = threading.Thread(target=self._run, args=(self._over,), name="sessile pruner", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End, and wait until the batch under way has ended. Nothing happens where it has not begun."""
        self._over.set()
        thread, self._thread = self._thread, None
        if thread is not None and thread.is_alive():
            thread.join()

    def _run(self, over: threading.Event) -> None:
        wait = self._rounds.first()
        while not over.wait(wait):
            try:
                self._rounds.done(self._prune(over.is_set))
            except SessileError as error:
                self._rounds.failed(error)
            wait = self._rounds.next()

"""Connections at hand: taken from a psycopg pool and kept between statements, for giving one back and asking again costs time."""

import asyncio
from typing import Any, cast

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

from sessile.errors import StoreUnavailable
from sessile.stores.forking import begins_anew
from sessile.stores.postgres.failures import failure, first_line, pool_exhausted
from sessile.stores.postgres.line import Connection, Line, Pool
from sessile.stores.postgres.source import Source

RECONNECT_SECONDS = 10.0
KNOWN_DOWN_SECONDS = 0.25
"""How long a request waits for a connection while the last attempt to connect failed; each wait makes the pool try again."""

KEPT_SECONDS = 60.0
"""How long a connection is kept before the pool may look at it again, for the pool ends old connections and idle ones."""


class Connections:
    """Up to `size` connections of a database, made when they are needed, or borrowed one by one from a pool of the user's own.

    `last_failure` is why connecting failed last, None while it works: the pool itself says only that it took too long.
    """

    def __init__(self, source: Source | None, theirs: Pool | None, *, size: int, timeout: float) -> None:
        self.size = theirs.max_size if theirs else size
        self.last_failure: Exception | None = None
        self.prepares = True
        self._source, self._theirs, self._pool, self._timeout = source, theirs, theirs, timeout
        self._kept: list[Line] = []
        self._free, self._opening = asyncio.Semaphore(self.size), asyncio.Lock()
        begins_anew(self)

    async def open(self) -> Pool:
        """The pool, made where there is none, without waiting for a connection. Raises StoreUnavailable without a source."""
        async with self._opening:
            if self._pool is None:
                self._pool = await self._opened()
            return self._pool

    async def _opened(self) -> Pool:
        if self._source is None:
            raise StoreUnavailable("the store is closed", "POOL_ENDED")
        pool = _Ending(
            self._source.conninfo,
            connection_class=_noting(self),
            kwargs={"autocommit": True, "prepare_threshold": self._source.prepare_threshold if self.prepares else None},
            min_size=1,
            max_size=self.size,
            timeout=min(self._timeout, 2.0),
            reconnect_timeout=RECONNECT_SECONDS,
            name="sessile",
            open=False,
        )
        await pool.open()
        return pool

    async def close(self) -> None:
        """Close everything but a pool of the user's own."""
        pool, self._pool = self._pool, self._theirs
        kept, self._kept = self._kept, []
        if pool is not None and pool is not self._theirs:
            for line in kept:
                line.release()
                await pool.putconn(line.connection)
            await pool.close()

    async def take(self) -> Line:
        """A connection, to be given back. Raises StoreUnavailable, which tells a full pool from a database out of reach."""
        if self._free.locked() and self.last_failure is None:
            await self._wait_for_one()
        else:
            await self._free.acquire()
        try:
            return await self._taken()
        except BaseException:
            self._free.release()
            raise

    async def give_back(self, line: Line) -> None:
        """Keep a connection for the next statement, or let the pool see to it."""
        try:
            young = line.loop.time() - line.since < KEPT_SECONDS
            if line.pool is not self._pool:
                line.release()
                await line.connection.close()
            elif young and self._theirs is None and line.idle:
                self._kept.append(line)
            else:
                line.release()
                await line.pool.putconn(line.connection)
        finally:
            self._free.release()

    def forget(self) -> object:
        """See `Forgetful`."""
        parents = (self._pool, self._kept)
        self._pool, self._kept = self._theirs, []
        self._free, self._opening = asyncio.Semaphore(self.size), asyncio.Lock()
        return parents

    async def without_preparing(self) -> None:
        """Prepare no statements from now on, as a pooler in transaction mode asks for."""
        if self.prepares:
            self.prepares = False
            await self.close()

    async def _wait_for_one(self) -> None:
        seconds = min(self._timeout, 2.0)
        try:
            async with asyncio.timeout(seconds):
                await self._free.acquire()
        except TimeoutError:
            raise pool_exhausted(self.size, seconds) from None

    async def _taken(self) -> Line:
        while self._kept:
            line = self._kept.pop()
            if line.usable:
                return line
            await self._discarded(line)
        pool = self._pool or await self.open()
        while True:
            try:
                connection = await pool.getconn(KNOWN_DOWN_SECONDS if self.last_failure else None)
            except psycopg.OperationalError as error:
                if self.last_failure is not None:
                    raise StoreUnavailable(f"no connection to the database: {first_line(self.last_failure)}") from error
                raise failure(error, writing=False) from error
            line = Line(connection, pool, ours=self._theirs is None)
            if line.usable:
                return line
            await self._discarded(line)

    async def _discarded(self, line: Line) -> None:
        line.release()
        await line.connection.close()
        await line.pool.putconn(line.connection)


class _Ending(AsyncConnectionPool[Connection]):
    """A pool that ends with its event loop, also where nobody closes it.

    psycopg_pool's worker takes a cancellation that meets it at work for a failure of that work, and would wait for more, while
    the loop waits for the worker to end.
    """

    @classmethod
    async def worker(cls, q: Any) -> None:
        await super().worker(cast("Any", _Cancellable(q)))


class _Cancellable:
    """A queue that gives nothing to a task that is being cancelled."""

    def __init__(self, queue: Any) -> None:
        self._queue = queue

    async def get(self) -> Any:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise asyncio.CancelledError
        return await self._queue.get()


def _noting(connections: Connections) -> type[Connection]:
    """A connection class that remembers why connecting failed."""

    class NotingConnection(AsyncConnection[TupleRow]):
        @classmethod
        async def connect(cls, *arguments: Any, **options: Any) -> Any:
            try:
                connection = await super().connect(*arguments, **options)
            except psycopg.Error as error:
                connections.last_failure = error
                raise
            connections.last_failure = None
            return connection

    return NotingConnection

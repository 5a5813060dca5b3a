"""Connections of a synchronous service: made when a thread needs one and kept for the next, or borrowed from a pool."""

import math
import threading
import time
from collections import deque

import psycopg
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool

from sessile.errors import StoreUnavailable
from sessile.stores.forking import begins_anew
from sessile.stores.postgres.failures import failure, first_line, pool_exhausted
from sessile.stores.postgres.source import Source
from sessile.stores.postgres.sync.line import SyncLine

SyncPool = ConnectionPool[psycopg.Connection[TupleRow]]

WAIT_SECONDS = 2.0
LONGEST_LIFE_SECONDS = 3600.0
LONGEST_IDLE_SECONDS = 600.0


class SyncConnections:
    """Up to `size` connections. The one used last is used next, so that those beyond the need grow idle, and are closed."""

    def __init__(self, database: Source | SyncPool, *, size: int) -> None:
        self._kept: deque[SyncLine] = deque()
        self.size = size if isinstance(database, Source) else database.max_size
        self.prepares = not isinstance(database, Source) or database.prepare_threshold is not None
        self._database = database
        self._free = threading.Semaphore(self.size)
        begins_anew(self)

    def take(self, *, until: float) -> SyncLine:
        """A connection, to be given back, until a time of the monotonic clock in seconds. Raises StoreUnavailable."""
        seconds = min(WAIT_SECONDS, max(until - time.monotonic(), 0))
        if not self._free.acquire(timeout=seconds):
            raise pool_exhausted(self.size, seconds)
        try:
            while (line := self._last_kept()) is not None:
                if line.usable:
                    return line
                line.connection.close()
            return self._new(until, seconds)
        except BaseException:
            self._free.release()
            raise

    def give_back(self, line: SyncLine) -> None:
        """Keep a connection for the next statement, unless it is too old or was left in the middle of one."""
        try:
            if not isinstance(self._database, Source):
                self._database.putconn(line.connection)
                return
            line.returned = time.monotonic()
            if line.idle and line.returned - line.since < LONGEST_LIFE_SECONDS:
                self._kept.append(line)
                self._close_idle(line.returned)
            else:
                line.connection.close()
        finally:
            self._free.release()

    def close(self) -> None:
        """Close everything but a pool of the user's own."""
        while (line := self._last_kept()) is not None:
            line.connection.close()

    def __del__(self) -> None:
        """A store that nobody holds any more leaves no connection behind."""
        self.close()

    def forget(self) -> object:
        """See `Forgetful`."""
        parents, self._kept = self._kept, deque()
        self._free = threading.Semaphore(self.size)
        return parents

    def without_preparing(self) -> None:
        """Prepare no statements from now on, as a pooler in transaction mode asks for."""
        self.prepares = False
        self.close()

    def _last_kept(self) -> SyncLine | None:
        try:
            return self._kept.pop()
        except IndexError:  # other threads take them too
            return None

    def _new(self, until: float, seconds: float) -> SyncLine:
        source = self._database
        return self._connected(source, until) if isinstance(source, Source) else self._borrowed(source, seconds)

    def _connected(self, source: Source, until: float) -> SyncLine:
        seconds = max(math.ceil(until - time.monotonic()), 1)
        try:
            connection = psycopg.connect(source.conninfo, autocommit=True, prepare_threshold=None, connect_timeout=seconds)
        except psycopg.Error as error:
            raise StoreUnavailable(f"no connection to the database: {first_line(error)}", error.sqlstate or "") from error
        return SyncLine(connection, prepares=self.prepares)

    def _borrowed(self, pool: SyncPool, seconds: float) -> SyncLine:
        while True:
            try:
                connection = pool.getconn(seconds)
            except psycopg.OperationalError as error:
                raise failure(error, writing=False) from error
            line = SyncLine(connection, prepares=self.prepares)
            if line.usable:
                return line
            connection.close()
            pool.putconn(connection)

    def _close_idle(self, now: float) -> None:
        try:
            if now - self._kept[0].returned > LONGEST_IDLE_SECONDS:
                self._kept.popleft().connection.close()
        except IndexError:  # another thread has taken the last one
            return

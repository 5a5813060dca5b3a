"""Sessions in PostgreSQL for asynchronous services, on a pool of psycopg connections."""

import asyncio
import logging
import select
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg import AsyncConnection, AsyncRawCursor
from psycopg.rows import TupleRow, tuple_row
from psycopg_pool import AsyncConnectionPool

from sessile.errors import ConfigurationError, StoreError, StoreRefused, StoreUnavailable, TableError
from sessile.session.store import Answer, Load, Stored, Want
from sessile.stores.postgres.failures import failure, first_line, lost_connection
from sessile.stores.postgres.lookups import Lookups
from sessile.stores.postgres.readiness import MakingReady, Ready, make_ready
from sessile.stores.postgres.source import Source
from sessile.stores.postgres.statements import Query, Result, Row
from sessile.stores.postgres.table import TableName

log = logging.getLogger("sessile")

Connection = AsyncConnection[TupleRow]
Pool = AsyncConnectionPool[Connection]

RECONNECT_SECONDS = 10.0
KNOWN_DOWN_SECONDS = 0.25
"""How long a request waits for a connection while the last attempt to connect failed; each wait makes the pool try again."""


class PostgresStore:
    """The page's table by default: `session` with `sid`, `sess` and `expire`, shared with Express where there is one.

    `database` is a URL as people have it, or a psycopg AsyncConnectionPool of your own (which you open and close); None takes
    `DATABASE_URL`. `table` is `session` or `schema.session`. `create=False` leaves the table to migrations. `time_zone` names the
    zone in which a zoneless `expire` is written, whatever the connection's; None is UTC, and rows that tell another are
    refused. `pool_size` counts connections of this process; `timeout` is in seconds and bounds every call. Nothing is connected
    before `open`.

    Raises ConfigurationError for a URL that cannot be one.
    """

    def __init__(
        self,
        database: str | Pool | None = None,
        *,
        table: str = "session",
        create: bool = True,
        time_zone: str | None = None,
        pool_size: int = 10,
        timeout: float = 5.0,
    ) -> None:
        self.name = TableName.parse(table)
        self.timeout = timeout
        self._create, self._time_zone, self._pool_size = create, time_zone, pool_size
        self._theirs = database if isinstance(database, AsyncConnectionPool) else None
        self._source = None if self._theirs else Source.of(database if isinstance(database, str) else None)
        self._pool: Pool | None = self._theirs
        self._ready: Ready | None = None
        self._preparing = asyncio.Lock()
        self._lookups = Lookups(self._find)
        self.last_failure: Exception | None = None

    async def open(self) -> None:
        """Connect, create the table if need be, and check it.

        Raises TableError if sessions cannot live in the table. A database that does not answer is logged, not raised: the check
        is then made at the first request that reaches it.
        """
        try:
            await self._prepared()
        except StoreUnavailable as error:
            log.error("session stopped at reach: unavailable (%s); it is tried again at each request", error)

    async def close(self) -> None:
        """Close the pool, unless it is the user's own."""
        pool, self._pool, self._ready = self._pool, self._theirs, None
        if pool is not None and pool is not self._theirs:
            await pool.close()

    async def perform(self, wants: Sequence[Want]) -> Sequence[Answer | StoreError]:
        """See `Store.perform`."""
        return [await (self._lookups.find(want.id) if isinstance(want, Load) else self._write(want)) for want in wants]

    async def _find(self, session_ids: Sequence[str]) -> Mapping[str, Stored] | StoreError:
        ready = await self._ready_or_why_not()
        return ready if isinstance(ready, StoreError) else await self._answer(ready.statements.lookup(session_ids))

    async def _write(self, want: Want) -> Answer | StoreError:
        ready = await self._ready_or_why_not()
        return ready if isinstance(ready, StoreError) else await self._answer(ready.statements.query(want))

    async def _ready_or_why_not(self) -> Ready | StoreError:
        try:
            return self._ready or await self._prepared()
        except ConfigurationError as error:
            return StoreRefused(str(error))
        except StoreError as error:
            return error

    async def _answer(self, query: Query[Result | StoreError]) -> Result | StoreError:
        for last in (query.writes, True):
            try:
                async with asyncio.timeout(self.timeout), self._connection() as connection:
                    return query.read(await _rows(connection, query.sql, query.values))
            except StoreError as error:
                return error
            except (psycopg.Error, TimeoutError) as error:
                if last or not lost_connection(error):
                    return failure(error, writing=query.writes)
        raise AssertionError

    async def _prepared(self) -> Ready:
        if self._ready is None:
            async with self._preparing:
                if self._ready is None:
                    await self._open_pool()
                    self._ready = await self._make_ready()
        return self._ready

    async def _open_pool(self) -> None:
        if self._pool is None and self._source is not None:
            self._pool = AsyncConnectionPool(
                self._source.conninfo,
                connection_class=_noting(self),
                kwargs={"autocommit": True, "prepare_threshold": self._source.prepare_threshold},
                min_size=1,
                max_size=self._pool_size,
                timeout=min(self.timeout, 2.0),
                reconnect_timeout=RECONNECT_SECONDS,
                check=_still_open,
                name="sessile",
                open=False,
            )
            await self._pool.open()

    async def _make_ready(self) -> Ready:
        steps = make_ready(self.name, create=self._create, time_zone=self._time_zone)
        try:
            async with asyncio.timeout(self.timeout * 2), self._connection() as connection:
                ready = await _made_ready(steps, connection)
        except (psycopg.Error, TimeoutError) as error:
            raise failure(error, writing=False) from error
        for level, line in ready.remarks:
            log.log(level, line)
        return ready

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        if self._pool is None:
            raise StoreUnavailable("the store is closed", "POOL_ENDED")
        try:
            connection = await self._pool.getconn(KNOWN_DOWN_SECONDS if self.last_failure else None)
        except psycopg.OperationalError as error:
            if self.last_failure is not None:
                raise StoreUnavailable(f"no connection to the database: {first_line(self.last_failure)}") from error
            raise failure(error, writing=False) from error
        try:
            async with connection.transaction() if self._theirs else _as_it_is():
                yield connection
        finally:
            await self._pool.putconn(connection)


async def _made_ready(steps: MakingReady, connection: Connection) -> Ready:
    try:
        ask = next(steps)
        while True:
            try:
                rows = await _rows(connection, ask.sql, ask.values)
            except psycopg.DatabaseError as error:
                if error.sqlstate is None or lost_connection(error):
                    raise
                ask = steps.throw(TableError(f"{first_line(error)} ({error.sqlstate})"))
            else:
                ask = steps.send(rows)
    except StopIteration as end:
        ready: Ready = end.value
        return ready


@asynccontextmanager
async def _as_it_is() -> AsyncIterator[None]:
    yield


async def _rows(connection: Connection, sql: str, values: tuple[Any, ...]) -> Sequence[Row]:
    cursor = AsyncRawCursor(connection, row_factory=tuple_row)
    await cursor.execute(sql.encode(), values or None)
    return await cursor.fetchall() if cursor.description else []


async def _still_open(connection: Connection) -> None:
    """Refuse a connection on which an idle server has said something: it only ever says goodbye.

    This costs no round trip, and without it the first save after a restart of the server would be lost in the old connection.
    """
    poll = select.poll()
    poll.register(connection.pgconn.socket, select.POLLIN)
    if poll.poll(0):
        await connection.close()
        raise psycopg.OperationalError("the server has closed this connection")


def _noting(store: PostgresStore) -> type[Connection]:
    """A connection class that remembers why connecting failed, for the pool itself says only that it took too long."""

    class NotingConnection(AsyncConnection[TupleRow]):
        @classmethod
        async def connect(cls, *arguments: Any, **options: Any) -> Any:
            try:
                connection = await super().connect(*arguments, **options)
            except psycopg.Error as error:
                store.last_failure = error
                raise
            store.last_failure = None
            return connection

    return NotingConnection

"""One connection at hand: a prepared statement goes out, its rows come in, and nothing of the driver stands between."""

import asyncio
import select
import weakref
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import psycopg
from psycopg import AsyncConnection, AsyncRawCursor, BaseConnection
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult
from psycopg.rows import TupleRow, tuple_row
from psycopg_pool import AsyncConnectionPool

from sessile.stores.postgres.arrays import Column, parameters, texts
from sessile.stores.postgres.statements import Row

Connection = AsyncConnection[TupleRow]
Pool = AsyncConnectionPool[Connection]

SECONDS_TO_CANCEL = 2.0

PLAN_OUTDATED = "0A000"
"""What a prepared statement ends with, unexecuted, when a column got another type since (`feature_not_supported`)."""


@dataclass(slots=True)
class Prepared:
    """The statements that a connection knows by name; `generation` tells those names apart from outdated ones."""

    names: dict[bytes, bytes] = field(default_factory=dict)
    generation: int = 0

    def outdated(self) -> None:
        """Prepare everything anew, under other names."""
        self.names.clear()
        self.generation += 1


_PREPARED: weakref.WeakKeyDictionary[BaseConnection[Any], Prepared] = weakref.WeakKeyDictionary()


def prepared_on(connection: BaseConnection[Any]) -> Prepared:
    """What a connection knows already: it comes back from its pool as it was."""
    return _PREPARED.setdefault(connection, Prepared())


def statement_name(sql: bytes, generation: int) -> bytes:
    """Named after what it says: behind a pooler, another's statement of the same name is the same statement."""
    return f"sessile_{sha256(sql).hexdigest()[:16]}_{generation}".encode()


class Line:
    """A connection of a pool, held between statements.

    The driver's own cursor listens to the socket anew for each statement, which costs more than all the rest of a look-up; here
    it is listened to as long as the line is held. Whatever an idle server says is its goodbye, and ends the line.
    """

    __slots__ = (
        "_answered", "_encoding", "_listening", "_loader", "_ours", "_prepared", "_results", "_socket", "_spoken", "_watch",
        "connection", "loop", "pool", "since",
    )  # fmt: skip

    def __init__(self, connection: Connection, pool: Pool, *, ours: bool) -> None:
        self.connection, self.pool, self.loop = connection, pool, asyncio.get_running_loop()
        self.since = self.loop.time()
        self._encoding = connection.info.encoding
        self._loader = Transformer(connection)
        self._ours = ours and connection.autocommit
        self._prepared = prepared_on(connection)
        self._listening = self._spoken = False
        self._answered: asyncio.Future[None] | None = None
        self._results: list[PGresult] = []
        # libpq closes its socket when the server is gone, and cannot tell its number afterwards.
        self._socket = connection.pgconn.socket
        self._watch = select.poll()
        self._watch.register(self._socket, select.POLLIN)

    @property
    def usable(self) -> bool:
        """Whether nothing stands against the next statement: an idle server only ever speaks to say goodbye.

        This costs no round trip, and without it the first save after a restart of the server would be lost in the old connection.
        """
        return not self._spoken and self.idle and not self._watch.poll(0)

    @property
    def idle(self) -> bool:
        """Whether no statement and no transaction is under way."""
        return self.connection.pgconn.transaction_status == TransactionStatus.IDLE

    async def rows(self, sql: bytes, values: Sequence[str | Column]) -> Sequence[Row]:
        """Run one statement of ours, and commit it. Raises psycopg.Error."""
        if not self._ours:
            return await self.ask(sql, texts(values))
        try:
            return await self._run(sql, *parameters(values, self._encoding))
        except psycopg.Error as error:
            if error.sqlstate == PLAN_OUTDATED:
                self._prepared.outdated()
            raise
        except asyncio.CancelledError:
            self.release()
            with suppress(psycopg.Error):
                await self.connection.cancel_safe(timeout=SECONDS_TO_CANCEL)
            raise

    async def ask(self, sql: bytes, values: tuple[Any, ...]) -> Sequence[Row]:
        """Run any statement, and commit it, by the driver's own cursor. Raises psycopg.Error."""
        self.release()
        if not self.connection.autocommit:
            async with self.connection.transaction():
                return await self._asked(sql, values)
        return await self._asked(sql, values)

    def release(self) -> None:
        """Leave the socket to others: the pool, and the driver."""
        if self._listening:
            self._listening = False
            self.loop.remove_reader(self._socket)
            self.loop.remove_writer(self._socket)

    async def _asked(self, sql: bytes, values: tuple[Any, ...]) -> Sequence[Row]:
        cursor = AsyncRawCursor(self.connection, row_factory=tuple_row)
        await cursor.execute(sql, values or None, prepare=None if values else False)
        return await cursor.fetchall() if cursor.pgresult and cursor.pgresult.nfields else ()

    async def _run(self, sql: bytes, values: list[bytes], formats: list[int]) -> Sequence[Row]:
        pgconn = self.connection.pgconn
        if self.connection.prepare_threshold is None:
            pgconn.send_query_params(sql, values, param_formats=formats)
        else:
            name = self._prepared.names.get(sql) or await self._prepare(sql)
            pgconn.send_query_prepared(name, values, formats)
        result = await self._result()
        self._loader.set_pgresult(result)
        return self._loader.load_rows(0, result.ntuples, tuple)

    async def _prepare(self, sql: bytes) -> bytes:
        name = statement_name(sql, self._prepared.generation)
        self.connection.pgconn.send_prepare(name, sql)
        await self._result()
        self._prepared.names[sql] = name
        return name

    async def _result(self) -> PGresult:
        """Wait for the one result of what was sent. Raises what the server said against it."""
        self._answered, self._results = self.loop.create_future(), []
        try:
            if not self._listening:
                self._listening = True
                self.loop.add_reader(self._socket, self._readable)
            if self.connection.pgconn.flush():
                self.loop.add_writer(self._socket, self._writable)
            await self._answered
        finally:
            self._answered = None
        result = self._results[-1]
        if result.status not in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
            raise error_from_result(result, encoding=self._encoding)
        return result

    def _readable(self) -> None:
        if self._answered is None:
            self._spoken = True
            self.release()
            return
        pgconn = self.connection.pgconn
        try:
            pgconn.consume_input()
            while not pgconn.is_busy():
                result = pgconn.get_result()
                if result is None:
                    if pgconn.status == ConnStatus.BAD:
                        self.release()
                    self._over(None)
                    return
                self._results.append(result)
        except psycopg.Error as error:
            self.release()
            self._over(error)

    def _writable(self) -> None:
        try:
            unsent = self.connection.pgconn.flush()
        except psycopg.Error as error:
            self.release()
            self._over(error)
        else:
            if not unsent:
                self.loop.remove_writer(self._socket)

    def _over(self, error: psycopg.Error | None) -> None:
        answered = self._answered
        if answered is None or answered.done():
            return
        if error is None:
            answered.set_result(None)
        else:
            answered.set_exception(error)

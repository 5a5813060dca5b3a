"""One connection of a synchronous service: a prepared statement goes out, its rows come in, within a time limit."""

import select
import time
from collections.abc import Sequence
from contextlib import suppress

import psycopg
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult
from psycopg.rows import TupleRow

from sessile.stores.postgres.arrays import Column, parameters
from sessile.stores.postgres.line import PLAN_OUTDATED, prepared_on, statement_name
from sessile.stores.postgres.statements import Row

SECONDS_TO_CANCEL = 2.0


class SyncLine:
    """A connection in the hands of one thread.

    Below the driver's cursor, which would open a transaction on a connection that is not in autocommit, and knows no time limit
    of the client: each statement is its own transaction.
    """

    __slots__ = ("_encoding", "_loader", "_prepared", "_prepares", "_socket", "_watch", "connection", "returned", "since")

    def __init__(self, connection: psycopg.Connection[TupleRow], *, prepares: bool) -> None:
        self.connection = connection
        self.since = self.returned = time.monotonic()
        self._encoding, self._loader = connection.info.encoding, Transformer(connection)
        self._prepares, self._prepared = prepares, prepared_on(connection)
        self._socket, self._watch = connection.pgconn.socket, select.poll()
        self._watch.register(self._socket, select.POLLIN)

    @property
    def usable(self) -> bool:
        """Whether nothing stands against the next statement: an idle server only ever speaks to say goodbye."""
        return self.idle and not self._watch.poll(0)

    @property
    def idle(self) -> bool:
        """Whether no statement and no transaction is under way."""
        return self.connection.pgconn.transaction_status == TransactionStatus.IDLE

    def rows(self, sql: bytes, values: Sequence[str | Column], *, until: float) -> Sequence[Row]:
        """Run one statement of ours, and commit it, until a time of the monotonic clock in seconds.

        Raises psycopg.Error, and TimeoutError: the statement is then cancelled, and the line is of no more use.
        """
        try:
            return self._loaded(self._sent(sql, values, until))
        except psycopg.Error as error:
            if error.sqlstate == PLAN_OUTDATED:
                self._prepared.outdated()
            raise
        except TimeoutError:
            self._cancel()
            raise

    def ask(self, sql: bytes, values: Sequence[str | Column], *, until: float) -> Sequence[Row]:
        """Run any statement, or several without values, and commit; otherwise as `rows`."""
        pgconn = self.connection.pgconn
        if values:
            written, formats = parameters(values, self._encoding)
            pgconn.send_query_params(sql, written, param_formats=formats)
        else:
            pgconn.send_query(sql)
        try:
            return self._loaded(self._result(until))
        except TimeoutError:
            self._cancel()
            raise

    def _sent(self, sql: bytes, values: Sequence[str | Column], until: float) -> PGresult:
        pgconn = self.connection.pgconn
        written, formats = parameters(values, self._encoding)
        if self._prepares:
            pgconn.send_query_prepared(self._prepared.names.get(sql) or self._prepare(sql, until), written, formats)
        else:
            pgconn.send_query_params(sql, written, param_formats=formats)
        return self._result(until)

    def _loaded(self, result: PGresult) -> Sequence[Row]:
        self._loader.set_pgresult(result)
        return self._loader.load_rows(0, result.ntuples, tuple)

    def _cancel(self) -> None:
        with suppress(psycopg.Error):
            self.connection.cancel_safe(timeout=SECONDS_TO_CANCEL)

    def _prepare(self, sql: bytes, until: float) -> bytes:
        name = statement_name(sql, self._prepared.generation)
        self.connection.pgconn.send_prepare(name, sql)
        self._result(until)
        self._prepared.names[sql] = name
        return name

    def _result(self, until: float) -> PGresult:
        """Wait for the one result of what was sent. Raises what the server said against it."""
        pgconn = self.connection.pgconn
        while pgconn.flush():
            if self._wait(select.POLLIN | select.POLLOUT, until) & select.POLLIN:
                pgconn.consume_input()
        results: list[PGresult] = []
        while True:
            while pgconn.is_busy():
                self._wait(select.POLLIN, until)
                pgconn.consume_input()
            result = pgconn.get_result()
            if result is None:
                break
            results.append(result)
        for result in results:
            if result.status not in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
                raise error_from_result(result, encoding=self._encoding)
        return results[-1]

    def _wait(self, events: int, until: float) -> int:
        left = until - time.monotonic()
        if events != select.POLLIN:
            self._watch.modify(self._socket, events)
        try:
            ready = self._watch.poll(left * 1000) if left > 0 else []
        finally:
            if events != select.POLLIN:
                self._watch.modify(self._socket, select.POLLIN)
        if not ready:
            raise TimeoutError
        return ready[0][1]

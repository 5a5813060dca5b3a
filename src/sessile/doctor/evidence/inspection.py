"""A connection for looking only: nothing it does changes anything, waits for long, or goes on after its time."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any, Self, TypeVar

import psycopg
from psycopg.conninfo import make_conninfo

from sessile.doctor.evidence.refusal import refusal, said
from sessile.doctor.facts.database import Failure
from sessile.stores.postgres.address import Address
from sessile.stores.postgres.catalog import Statement

T = TypeVar("T")
Cursor = psycopg.Cursor[tuple[Any, ...]]

STATEMENT_SECONDS = 5.0
LOCK_SECONDS = 1.0
CONNECT_SECONDS = 6

# Limits travel with each transaction: a pooler in transaction mode refuses them at the start, and forgets a plain SET.
_LIMITS = (
    "SET LOCAL statement_timeout = {statement}; SET LOCAL lock_timeout = {lock};"
    " SET LOCAL idle_in_transaction_session_timeout = 30000; SET LOCAL jit = off;"
    " SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL standard_conforming_strings = on"
)


class UnreachableError(Exception):
    """No connection was made; `failure` says why."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


class Inspection:
    """A connection to one database, for `seconds` in all; a context manager.

    Entering connects, and raises UnreachableError where that fails. When the time is up, whatever still waits for the server
    ends with psycopg.OperationalError, and `late` is True.
    """

    def __init__(self, address: Address, seconds: float) -> None:
        self.address = address
        self.seconds = seconds
        self.late = False
        self._ends = time.monotonic() + seconds

    def __enter__(self) -> Self:
        try:
            self.connection = psycopg.connect(
                make_conninfo(
                    self.address.conninfo,
                    connect_timeout=max(2, min(CONNECT_SECONDS, int(self.seconds))),
                    application_name="sessile doctor",
                    client_encoding="UTF8",
                ),
                autocommit=True,
                prepare_threshold=None,
                cursor_factory=psycopg.RawCursor,
            )
        except (psycopg.Error, UnicodeError) as error:
            raise UnreachableError(refusal(error)) from error
        self._timer = threading.Timer(self.left, self._hang_up)
        self._timer.daemon = True
        self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._timer.cancel()
        self._timer.join()
        self.connection.close()

    @property
    def left(self) -> float:
        """The seconds that are left."""
        return max(0.0, self._ends - time.monotonic())

    @property
    def time_up(self) -> str:
        """Why a part was not looked at when no time is left."""
        return f"the time for the whole look, {self.seconds:g} s, was up"

    @property
    def version(self) -> int:
        """The server's version as a number, 180006 for 18.6."""
        return self.connection.info.server_version

    @contextmanager
    def transaction(self, mode: str = "READ ONLY", *, seconds: float = STATEMENT_SECONDS) -> Iterator[Cursor]:
        """A transaction with limits, rolled back at its end; `seconds` limits each of its statements."""
        limits = _LIMITS.format(
            statement=max(1, int(min(seconds, self.left) * 1000)), lock=max(1, int(min(LOCK_SECONDS, self.left) * 1000))
        )
        cursor = self.connection.cursor()
        try:
            cursor.execute(f"BEGIN {mode}; {limits}")
            yield cursor
        finally:
            with suppress(psycopg.Error):
                cursor.execute("ROLLBACK")

    def ask(self, statement: Statement[T], *, seconds: float = STATEMENT_SECONDS) -> T:
        """Run one statement in a read-only transaction of its own. Raises psycopg.Error."""
        with self.transaction(seconds=seconds) as cursor:
            return statement.parse(cursor.execute(statement.sql, statement.values).fetchall())

    def why(self, error: psycopg.Error) -> str:
        """Why something could not be looked at, to complete "unknown, because ..."."""
        if self.late or self.left <= 0:
            return self.time_up
        if error.sqlstate == "55P03":
            return f"the table is locked, and the doctor waits for a lock no longer than {LOCK_SECONDS:g} s (55P03)"
        if error.sqlstate == "57014":
            return f"it took longer than the doctor's limit of {STATEMENT_SECONDS:g} s (57014)"
        return said(error)

    def _hang_up(self) -> None:
        """End the wait for a server, or a pooler, that has accepted the connection and does not answer."""
        self.late = True
        with suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(self.connection.fileno())) as line:
            line.shutdown(socket.SHUT_RDWR)

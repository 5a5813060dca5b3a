"""The connection on which fixes work: its settings, its exclusive use, its patience with locks, and what it can tell."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from time import monotonic, sleep
from typing import Any

import psycopg
from psycopg import Connection, errors
from psycopg.sql import SQL, Identifier, Literal

from sessile.doctor.fixes.clauses import text
from sessile.doctor.fixes.result import FixRefused, FixStopped
from sessile.errors import ConfigurationError
from sessile.stores.postgres.source import Source

LOCK_TIMEOUT = "300ms"
LOCK_TRIES = 40
PAUSE, LONGEST_PAUSE = 0.25, 2.0
ALONE_WITHIN = 15.0
COUNT_WITHIN = "120s"
HOLDERS = """SELECT a.pid, coalesce(a.application_name, ''), a.state, extract(epoch FROM now() - a.xact_start)::int
FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.relation = to_regclass(%s) AND l.granted AND a.pid <> pg_backend_pid() AND a.xact_start IS NOT NULL
ORDER BY a.xact_start LIMIT 1"""


class Workbench:
    """One connection in autocommit, on which one fix at a time is applied or undone."""

    def __init__(self, connection: Connection[Any]) -> None:
        self.connection = connection

    def value(self, query: str) -> Any:
        """The first value of the first row, or None without rows."""
        row = self.connection.execute(query.encode()).fetchone()
        return row[0] if row else None

    def values(self, query: str) -> list[Any]:
        """The first value of each row."""
        return [row[0] for row in self.connection.execute(query.encode())]

    def holds(self, condition: str) -> bool:
        """Whether an SQL condition holds."""
        return bool(self.value(text("SELECT {}", condition)))

    def alone(self, statement: str) -> None:
        """Run a statement that cannot be part of a transaction; it waits for locks as long as it takes, for it stalls nobody."""
        self.connection.execute("SET lock_timeout = 0")
        try:
            self.connection.execute(statement.encode())
        finally:
            if not self.connection.closed:
                self.connection.execute(SQL("SET lock_timeout = {}").format(Literal(LOCK_TIMEOUT)))

    def patiently(self, work: Callable[[], object], table: str) -> int:
        """Do work in a transaction, again and again while its lock cannot be had at once; returns the number of tries.

        Raises FixStopped, with the name of the transaction in the way, when patience is at its end.
        """
        pause = PAUSE
        for tries in range(1, LOCK_TRIES + 1):
            try:
                with self.connection.transaction():
                    work()
            except (errors.LockNotAvailable, errors.DeadlockDetected):
                sleep(pause)
                pause = min(pause * 1.3, LONGEST_PAUSE)
            else:
                return tries
        raise FixStopped(f"the lock on {table} could not be had in {LOCK_TRIES} tries: {self._holder(table)}")

    def live(self, table: str, expires: str | None, moment: datetime) -> int | None:
        """How many distinct sids expire after a moment, `expires` reading `expire` as a timestamptz; None if nobody can tell."""
        if expires is None:
            return None
        query = text(
            "SELECT count(*) FROM (SELECT sid FROM {} WHERE {} > {} AND sid IS NOT NULL GROUP BY sid) AS live",
            table,
            expires,
            Literal(moment),
        )
        try:
            with self.connection.transaction():
                self.connection.execute(SQL("SET LOCAL statement_timeout = {}").format(Literal(COUNT_WITHIN)))
                return int(self.value(query))
        except psycopg.Error:
            return None

    def rows(self, schema: str, name: str | None) -> int | None:
        """How many rows a keepsake table holds, None where there is no such table."""
        if name is None or self.value(text("SELECT to_regclass({})", Literal(Identifier(schema, name).as_string()))) is None:
            return None
        return int(self.value(text("SELECT count(*) FROM {}", Identifier(schema, name))))

    def _holder(self, table: str) -> str:
        row = self.connection.execute(HOLDERS, (table,)).fetchone()
        if row is None:
            return "run the same command again at a quieter time"
        pid, application, state, age = row
        who = f"process {pid}{f' ({application})' if application else ''}"
        return f"{who} has held one for {age} s ({state}); let it end, or end it: SELECT pg_terminate_backend({pid})"


@contextmanager
def workbench(url: str) -> Iterator[Workbench]:
    """Connect for a fix and keep other fixes out. Raises FixRefused where fixes cannot work at all."""
    try:
        source = Source.of(url)
        connection = psycopg.connect(
            source.conninfo, autocommit=True, application_name="sessile fix", connect_timeout=10, prepare_threshold=None
        )
    except ConfigurationError as error:
        raise FixRefused(str(error)) from error
    except psycopg.Error as error:
        raise FixRefused(f"cannot connect: {said(error)}") from error
    with connection:
        if "pgbouncer=true" in url:
            raise FixRefused("a fix needs a session of its own: give the database's direct URL, not the pooler's")
        if connection.execute("SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::bool").fetchone() == (
            True,
        ):
            raise FixRefused("this server or role is read-only: give the URL of the primary, and of a role that may write")
        _settle(connection)
        bench = Workbench(connection)
        _keep_others_out(bench)
        try:
            yield bench
        except psycopg.Error as error:
            raise FixStopped(f"the database gave up: {said(error)}; run the same command again, it goes on from there") from error


def _settle(connection: Connection[Any]) -> None:
    for name, value in (
        ("statement_timeout", "0"),
        ("idle_in_transaction_session_timeout", "0"),
        ("default_transaction_isolation", "read committed"),
        ("lock_timeout", LOCK_TIMEOUT),
        ("client_min_messages", "warning"),
        # A client that was killed is noticed at once, so that the next run need not wait for its statement to end.
        ("client_connection_check_interval", "500ms"),
    ):
        connection.execute(
            "SELECT set_config(name, %s, false) FROM pg_settings WHERE name = %s AND context = 'user'", (value, name)
        )


def _keep_others_out(bench: Workbench) -> None:
    deadline = monotonic() + ALONE_WITHIN
    while not bench.holds("pg_try_advisory_lock(hashtext('sessile fix'))"):
        if monotonic() > deadline:
            raise FixRefused("another sessile fix is at work in this database: wait until it has ended")
        sleep(PAUSE)


def said(error: Exception) -> str:
    """One line of what went wrong, without values from rows, which PostgreSQL puts into the detail."""
    if not isinstance(error, psycopg.Error):
        return str(error)
    words = (error.diag.message_primary or str(error)).strip().splitlines()[0]
    return f"{words} ({error.sqlstate})" if error.sqlstate else words

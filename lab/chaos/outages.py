"""Ways to strike PostgreSQL under load. After a kill the server is down; after the others it runs again, or still."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import closing

import psycopg

from sessile.demo.postgres import EmbeddedPostgres

Kill = Callable[[EmbeddedPostgres], None]

WRITES_TO_CATCH = 2
CATCH_SECONDS = 10


def kill(postgres: EmbeddedPostgres) -> None:
    """SIGKILL for the postmaster alone: its backends notice, and may end what they are doing."""
    postgres.kill()


def crash(postgres: EmbeddedPostgres) -> None:
    """SIGKILL for every process at once, in the midst of whatever they do."""
    _crash(postgres, _processes(postgres))


def crash_in_writes(postgres: EmbeddedPostgres) -> None:
    """SIGKILL for every process while writes certainly wait inside them, not committed."""
    with closing(_connect(postgres)) as watch, closing(_connect(postgres)) as blocker:
        blocker.execute("BEGIN; LOCK TABLE session IN SHARE MODE")
        _catch(watch, "wait_event_type = 'Lock'")
        _crash(postgres, _processes(postgres))


def crash_in_commits(postgres: EmbeddedPostgres) -> None:
    """SIGKILL for every process while commits are certainly on disk and unanswered: they wait for a standby that is none."""
    with closing(_connect(postgres)) as watch:
        watch.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        watch.execute("SELECT pg_reload_conf()")
        try:
            _catch(watch, "wait_event = 'SyncRep'")
        finally:
            watch.execute("ALTER SYSTEM RESET synchronous_standby_names")  # for the next start; this one is not told
        _crash(postgres, _processes(postgres))


def terminate(postgres: EmbeddedPostgres) -> None:
    """`pg_terminate_backend` for every connection of the service."""
    with closing(_connect(postgres)) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )


def pause(postgres: EmbeddedPostgres, seconds: float) -> None:
    """SIGSTOP for every process, and SIGCONT after `seconds`: the server neither answers nor closes a connection."""
    processes = _processes(postgres)
    _signal(processes, signal.SIGSTOP)
    try:
        time.sleep(seconds)
    finally:
        _signal(processes, signal.SIGCONT)


def read_only(postgres: EmbeddedPostgres, seconds: float) -> None:
    """Refuse every write for `seconds`, as a server does whose primary is elsewhere."""
    _setting(postgres, "default_transaction_read_only = on")
    try:
        time.sleep(seconds)
    finally:
        _setting(postgres, "default_transaction_read_only = off")


def full_disk(postgres: EmbeddedPostgres, seconds: float) -> None:
    """Have every row that is written for `seconds` end as on a disk without room (53100)."""
    with closing(_connect(postgres)) as connection:
        connection.execute(_NO_ROOM)
        try:
            time.sleep(seconds)
        finally:
            connection.execute("DROP FUNCTION no_room CASCADE")


_NO_ROOM = """
CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER no_room BEFORE INSERT OR UPDATE ON session FOR EACH ROW EXECUTE FUNCTION no_room();
"""

KILLS: tuple[Kill, ...] = (kill, crash, crash_in_writes, crash_in_commits)


def _connect(postgres: EmbeddedPostgres) -> psycopg.Connection:
    return psycopg.connect(postgres.url(), autocommit=True)


def _setting(postgres: EmbeddedPostgres, setting: str) -> None:
    """Change a setting of the server, also for the sessions that are connected."""
    with closing(_connect(postgres)) as connection:
        connection.execute(f"ALTER SYSTEM SET {setting}".encode())
        connection.execute("SELECT pg_reload_conf()")


def _crash(postgres: EmbeddedPostgres, processes: list[int]) -> None:
    _signal(processes, signal.SIGKILL)
    postgres.kill()


def _processes(postgres: EmbeddedPostgres) -> list[int]:
    """The postmaster, then its children: a postmaster that saw a child die would begin to clean up."""
    with closing(_connect(postgres)) as connection:
        children = connection.execute("SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()").fetchall()
    return [postgres.pid, *(pid for (pid,) in children)]


def _signal(processes: list[int], number: signal.Signals) -> None:
    for process in processes:
        try:
            os.kill(process, number)
        except ProcessLookupError:
            continue


def _catch(watch: psycopg.Connection, waiting: str) -> None:
    deadline = time.monotonic() + CATCH_SECONDS
    statement = f"SELECT count(*) FROM pg_stat_activity WHERE {waiting}".encode()
    while time.monotonic() < deadline:
        row = watch.execute(statement).fetchone()
        if row and row[0] >= WRITES_TO_CATCH:
            return
        time.sleep(0.005)
    raise TimeoutError(f"no {WRITES_TO_CATCH} writes were under way within {CATCH_SECONDS} s: the load is too light")

"""Whoever writes to a session table in the tests of what stands beside it: Express's own statements, roles, and the owner."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from urllib.parse import urlsplit

import psycopg

from sessile.session.user import UserKeys
from sessile.stores.postgres.answering import answered
from sessile.stores.postgres.readiness import make_ready
from sessile.stores.postgres.table import TableName

# connect-pg-simple 10.0.0, index.js: set, touch, destroy, pruneSessions.
UPSERT = (
    "INSERT INTO {} (sess, expire, sid) SELECT $1, to_timestamp($2), $3 ON CONFLICT (sid)"
    " DO UPDATE SET sess=$1, expire=to_timestamp($2) RETURNING sid"
)
DESTROY = "DELETE FROM {} WHERE sid = $1"
PRUNE = "DELETE FROM {} WHERE expire < to_timestamp($1)"


def execute(url: str, *statements: str) -> list[tuple[Any, ...]]:
    """Run statements, and return the rows of the last."""
    rows: list[tuple[Any, ...]] = []
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            cursor = connection.execute(statement.encode())
            rows = cursor.fetchall() if cursor.description else []
    return rows


def ready(
    url: str,
    table: str = "session",
    *,
    create: bool = True,
    time_zone: str | None = None,
    triggers: bool = False,
    journal: bool = False,
    users: UserKeys | None = None,
) -> None:
    """What a store does when it is opened."""
    steps = make_ready(
        TableName.parse(table), create=create, time_zone=time_zone, triggers=triggers, journal=journal, users=users
    )
    with psycopg.connect(url, autocommit=True) as connection:
        answered(steps, connection)


def as_role(url: str, role: str) -> str:
    """The same database for another role."""
    return urlsplit(url)._replace(netloc=f"{role}@{urlsplit(url).netloc.rpartition('@')[2]}").geturl()


class Express:
    """A connection of connect-pg-simple: each request's save, logout and pruning, in the connection's TimeZone."""

    def __init__(self, url: str, table: str = '"session"', *, time_zone: str = "UTC", autocommit: bool = True) -> None:
        self.connection = psycopg.connect(url, autocommit=autocommit, cursor_factory=psycopg.RawCursor)
        self.connection.execute("SELECT set_config('TimeZone', $1, false)", (time_zone,))
        if not autocommit:
            self.connection.commit()
        self.table = table

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        self.connection.close()

    def save(self, sid: str, *, life: float = 3600, **data: Any) -> bool:
        """Whether the upsert stored anything; the session then lives `life` seconds."""
        expires = datetime.now(UTC) + timedelta(seconds=life)
        cookie = {"originalMaxAge": 1000 * life, "expires": expires.isoformat(timespec="milliseconds")[:-6] + "Z", "path": "/"}
        text = json.dumps({"cookie": cookie, **data})
        return self._changed(UPSERT, text, str(int(-(-expires.timestamp() // 1))), sid) > 0

    def logout(self, sid: str) -> int:
        """How many rows went."""
        return self._changed(DESTROY, sid)

    def prune(self) -> int:
        """How many expired rows went."""
        return self._changed(PRUNE, str(time.time()))

    def _changed(self, statement: str, *values: str) -> int:
        return self.connection.execute(statement.format(self.table).encode(), values).rowcount


@contextmanager
def waiting(url: str, what: Callable[[], object]) -> Iterator[threading.Thread]:
    """Run something in a thread of its own, once it waits for a lock; it ends before this does."""
    thread = threading.Thread(target=what)
    thread.start()
    deadline = time.monotonic() + 10
    here = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    while execute(url, here) != [(1,)]:
        assert time.monotonic() < deadline, "it does not wait for a lock"
        time.sleep(0.01)
    yield thread
    thread.join(10)
    assert not thread.is_alive()

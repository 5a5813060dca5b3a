"""A name that somebody else gave a table, a schema or a role stays a name, also where the SQL stands between dollars."""

from collections.abc import Iterator

import psycopg
import pytest

from sessile.stores.postgres import catalog
from sessile.stores.postgres.addition import Addition
from sessile.stores.postgres.journal import journal_for
from sessile.stores.postgres.layout import Layout
from sessile.stores.postgres.prune import scheduled, script
from sessile.stores.postgres.shape import TableShape, quoted
from sessile.stores.postgres.table import TableName, table_sql
from sessile.stores.postgres.triggers import triggers_for
from tests.stores.writers import as_role, execute

PROOF = "CREATE TABLE public.taken(x int)"
NAMES = ("$sessile$; {}; --", "$body$; {}; --", "$cron$; {}; --")


@pytest.fixture(params=NAMES)
def named(database: str, request: pytest.FixtureRequest) -> Iterator[tuple[str, TableShape]]:
    """A database with a session table of such a name, and its shape."""
    name = TableName(request.param.format(PROOF), "public")
    execute(database, table_sql(name))
    with psycopg.connect(database, autocommit=True) as connection:
        yield database, shape_of(connection, name)


def shape_of(connection: psycopg.Connection, name: TableName) -> TableShape:
    statement = catalog.shape(name.qualified)
    with psycopg.RawCursor(connection) as cursor:
        found = statement.parse(cursor.execute(statement.sql.encode(), statement.values).fetchall())
    assert found is not None
    return found


def taken(url: str) -> bool:
    return bool(execute(url, "SELECT to_regclass('public.taken') IS NOT NULL")[0][0])


@pytest.mark.parametrize("addition", [lambda shape: triggers_for(shape, "UTC"), journal_for], ids=["triggers", "journal"])
def test_what_is_added_beside_a_table_runs_nothing_of_its_name(named: tuple[str, TableShape], addition: object) -> None:
    url, shape = named
    assert callable(addition)
    made: Addition = addition(shape)
    execute(url, made.sql)
    execute(url, f"INSERT INTO {shape.qualified} VALUES ('a', '{{}}', now() + interval '1 day')")
    execute(url, f"DELETE FROM {shape.qualified}")
    execute(url, made.drop)
    assert not taken(url)


def test_nor_does_pruning(named: tuple[str, TableShape]) -> None:
    url, shape = named
    execute(url, f"INSERT INTO {shape.qualified} VALUES ('a', '{{}}', now() - interval '1 day')")
    layout = Layout.of(shape, "UTC", journal=False)
    execute(url, script(layout))
    assert execute(url, f"SELECT count(*) FROM {shape.qualified}") == [(0,)]
    execute(
        url, "CREATE SCHEMA cron; CREATE FUNCTION cron.schedule(text, text, job text) RETURNS text LANGUAGE sql AS 'SELECT job'"
    )
    [(job,)] = execute(url, scheduled(layout, 15))
    assert job.strip() == script(layout)
    assert not taken(url)
    assert quoted(shape.name) in job


@pytest.fixture
def friend(server_url: str, database: str, role: str) -> Iterator[str]:
    """Another role, to which the first one gives rights."""
    name = f"{role}_friend"
    execute(server_url, f"CREATE ROLE {name}")
    yield name
    execute(database, f"DROP OWNED BY {name}")
    execute(server_url, f"DROP ROLE {name}")


@pytest.mark.parametrize("name", ["session_bury", "session_stay_buried", "session_journal_sweep"])
def test_a_function_that_somebody_prepared_in_its_place_gives_nobody_a_right(
    database: str, role: str, friend: str, name: str
) -> None:
    execute(database, table_sql(TableName("session", "public")), f"GRANT CREATE ON SCHEMA public TO {role}")
    execute(
        as_role(database, role),
        f"CREATE FUNCTION public.{name}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        f"GRANT EXECUTE ON FUNCTION public.{name}() TO {friend}",
    )
    with psycopg.connect(database, autocommit=True) as connection:
        shape = shape_of(connection, TableName("session", "public"))
    execute(database, triggers_for(shape, "UTC").sql, journal_for(shape).sql)
    assert execute(database, f"SELECT has_function_privilege('{friend}', 'public.{name}()', 'EXECUTE')") == [(False,)]
    execute(database, "INSERT INTO session VALUES ('a', '{}', now() + interval '1 day')", "DELETE FROM session")
    assert execute(database, "SELECT sid FROM session_gone") == [("a",)]

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
from tests.stores.writers import execute

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

"""How a session ended is read from the journal and the tombstones, as far as they are there and may be read."""

import psycopg
import pytest

from sessile import PostgresStore
from sessile.doctor.case import Arrival, Ending, NoRow, Row
from sessile.doctor.evidence.cookie_row import look_up
from sessile.session.store import Create, Delete
from sessile.stores.postgres.answering import answered
from sessile.stores.postgres.journal import Event, Journal
from sessile.stores.postgres.readiness import make_ready
from sessile.stores.postgres.table import TableName
from tests.doctor.evidence.session_table import Express, as_role, execute

SID = "abcdefghijklmnopqrstuvwxyz012345"


def make(url: str, table: str = "session", *, triggers: bool = False, journal: bool = False) -> None:
    steps = make_ready(TableName.parse(table), create=True, time_zone=None, triggers=triggers, journal=journal)
    with psycopg.connect(url, autocommit=True) as connection:
        answered(steps, connection)


def look(url: str, table: str | None = None) -> Ending:
    row = look_up(Arrival(None, SID, f"{SID}.signature"), url, table)
    assert isinstance(row, NoRow), row
    return row.ending


def note(url: str, event: Event, schema: str = "public", table: str = "session_journal") -> None:
    execute(url, Journal(TableName(table, schema)).note(event, f"(VALUES ('{SID}')) AS gone (sid)"))


def test_where_nothing_is_kept_nothing_is_known(database: str) -> None:
    make(database)
    assert look(database) == Ending()


def test_a_logout_of_sessile_is_in_the_journal(database: str) -> None:
    make(database, journal=True)
    note(database, Event.CREATED)
    note(database, Event.LOGGED_OUT)
    ending = look(database)
    assert (ending.kept, ending.deleted, ending.unread) == (True, None, ())
    assert [word.event for word in ending.words] == ["logged out", "created"]
    assert ending.last is not None
    assert 0 <= ending.last.ago.total_seconds() < 60


def test_a_logout_of_express_left_its_tombstone(database: str) -> None:
    make(database, triggers=True)
    with Express(database) as express:
        express.save(sid=SID)
    execute(database, f"DELETE FROM session WHERE sid = '{SID}'")
    ending = look(database)
    assert (ending.kept, ending.words) == (False, ())
    assert ending.last is not None
    assert ending.last.event == "deleted"
    assert -1 < ending.last.ago.total_seconds() < 60


@pytest.mark.parametrize("table", ['auth."odd.name"', "o'brien", "50%"])
def test_of_a_table_of_any_name(database: str, table: str) -> None:
    execute(database, "CREATE SCHEMA auth")
    make(database, table, triggers=True, journal=True)
    name = TableName.parse(table)
    note(database, Event.REVOKED, name.schema or "public", f"{name.table}_journal")
    assert [word.event for word in look(database, table).words] == ["revoked"]


def test_a_role_that_may_read_neither_hears_so_and_still_gets_its_answer(database: str, role: str) -> None:
    make(database, triggers=True, journal=True)
    execute(database, f"GRANT SELECT ON session TO {role}")
    assert look(as_role(database, role)).unread == (
        '"public"."session_journal" cannot be read: this role lacks SELECT on it',
        '"public"."session_gone" cannot be read: this role lacks SELECT on it',
    )


def test_a_journal_that_is_broken_is_said(database: str) -> None:
    make(database, journal=True)
    execute(database, "ALTER TABLE session_journal DROP COLUMN digest")
    (why,) = look(database).unread
    assert why.startswith('"public"."session_journal" cannot be read: column')
    assert why.endswith("does not exist (42703)")


def test_tables_of_somebody_else_are_not_read(database: str) -> None:
    make(database)
    execute(database, "CREATE TABLE session_journal (at date); CREATE TABLE session_gone (sid text)")
    assert look(database) == Ending()


async def test_where_ids_are_hashed_the_cookie_finds_its_row_and_its_end(database: str) -> None:
    store = PostgresStore(database, hash_ids=True, journal=True)
    await store.perform([Create(SID, '{"cookie":{"path":"/"},"userId":7}', 4_000_000_000_000)])
    found = look_up(Arrival(None, SID, f"{SID}.signature"), database, None)
    assert isinstance(found, Row)
    assert (found.masked_id, found.identities, found.rows) == ("abcd…", ("userId",), 1)
    await store.perform([Delete(SID)])
    await store.close()
    assert [word.event for word in look(database).words] == ["logged out", "created"]

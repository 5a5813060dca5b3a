"""The doctor tries a login where only sessile's own triggers stand, and asks first where anything else could act."""

import psycopg
import pytest

from sessile.doctor.facts import Unknown
from sessile.doctor.facts.database import Experiment
from sessile.stores.postgres.answering import answered
from sessile.stores.postgres.readiness import make_ready
from sessile.stores.postgres.table import TableName
from tests.doctor.evidence.session_table import as_role, execute, look, value

SPY = "CREATE FUNCTION spy() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
TRUE = "CREATE FUNCTION own(text) RETURNS boolean LANGUAGE sql AS 'SELECT true';"


@pytest.fixture
def guarded(database: str) -> str:
    """A database whose session table has the triggers against resurrection, and two tombstones past their time."""
    make(database)
    execute(database, "INSERT INTO session_gone SELECT n::text, now() - interval '1 s' FROM generate_series(1, 2) n")
    return database


def make(url: str, table: str = "session") -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        answered(make_ready(TableName.parse(table), create=True, time_zone=None, triggers=True), connection)


def tried(url: str, **options: object) -> Experiment:
    made = look(url, **options).experiment
    assert isinstance(made, Experiment), made
    return made


def test_it_tries_and_leaves_the_tombstones_as_they_are(guarded: str) -> None:
    assert tried(guarded).passed
    assert value(guarded, "SELECT count(*) FROM session_gone") == 2
    assert value(guarded, "SELECT count(*) FROM session") == 0


def test_as_the_services_own_role(guarded: str, role: str) -> None:
    execute(guarded, f"GRANT SELECT, INSERT, UPDATE, DELETE ON session TO {role}")
    assert tried(as_role(guarded, role)).passed


@pytest.mark.parametrize("table", ['auth."odd.name"', "o'brien", "l" * 63])
def test_of_a_table_of_any_name(database: str, table: str) -> None:
    execute(database, "CREATE SCHEMA auth")
    make(database, table)
    assert tried(database, table=table).passed


def test_behind_a_view(database: str) -> None:
    execute(database, "CREATE TABLE stored (sid varchar PRIMARY KEY, sess json NOT NULL, expire timestamp NOT NULL)")
    execute(database, "CREATE VIEW session AS SELECT * FROM stored")
    make(database)
    assert tried(database).passed


def test_of_a_partitioned_table(database: str) -> None:
    execute(
        database,
        "CREATE TABLE session (sid varchar PRIMARY KEY, sess json, expire timestamp) PARTITION BY HASH (sid);"
        "CREATE TABLE all_of_them PARTITION OF session FOR VALUES WITH (MODULUS 1, REMAINDER 0)",
    )
    make(database)
    assert tried(database).passed


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (
            "CREATE OR REPLACE FUNCTION session_bury() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER"
            " SET search_path = pg_catalog, pg_temp AS 'BEGIN RETURN NULL; END'",
            "trigger sessile_bury on session",
        ),
        ("ALTER FUNCTION session_bury() SET search_path = public", "trigger sessile_bury on session"),
        ("ALTER FUNCTION session_stay_buried() SECURITY INVOKER", "trigger sessile_stay_buried on session"),
        (SPY + "CREATE TRIGGER spy AFTER INSERT ON session FOR EACH ROW EXECUTE FUNCTION spy()", "(trigger spy on session)"),
        (
            SPY + "CREATE TRIGGER spy BEFORE INSERT ON session_gone FOR EACH ROW EXECUTE FUNCTION spy()",
            "(trigger spy on session_gone)",
        ),
        (
            SPY + "DROP TRIGGER sessile_bury ON session;"
            "CREATE TRIGGER sessile_bury AFTER DELETE ON session FOR EACH ROW EXECUTE FUNCTION spy()",
            "(trigger sessile_bury on session)",
        ),
        (
            TRUE + "CREATE TRIGGER more AFTER DELETE ON session FOR EACH ROW WHEN (own(OLD.sid)) EXECUTE FUNCTION session_bury()",
            "the condition of trigger more on session calls own()",
        ),
        (TRUE + "ALTER TABLE session_gone ADD CHECK (own(sid))", "constraint session_gone_sid_check"),
    ],
)
def test_anything_else_is_not_set_off_unasked(guarded: str, change: str, named: str) -> None:
    execute(guarded, change)
    made = look(guarded).experiment
    assert isinstance(made, Unknown)
    assert named in made.why
    assert "--experiment" in made.why


def test_triggers_of_a_table_that_was_renamed_are_no_longer_known(guarded: str) -> None:
    """Their source names the table that they were made for."""
    execute(guarded, "ALTER TABLE session RENAME TO login_sessions")
    assert isinstance(look(guarded, table="login_sessions").experiment, Unknown)

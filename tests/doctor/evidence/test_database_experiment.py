"""The login that the doctor tries shows what Express would meet, and leaves nothing behind."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from sessile.demo.postgres import EmbeddedPostgres
from sessile.doctor.evidence.database import collect
from sessile.doctor.evidence.experiment import experiment
from sessile.doctor.evidence.inspection import Inspection
from sessile.doctor.evidence.server import running_clock, server
from sessile.doctor.facts import Database, Unknown
from sessile.doctor.facts.database import Experiment, Rows, Server
from sessile.stores.postgres.address import Address
from sessile.stores.postgres.catalog import shape
from tests.doctor.evidence.session_table import TABLE, Express, as_role, execute, look, value

PLAIN = "CREATE TABLE session (sid varchar NOT NULL, sess json NOT NULL, expire timestamp(6) NOT NULL"


def tried(url: str, **options: object) -> Experiment:
    made = look(url, **options).experiment
    assert isinstance(made, Experiment), made
    return made


def codes(made: Experiment) -> dict[str, str]:
    return {step.name: step.failure.code for step in made.steps if step.failure}


def not_tried(url: str, **options: object) -> str:
    made = look(url, **options).experiment
    assert isinstance(made, Unknown), made
    return made.why


class TestHealthy:
    @pytest.mark.parametrize(
        "statements",
        [
            TABLE,
            PLAIN + "); CREATE UNIQUE INDEX ON session (sid)",
            "CREATE TABLE session (sid text PRIMARY KEY, sess jsonb, expire timestamptz)",
            TABLE + "ALTER TABLE session ADD seen timestamptz DEFAULT clock_timestamp(), ADD id uuid DEFAULT gen_random_uuid()",
            TABLE + "ALTER TABLE session ADD who text GENERATED ALWAYS AS (sess ->> 'userId') STORED",
            TABLE + "ALTER TABLE session ADD CHECK (length(sid) > 8), ADD note text NOT NULL DEFAULT ''",
            TABLE.replace('"session"', '"stored"') + "CREATE VIEW session AS SELECT * FROM stored",
        ],
    )
    def test_a_login_goes_through(self, database: str, statements: str) -> None:
        if value(database, "SHOW server_version_num") < "130000":
            statements = statements.replace("gen_random_uuid()", "NULL")
        execute(database, statements)
        made = tried(database)
        assert made.passed
        assert [step.name for step in made.steps] == ["save", "find", "touch", "destroy"]
        assert made.life_difference == timedelta(0)

    def test_the_zone_shows_to_a_reader_in_utc_only(self, database: str) -> None:
        execute(database, TABLE)
        made = tried(f"{database}?options=-c%20timezone%3DAsia/Kolkata")
        assert made.passed
        assert made.life_difference == timedelta(0)
        assert made.life_difference_in_utc == timedelta(hours=5, minutes=30)
        execute(database, "ALTER TABLE session ALTER expire TYPE timestamptz")
        made = tried(f"{database}?options=-c%20timezone%3DAsia/Kolkata")
        assert (made.life_difference, made.life_difference_in_utc) == (timedelta(0), timedelta(0))


class TestFaults:
    @pytest.mark.parametrize(
        ("statements", "step", "code"),
        [
            (PLAIN + ")", "save", "42P10"),
            (PLAIN + "); CREATE UNIQUE INDEX ON session (sid) WHERE sid <> ''", "save", "42P10"),
            (PLAIN + ", PRIMARY KEY (sid) DEFERRABLE)", "save", "55000"),
            (PLAIN + ", owner text NOT NULL, PRIMARY KEY (sid))", "save", "23502"),
            (PLAIN + ", PRIMARY KEY (sid), CHECK (length(sid) > 99))", "save", "23514"),
            ("CREATE TABLE session (sid varchar(20) PRIMARY KEY, sess json, expire timestamp)", "save", "22001"),
            ("CREATE TABLE session (sid uuid PRIMARY KEY, sess json, expire timestamp)", "find", "22P02"),
            ("CREATE TABLE session (sid varchar PRIMARY KEY, sess varchar(50), expire timestamp)", "save", "22001"),
            ("CREATE TABLE session (sid varchar PRIMARY KEY, sess int, expire timestamp)", "save", "22P02"),
            ("CREATE TABLE session (sid varchar PRIMARY KEY, sess json, expire bigint)", "save", "42804"),
            ("CREATE TABLE session (sid varchar PRIMARY KEY, sess json, expire text)", "find", "42883"),
            ("CREATE TABLE session (sid varchar PRIMARY KEY, expire timestamp)", "save", "42703"),
            (PLAIN + ", PRIMARY KEY (sid, expire)) PARTITION BY RANGE (expire)", "save", "42P10"),
        ],
    )
    def test_what_express_would_meet(self, database: str, statements: str, step: str, code: str) -> None:
        execute(database, statements)
        made = tried(database)
        assert not made.passed
        assert codes(made)[step] == code
        assert code in [error.code for error in look(database).errors]

    def test_a_date_ends_the_session_before_it_is_asked_for(self, database: str) -> None:
        execute(database, "CREATE TABLE session (sid varchar PRIMARY KEY, sess json, expire date)")
        noon = datetime.now(UTC).replace(hour=12)
        made = collect(database + "?options=-c%20timezone%3DUTC", now=noon).experiment
        assert isinstance(made, Experiment)
        found = made.step("find")
        assert found is not None
        assert (found.rows, found.failure) == (0, None)
        assert made.life_difference is not None
        assert made.life_difference < timedelta(hours=-12)

    @pytest.mark.parametrize(
        ("granted", "failing"),
        [
            ("SELECT", {"save", "touch", "destroy"}),
            ("SELECT, INSERT, UPDATE", {"destroy"}),
            ("SELECT, INSERT, DELETE", {"save", "touch"}),
            ("INSERT, UPDATE, DELETE", {"save", "find", "touch", "destroy"}),
        ],
    )
    def test_rights_that_are_missing(self, database: str, role: str, granted: str, failing: set[str]) -> None:
        execute(database, TABLE + f"GRANT {granted} ON session TO {role}")
        assert codes(tried(as_role(database, role))) == dict.fromkeys(failing, "42501")

    def test_row_security_without_a_policy(self, database: str, role: str) -> None:
        execute(database, TABLE + f"GRANT ALL ON session TO {role}; ALTER TABLE session ENABLE ROW LEVEL SECURITY")
        assert codes(tried(as_role(database, role))) == {"save": "42501"}
        assert tried(database).passed

    def test_a_read_only_role_is_tried_because_nothing_can_come_of_it(self, database: str, role: str) -> None:
        execute(
            database,
            TABLE
            + f"""GRANT ALL ON session TO {role}; ALTER ROLE {role} SET default_transaction_read_only = on;
            ALTER TABLE session ADD id int GENERATED ALWAYS AS IDENTITY""",
        )
        assert codes(tried(as_role(database, role)))["save"] == "25006"

    def test_a_session_id_is_in_no_message(self, database: str) -> None:
        execute(database, "CREATE TABLE session (sid uuid PRIMARY KEY, sess json, expire timestamp)")
        [failure] = {step.failure for step in tried(database).steps if step.failure and step.name == "find"}
        assert failure.message == 'invalid input syntax for type uuid: "(the session id)"'


class TestSideEffects:
    FUNCTION = "CREATE FUNCTION own(text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';"
    TRIGGER = "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';" + TABLE

    @pytest.mark.parametrize(
        ("statements", "named"),
        [
            (TABLE + "ALTER TABLE session ADD id serial", "the default of public.session.id calls nextval()"),
            (TABLE + "ALTER TABLE session ADD id int GENERATED BY DEFAULT AS IDENTITY", "the sequence of public.session.id"),
            (
                TABLE + "ALTER TABLE session ADD key text DEFAULT pg_advisory_lock(1)::text",
                "the default of public.session.key calls pg_advisory_lock()",
            ),
            (
                TRIGGER + "CREATE TRIGGER note AFTER INSERT ON session FOR EACH ROW EXECUTE FUNCTION note()",
                "trigger note on session",
            ),
            (TABLE + "CREATE RULE also AS ON INSERT TO session DO ALSO SELECT 1", "rule also on session"),
            (
                FUNCTION + TABLE + "ALTER TABLE session ADD CHECK (own(sid))",
                "constraint session_sid_check of public.session calls own()",
            ),
            (FUNCTION + TABLE + "CREATE INDEX ON session (own(sid))", "calls own()"),
            (
                FUNCTION
                + "CREATE DOMAIN name AS varchar CHECK (own(VALUE));"
                + TABLE
                + "ALTER TABLE session ALTER sid TYPE public.name",
                "the type of public.session.sid calls own()",
            ),
            (
                TRIGGER
                + "CREATE TABLE device (sid varchar REFERENCES session ON DELETE CASCADE);"
                + "CREATE TRIGGER note AFTER DELETE ON device FOR EACH STATEMENT EXECUTE FUNCTION note()",
                "trigger note on device",
            ),
            (
                TRIGGER
                + "ALTER TABLE session RENAME TO stored; CREATE VIEW session AS SELECT * FROM stored;"
                + "CREATE TRIGGER note BEFORE UPDATE ON stored FOR EACH ROW EXECUTE FUNCTION note()",
                "trigger note on stored",
            ),
            (
                TRIGGER
                + "DROP TABLE session; CREATE TABLE session (sid varchar, sess json, expire timestamp) PARTITION BY LIST (sid);"
                + "CREATE TABLE part PARTITION OF session DEFAULT;"
                + "CREATE TRIGGER note BEFORE INSERT ON part FOR EACH ROW EXECUTE FUNCTION note()",
                "trigger note on part",
            ),
        ],
    )
    def test_what_a_rollback_may_not_undo_is_not_tried_unasked(self, database: str, statements: str, named: str) -> None:
        execute(database, statements)
        why = not_tried(database)
        assert named in why
        assert "--experiment" in why

    @pytest.mark.parametrize(
        "statements",
        [
            TRIGGER + "CREATE TRIGGER note AFTER INSERT ON session FOR EACH ROW EXECUTE FUNCTION note();"
            "ALTER TABLE session DISABLE TRIGGER note",
            TABLE + "CREATE TABLE device (id serial, sid varchar REFERENCES session ON DELETE CASCADE)",
            TABLE + "CREATE TABLE account (id serial PRIMARY KEY); ALTER TABLE session ADD owner int REFERENCES account",
        ],
    )
    def test_what_is_harmless_is_tried(self, database: str, statements: str) -> None:
        execute(database, statements)
        assert tried(database).passed

    def test_a_sequence_moves_only_when_asked_for(self, database: str) -> None:
        execute(database, TABLE + "ALTER TABLE session ADD id serial")
        look(database)
        assert value(database, "SELECT is_called FROM session_id_seq") is False
        assert tried(database, experiment=True).passed
        assert value(database, "SELECT is_called FROM session_id_seq") is True

    def test_a_trigger_that_swallows_the_row_shows_itself_when_asked(self, database: str) -> None:
        execute(
            database,
            TABLE + "CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
            "CREATE TRIGGER swallow BEFORE INSERT ON session FOR EACH ROW EXECUTE FUNCTION swallow()",
        )
        save = tried(database, experiment=True).step("save")
        assert save is not None
        assert (save.rows, save.failure) == (0, None)

    def test_never_where_it_was_forbidden(self, database: str) -> None:
        execute(database, TABLE)
        assert "not wanted" in not_tried(database, experiment=False)

    def test_never_on_a_standby(self) -> None:
        with EmbeddedPostgres(settings={"fsync": "off"}) as primary:
            execute(primary.url(), TABLE)
            with primary.basebackup() as standby:
                seen = look(standby.url(), experiment=True)
        assert isinstance(seen.server, Server)
        assert seen.server.standby
        assert isinstance(seen.experiment, Unknown)
        assert "standby" in seen.experiment.why
        assert isinstance(seen.rows, Rows)


class TestNothingIsLeft:
    def test_no_row_no_lock_no_sequence_no_temporary_table_no_connection(self, database: str) -> None:
        execute(database, TABLE + "CREATE SEQUENCE counter; CREATE TABLE other (id serial)")
        with Express(database) as express:
            for _ in range(3):
                express.save(userId=1)
        rows = "SELECT json_agg(s ORDER BY sid)::text FROM session s"
        relations = "SELECT string_agg(concat(oid, relname, relpersistence), ',' ORDER BY oid) FROM pg_class"
        sequences = "SELECT string_agg(coalesce(last_value::text, '-'), ',') FROM pg_sequences"
        before = [value(database, query) for query in (rows, relations, sequences)]
        seen = look(database)
        assert isinstance(seen.experiment, Experiment)
        assert seen.experiment.passed
        assert [value(database, query) for query in (rows, relations, sequences)] == before
        here = "datname = current_database() AND pid <> pg_backend_pid()"
        assert value(database, f"SELECT count(*) FROM pg_stat_activity WHERE {here} AND application_name = 'sessile doctor'") == 0
        assert value(database, "SELECT count(*) FROM pg_locks WHERE relation = 'session'::regclass") == 0
        assert value(database, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == 0

    def test_the_connection_is_as_it_was(self, database: str) -> None:
        """Behind a pooler somebody else gets it next."""
        execute(database, TABLE)
        settings = "SELECT json_object_agg(name, setting)::text FROM pg_settings WHERE name <> 'transaction_read_only'"
        clock = running_clock(datetime.now(UTC))
        with Inspection(Address.parse(database), 20) as inspection:
            ask = inspection.connection.execute
            before = ask(settings).fetchone()
            about = server(inspection, clock)
            table = inspection.ask(shape('"session"'))
            assert table is not None
            made = experiment(inspection, table, about, held=False, clock=clock, forced=None)
            assert isinstance(made, Experiment)
            assert made.passed
            assert inspection.connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
            assert ask("SELECT count(*) FROM pg_prepared_statements").fetchone() == (0,)
            assert ask("SELECT count(*) FROM pg_cursors").fetchone() == (0,)
            assert ask(settings).fetchone() == before

    def test_all_but_the_experiment_is_read_only(self, database: str, role: str) -> None:
        """A function that a user made runs in a policy, and cannot write there."""
        execute(
            database,
            TABLE
            + f"""CREATE TABLE seen (at timestamptz); GRANT ALL ON session, seen TO {role};
            CREATE FUNCTION spy() RETURNS boolean LANGUAGE plpgsql AS 'BEGIN INSERT INTO seen VALUES (now()); RETURN true; END';
            ALTER TABLE session ENABLE ROW LEVEL SECURITY; CREATE POLICY spied ON session USING (spy())""",
        )
        with Express(database) as express:
            express.save()
        seen: Database = look(as_role(database, role))
        assert isinstance(seen.rows, Unknown)
        assert "25006" in seen.rows.why
        assert isinstance(seen.experiment, Unknown)
        assert "policy spied on public.session calls spy()" in seen.experiment.why
        assert value(database, "SELECT count(*) FROM seen") == 0

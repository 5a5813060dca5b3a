"""With the triggers, a session that was logged out stays logged out, whoever writes; and nothing else is different."""

import threading
import time
from collections.abc import Iterator
from functools import partial

import psycopg
import pytest

from sessile.errors import TableError
from sessile.stores.postgres import catalog
from sessile.stores.postgres.addition import Addition
from sessile.stores.postgres.shape import quoted
from sessile.stores.postgres.table import TableName
from sessile.stores.postgres.triggers import LIFE, NAMES, triggers_for
from tests.stores.writers import Express, as_role, execute, ready, waiting

TABLES = {
    "connect-pg-simple's": "",
    "jsonb and timestamptz": "CREATE TABLE session (sid text PRIMARY KEY, sess jsonb NOT NULL, expire timestamptz(3) NOT NULL)",
    "varchar(64) and a unique index": "CREATE TABLE session (sid varchar(64), sess json, expire timestamp);"
    "CREATE UNIQUE INDEX ON session (sid)",
    "partitioned": "CREATE TABLE session (sid varchar PRIMARY KEY, sess json, expire timestamp) PARTITION BY HASH (sid);"
    "CREATE TABLE one PARTITION OF session FOR VALUES WITH (MODULUS 2, REMAINDER 0);"
    "CREATE TABLE two PARTITION OF session FOR VALUES WITH (MODULUS 2, REMAINDER 1)",
}
ODD_NAMES = ("Session", 'auth."odd.name"', "weird-name", "o'brien", "{sid}", r"back\slash", "l" * 63, "ü" * 31)


@pytest.fixture
def guarded(database: str) -> str:
    """A database whose session table has the triggers."""
    ready(database, triggers=True)
    return database


@pytest.fixture
def express(guarded: str) -> Iterator[Express]:
    with Express(guarded) as service:
        yield service


def rows(url: str, table: str = "session") -> list[str]:
    return [sid for (sid,) in execute(url, f"SELECT sid FROM {table} ORDER BY sid")]


def tombstones(url: str) -> list[str]:
    return rows(url, "session_gone")


class TestNothingComesBack:
    def test_after_a_logout(self, guarded: str, express: Express) -> None:
        assert express.save("ana", userId=1)
        assert express.logout("ana") == 1
        assert not express.save("ana", userId=1)
        assert rows(guarded) == []

    @pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
    def test_whatever_the_table_is_made_of(self, database: str, table: str) -> None:
        if table:
            execute(database, *table.split(";"))
        ready(database, triggers=True)
        with Express(database) as express:
            express.save("ana")
            assert express.save("ana", again=True)
            express.logout("ana")
            assert not express.save("ana")

    @pytest.mark.parametrize("table", ODD_NAMES)
    def test_whatever_the_table_is_called(self, database: str, table: str) -> None:
        execute(database, "CREATE SCHEMA auth")
        ready(database, table, triggers=True)
        with Express(database, TableName.parse(table).qualified) as express:
            assert express.save("ana")
            express.logout("ana")
            assert not express.save("ana")
            assert express.save("ben")

    def test_behind_a_view(self, database: str) -> None:
        execute(database, "CREATE TABLE stored (sid varchar PRIMARY KEY, sess json NOT NULL, expire timestamp NOT NULL)")
        execute(database, "CREATE VIEW session AS SELECT * FROM stored")
        ready(database, triggers=True)
        with Express(database) as express:
            express.save("ana")
            express.logout("ana")
            assert not express.save("ana")
        assert rows(database, "stored_gone") == ["ana"]

    def test_while_the_logout_is_not_committed(self, guarded: str, express: Express) -> None:
        express.save("ana")
        with psycopg.connect(guarded) as logout:
            logout.execute("DELETE FROM session WHERE sid = 'ana'")
            saved: list[bool] = []
            with waiting(guarded, lambda: saved.append(express.save("ana", cart=[1]))):
                logout.commit()
        assert saved == [False]
        assert rows(guarded) == []

    def test_and_a_logout_taken_back_ends_nothing(self, guarded: str, express: Express) -> None:
        express.save("ana")
        with psycopg.connect(guarded) as logout:
            logout.execute("DELETE FROM session WHERE sid = 'ana'")
            saved: list[bool] = []
            with waiting(guarded, lambda: saved.append(express.save("ana", cart=[1]))):
                logout.rollback()
        assert saved == [True]
        assert rows(guarded) == ["ana"]

    def test_nor_the_id_from_before_a_login(self, guarded: str, express: Express) -> None:
        """A regenerate removes the old row and inserts the new one in one transaction."""
        express.save("before")
        with psycopg.connect(guarded) as login:
            login.execute("DELETE FROM session WHERE sid = 'before'")
            login.execute("INSERT INTO session VALUES ('after', '{\"userId\": 1}', timezone('UTC', now()) + interval '1 day')")
            with waiting(guarded, partial(express.save, "before", cart=[1])):
                login.commit()
        assert rows(guarded) == ["after"]

    def test_for_a_role_with_rights_on_the_table_alone(self, guarded: str, role: str) -> None:
        execute(guarded, f"GRANT SELECT, INSERT, UPDATE, DELETE ON session TO {role}")
        with Express(as_role(guarded, role)) as express:
            express.save("ana")
            assert express.save("ana", again=True)
            express.logout("ana")
            assert not express.save("ana")
            for statement in ("SELECT * FROM session_gone", "DELETE FROM session_gone", "SELECT session_bury()"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    express.connection.execute(statement.encode())

    def test_where_row_security_hides_other_rows(self, guarded: str, role: str) -> None:
        execute(
            guarded,
            f"GRANT ALL ON session TO {role}",
            "ALTER TABLE session ENABLE ROW LEVEL SECURITY",
            f"CREATE POLICY service ON session TO {role} USING (true)",
        )
        with Express(as_role(guarded, role)) as express:
            express.save("ana")
            express.logout("ana")
            assert not express.save("ana")

    def test_under_repeatable_read_either(self, guarded: str, express: Express) -> None:
        """The snapshot is older than the tombstone; the lock on the row says so, as to every write that comes too late."""
        express.save("ana")
        with psycopg.connect(guarded) as late:
            late.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            late.execute("SELECT 1 FROM session")
            express.logout("ana")
            with pytest.raises(psycopg.errors.SerializationFailure):
                late.execute("INSERT INTO session VALUES ('ana', '{}', now()) ON CONFLICT (sid) DO UPDATE SET sess = '{}'")
        assert rows(guarded) == []


class TestNothingElseIsDifferent:
    def test_a_living_session_is_saved_again_and_again(self, guarded: str, express: Express) -> None:
        for count in range(3):
            assert express.save("ana", count=count)
        assert execute(guarded, "SELECT sess ->> 'count' FROM session") == [("2",)]
        assert tombstones(guarded) == []

    def test_saves_of_one_session_wait_for_each_other_and_all_succeed(self, guarded: str, express: Express) -> None:
        express.save("ana")
        saved: list[bool] = []

        def save() -> None:
            with Express(guarded) as other:
                saved.extend(other.save("ana", count=count) for count in range(25))

        threads = [threading.Thread(target=save) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert saved == [True] * 200

    def test_a_save_waits_for_nobody_who_only_refers_to_the_session(self, guarded: str, express: Express) -> None:
        """A request that has a row of its own in an open transaction saves its session on another connection."""
        execute(guarded, "CREATE TABLE device (sid varchar REFERENCES session ON DELETE CASCADE)")
        express.save("ana")
        with psycopg.connect(guarded) as request:
            request.execute("INSERT INTO device VALUES ('ana')")
            express.connection.execute("SET lock_timeout = '2s'")
            assert express.save("ana", device=True)

    @pytest.mark.parametrize("time_zone", ["UTC", "Asia/Kolkata", "America/New_York"])
    @pytest.mark.parametrize("kind", ["timestamp(6)", "timestamptz(6)"])
    def test_expired_sessions_leave_no_tombstone_in_any_time_zone(self, database: str, time_zone: str, kind: str) -> None:
        """The clock of the writer counts, not that of the connection that deletes."""
        execute(database, f"CREATE TABLE session (sid varchar PRIMARY KEY, sess json NOT NULL, expire {kind} NOT NULL)")
        ready(database, triggers=True, time_zone=time_zone)
        with Express(database, time_zone=time_zone) as express:
            express.save("past", life=-60)
            express.save("present", life=60)
            assert express.prune() == 1
        assert tombstones(database) == []
        with Express(database, time_zone="Australia/Eucla" if "tz" in kind else time_zone) as elsewhere:
            elsewhere.logout("present")
        assert tombstones(database) == ["present"]

    @pytest.mark.parametrize("time_zone", ["Asia/Kolkata", "America/New_York"])
    def test_the_time_zone_of_the_connection_that_deletes_is_nothing_to_it(self, guarded: str, time_zone: str) -> None:
        with Express(guarded) as express:
            express.save("past", life=-60)
            express.save("present", life=60)
        with Express(guarded, time_zone=time_zone) as elsewhere:
            assert (elsewhere.logout("past"), elsewhere.logout("present")) == (1, 1)
        assert tombstones(guarded) == ["present"]

    def test_a_session_that_expired_may_begin_anew(self, express: Express) -> None:
        express.save("ana", life=-60)
        express.prune()
        assert express.save("ana")

    def test_an_ending_that_was_rolled_back_leaves_no_tombstone(self, guarded: str, express: Express) -> None:
        express.save("ana")
        with psycopg.connect(guarded) as logout:
            logout.execute("DELETE FROM session")
            logout.rollback()
        assert tombstones(guarded) == []

    def test_duplicates_may_be_removed(self, database: str) -> None:
        """Of rows with one sid, one stays, and lives on."""
        execute(database, "CREATE TABLE session (sid varchar, sess json, expire timestamp)")
        ready(database, triggers=True)
        execute(database, "INSERT INTO session SELECT 'ana', '{}', now() + n * interval '1 day' FROM generate_series(2, 3) n")
        execute(database, "DELETE FROM session WHERE expire < now() + interval '60 hours'")
        execute(database, "ALTER TABLE session ADD PRIMARY KEY (sid)")
        with Express(database) as express:
            assert express.save("ana")


class TestTombstones:
    def test_stand_for_an_hour(self, guarded: str, express: Express) -> None:
        express.save("ana")
        express.logout("ana")
        [(left,)] = execute(guarded, "SELECT extract(epoch FROM until - now())::float8 FROM session_gone")
        assert LIFE - 10 < left <= LIFE + 1

    def test_no_longer_stop_anybody_after_their_time_and_go(self, guarded: str, express: Express) -> None:
        for sid in ("ana", "ben"):
            express.save(sid)
            express.logout(sid)
        execute(guarded, "UPDATE session_gone SET until = now() - interval '1 s'")
        assert express.save("ana")
        express.logout("ana")
        assert tombstones(guarded) == ["ana"]

    def test_go_faster_than_they_come_however_many_log_out_at_once(self, guarded: str, express: Express) -> None:
        execute(guarded, "INSERT INTO session_gone SELECT n::text, now() - interval '1 s' FROM generate_series(1, 100) n")
        for number in range(12):
            express.save(f"user-{number}")
        execute(guarded, "DELETE FROM session")
        assert len(tombstones(guarded)) == 12

    def test_two_logouts_do_not_wait_for_each_other(self, guarded: str, express: Express) -> None:
        execute(guarded, "INSERT INTO session_gone SELECT n::text, now() - interval '1 s' FROM generate_series(1, 5) n")
        express.save("ana")
        express.save("ben")
        with psycopg.connect(guarded) as slow:
            slow.execute("DELETE FROM session WHERE sid = 'ana'")
            express.connection.execute("SET lock_timeout = '2s'")
            assert express.logout("ben") == 1


class TestNoStatementOfTheServiceFails:
    @pytest.mark.parametrize(
        "accident",
        [
            "DROP TABLE session_gone",
            "ALTER TABLE session_gone DROP CONSTRAINT session_gone_pkey",
            "ALTER TABLE session_gone ADD note text NOT NULL DEFAULT ''; ALTER TABLE session_gone ALTER note DROP DEFAULT",
            "ALTER TABLE session OWNER TO {role}",
            "ALTER TABLE session_gone OWNER TO {role}",
            "CREATE PUBLICATION everything FOR ALL TABLES",
        ],
    )
    def test_after_an_accident(self, database: str, role: str, server_url: str, accident: str) -> None:
        """Neither before the service connects again nor in the connections that it has."""
        owner = f"{role}_owner"
        execute(server_url, f"CREATE ROLE {owner} LOGIN")
        try:
            execute(database, f"GRANT ALL ON SCHEMA public TO {owner}")
            ready(as_role(database, owner), triggers=True)
            execute(database, f"GRANT ALL ON session TO {role}")
            with Express(as_role(database, role)) as express:
                express.save("early")
                express.logout("early")
                execute(database, *accident.format(role=role).split(";"))
                for sid, service in (("ana", express), ("ben", Express(as_role(database, role)))):
                    with service:
                        assert service.save(sid)
                        assert service.save(sid, again=True)
                        assert service.logout(sid) == 1
                        service.save(sid)
        finally:
            execute(database, f"DROP OWNED BY {owner} CASCADE")
            execute(server_url, f"DROP ROLE {owner}")

    @pytest.mark.parametrize("name", ["login_sessions", "l" * 63])
    def test_after_the_table_was_given_another_name(self, guarded: str, express: Express, name: str) -> None:
        express.save("early")
        execute(guarded, f"ALTER TABLE session RENAME TO {name}")
        express.table = name
        assert express.save("ana")
        assert express.logout("ana") == 1
        ready(guarded, name, triggers=True)
        express.save("ben")
        express.logout("ben")
        assert not express.save("ben")

    def test_a_change_of_type_is_refused_instead(self, guarded: str) -> None:
        """Open connections would notice it by failing: a PL/pgSQL function keeps the types it has met."""
        for change in ("ALTER expire TYPE timestamptz", "ALTER sid TYPE text"):
            with pytest.raises(psycopg.errors.FeatureNotSupported, match="used in a trigger definition"):
                execute(guarded, f"ALTER TABLE session {change}")


class TestMakingReady:
    def test_many_processes_at_once_make_them_once(self, database: str) -> None:
        problems: list[Exception] = []

        def start() -> None:
            try:
                ready(database, triggers=True)
            except (TableError, psycopg.Error) as problem:
                problems.append(problem)

        threads = [threading.Thread(target=start) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert problems == []
        assert self.oids(database) != []
        assert len(self.oids(database)) == len(NAMES)

    def test_where_they_stand_nothing_is_touched(self, guarded: str) -> None:
        """Nor is a lock asked for that a request in flight would have to end for."""
        before = self.oids(guarded)
        with psycopg.connect(guarded) as request:
            request.execute("INSERT INTO session VALUES ('ana', '{}', now())")
            began = time.monotonic()
            ready(guarded, triggers=True)
            execute(guarded, self.addition(guarded).sql)
            assert time.monotonic() - began < 2
        assert self.oids(guarded) == before

    @pytest.mark.parametrize(
        "change",
        [
            "ALTER TABLE session DISABLE TRIGGER sessile_bury",
            "DROP TRIGGER sessile_stay_buried ON session",
            "DROP TABLE session_gone",
            "CREATE OR REPLACE FUNCTION session_bury() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
            "ALTER FUNCTION session_stay_buried() SECURITY INVOKER",
        ],
    )
    def test_what_was_changed_is_put_right(self, guarded: str, express: Express, change: str) -> None:
        execute(guarded, change)
        with pytest.raises(TableError, match="lacks this version's triggers against resurrection"):
            ready(guarded, create=False, triggers=True)
        ready(guarded, triggers=True)
        ready(guarded, create=False, triggers=True)
        express.save("ana")
        express.logout("ana")
        assert not express.save("ana")

    def test_another_time_zone_of_the_writer_makes_them_anew(self, guarded: str) -> None:
        ready(guarded, triggers=True, time_zone="Asia/Kolkata")
        with Express(guarded, time_zone="Asia/Kolkata") as express:
            express.save("past", life=-60)
            express.prune()
        assert tombstones(guarded) == []

    def test_a_role_that_owns_nothing_may_use_them_and_not_make_them(self, database: str, role: str) -> None:
        ready(database)
        execute(database, f"GRANT ALL ON session TO {role}; GRANT ALL ON SCHEMA public TO {role}")
        with pytest.raises(TableError) as refused:
            ready(as_role(database, role), triggers=True)
        line = 'let the owner run: sessile table --triggers --sql --table session "$DATABASE_URL" | psql "$OWNER_DATABASE_URL"'
        assert str(refused.value).endswith(line)
        assert execute(database, "SELECT to_regclass('session_gone'), to_regproc('session_bury')") == [(None, None)]
        ready(database, triggers=True)
        ready(as_role(database, role), triggers=True)

    def test_a_superuser_makes_them_in_the_owners_name(self, database: str, role: str) -> None:
        """Otherwise whoever owns the table could have his own functions run with a superuser's rights."""
        ready(database)
        execute(database, f"ALTER TABLE session OWNER TO {role}")
        ready(database, triggers=True)
        owners = (
            "SELECT DISTINCT proowner::regrole::text FROM pg_proc JOIN pg_trigger ON tgfoid = pg_proc.oid WHERE NOT tgisinternal"
        )
        assert execute(database, owners) == [(role,)]
        assert execute(database, "SELECT relowner::regrole::text FROM pg_class WHERE relname = 'session_gone'") == [(role,)]
        with Express(as_role(database, role)) as express:
            express.save("ana")
            express.logout("ana")
            assert not express.save("ana")

    @pytest.mark.parametrize("owner", ["role", "postgres"])
    def test_a_table_of_somebody_else_in_their_place_is_left_alone(self, database: str, role: str, owner: str) -> None:
        ready(database)
        execute(database, "CREATE TABLE session_gone (sid text PRIMARY KEY, until timestamptz)")
        if owner == "role":
            execute(database, f"ALTER TABLE session_gone OWNER TO {role}")
        with pytest.raises(TableError, match="sessile needs the name"):
            ready(database, triggers=True)
        execute(database, self.addition(database).drop)
        assert execute(database, "SELECT to_regclass('session_gone') IS NOT NULL") == [(True,)]

    def test_in_a_busy_table_they_are_not_waited_for(self, database: str) -> None:
        ready(database)
        with psycopg.connect(database) as request:
            request.execute("INSERT INTO session VALUES ('ana', '{}', now())")
            with pytest.raises(TableError, match="55P03"):
                ready(database, triggers=True)
        ready(database, triggers=True)

    def test_a_view_over_several_tables_takes_none(self, database: str) -> None:
        execute(database, "CREATE TABLE a (sid varchar, sess json, expire timestamp); CREATE TABLE b (LIKE a)")
        execute(database, "CREATE VIEW session AS SELECT * FROM a UNION ALL SELECT * FROM b")
        with pytest.raises(TableError, match="takes no triggers"):
            ready(database, triggers=True)

    def test_they_can_be_taken_away_without_a_trace(self, database: str) -> None:
        ready(database)
        everything = (
            "SELECT (SELECT count(*) FROM pg_class), (SELECT count(*) FROM pg_proc), (SELECT count(*) FROM pg_trigger),"
            " (SELECT count(*) FROM pg_description)"
        )
        before = execute(database, everything)
        ready(database, triggers=True)
        drop = self.addition(database).drop
        execute(database, drop, drop)
        assert execute(database, everything) == before
        with Express(database) as express:
            express.save("ana")
            express.logout("ana")
            assert express.save("ana")

    @staticmethod
    def oids(url: str) -> list[tuple[int, ...]]:
        return execute(url, "SELECT oid FROM pg_trigger WHERE tgrelid = 'session'::regclass AND NOT tgisinternal ORDER BY 1")

    @staticmethod
    def addition(url: str, table: str = "session") -> Addition:
        statement = catalog.shape(quoted(table))
        with psycopg.connect(url, cursor_factory=psycopg.RawCursor) as connection:
            shape = statement.parse(connection.execute(statement.sql, statement.values).fetchall())
        assert shape is not None
        return triggers_for(shape, "UTC")

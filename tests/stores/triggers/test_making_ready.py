"""The triggers are made once, by whoever may, and made again where they are not ours."""

import threading
import time

import psycopg
import pytest

from sessile.errors import TableError
from sessile.stores.postgres import catalog
from sessile.stores.postgres.addition import Addition
from sessile.stores.postgres.shape import quoted
from sessile.stores.postgres.triggers import NAMES, triggers_for
from tests.stores.triggers.rows import tombstones
from tests.stores.writers import Express, as_role, execute, ready


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

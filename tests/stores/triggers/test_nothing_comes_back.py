"""With the triggers, a session that was logged out stays logged out, whoever writes."""

from functools import partial

import psycopg
import pytest

from sessile.stores.postgres.table import TableName
from tests.stores.triggers.rows import rows
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

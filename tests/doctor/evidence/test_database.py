"""The doctor sees a session table as it is, on a real server, and which of several tables it is."""

from datetime import UTC, datetime, timedelta

import pytest
from psycopg.errors import UniqueViolation

from sessile.doctor.evidence.database import collect
from sessile.doctor.facts import Unknown
from sessile.doctor.facts.database import Experiment, Rows, Server
from sessile.stores.postgres.shape import Kind, Persistence, TableShape
from tests.doctor.evidence.session_table import TABLE, Express, as_role, execute, look, value


def table_of(url: str, **options: object) -> TableShape:
    shape = look(url, **options).table
    assert isinstance(shape, TableShape)
    return shape


class TestServer:
    def test_what_a_role_meets(self, database: str) -> None:
        seen = look(database).server
        assert isinstance(seen, Server)
        assert seen.version == int(value(database, "SHOW server_version_num"))
        assert (seen.user, seen.superuser, seen.standby, seen.read_only) == ("postgres", True, False, False)
        assert seen.search_path == ("public",)
        assert 0 < seen.connections <= seen.max_connections
        assert seen.role_connection_limit == -1
        assert abs(seen.clock_ahead) < timedelta(seconds=2)
        assert seen.initialized is not None
        assert seen.initialized <= seen.started + timedelta(seconds=1) <= datetime.now(UTC) + timedelta(seconds=1)
        assert not seen.crashed

    def test_a_clock_that_differs_from_the_doctors(self, database: str) -> None:
        seen = collect(database, now=datetime.now(UTC) - timedelta(minutes=7)).server
        assert isinstance(seen, Server)
        assert abs(seen.clock_ahead - timedelta(minutes=7)) < timedelta(seconds=2)

    def test_settings_of_role_and_database_and_none_that_holds_a_secret(self, database: str) -> None:
        name = value(database, "SELECT current_database()")
        execute(database, f"ALTER DATABASE {name} SET timezone = 'Asia/Kolkata'")
        execute(database, f"ALTER DATABASE {name} SET app.settings.jwt_secret = 'hunter2'")
        seen = look(database).server
        assert isinstance(seen, Server)
        assert (seen.time_zone, seen.time_zone_source) == ("Asia/Kolkata", "database")
        assert [(s.database, s.name.lower(), s.value) for s in seen.settings if s.database] == [
            (name, "timezone", "Asia/Kolkata")
        ]
        assert "hunter2" not in repr(seen)

    def test_a_read_only_default_and_where_it_comes_from(self, database: str) -> None:
        execute(database, f"ALTER DATABASE {value(database, 'SELECT current_database()')} SET default_transaction_read_only = on")
        seen = look(database).server
        assert isinstance(seen, Server)
        assert (seen.read_only, seen.read_only_source, seen.standby) == (True, "database", False)

    def test_a_role_with_a_connection_limit(self, database: str, role: str) -> None:
        execute(database, f"ALTER ROLE {role} CONNECTION LIMIT 3")
        seen = look(as_role(database, role)).server
        assert isinstance(seen, Server)
        assert (seen.user, seen.superuser, seen.role_connection_limit, seen.role_connections) == (role, False, 3, 1)


class TestShape:
    def test_the_table_of_connect_pg_simple(self, database: str) -> None:
        execute(database, TABLE)
        table = table_of(database)
        assert (table.qualified, table.kind, table.persistence) == ('"public"."session"', Kind.TABLE, Persistence.LOGGED)
        assert [(c.name, c.type, c.not_null) for c in table.columns] == [
            ("sid", "character varying", True),
            ("sess", "json", True),
            ("expire", "timestamp(6) without time zone", True),
        ]
        assert table.arbiter is not None
        assert (table.arbiter.name, table.arbiter.constraint, table.arbiter.primary) == ("session_pkey", "session_pkey", True)
        assert table.expire_index is not None
        assert table.expire_index.name == "IDX_session_expire"
        assert (table.triggers, table.rules, table.policies, table.constraints) == ((), (), (), ())
        assert table.rights.missing == ()
        assert table.in_search_path
        assert not table.demanded

    @pytest.mark.parametrize(
        ("key", "usable"),
        [
            ("CREATE UNIQUE INDEX ON session (sid)", True),
            ("CREATE UNIQUE INDEX ON session (sid) INCLUDE (expire)", True),
            ("CREATE INDEX ON session (sid)", False),
            ("CREATE UNIQUE INDEX ON session (sid) WHERE expire > '2020-01-01'", False),
            ("CREATE UNIQUE INDEX ON session (lower(sid))", False),
            ("ALTER TABLE session ADD PRIMARY KEY (sid, expire)", False),
            ("ALTER TABLE session ADD PRIMARY KEY (sid) DEFERRABLE", False),
            ("ALTER TABLE session ADD UNIQUE (sid)", True),
        ],
    )
    def test_which_key_on_conflict_can_use(self, database: str, key: str, usable: bool) -> None:
        execute(database, "CREATE TABLE session (sid varchar NOT NULL, sess json NOT NULL, expire timestamp(6) NOT NULL)")
        execute(database, key)
        assert (table_of(database).arbiter is not None) is usable

    def test_an_index_whose_building_failed(self, database: str) -> None:
        execute(database, "CREATE TABLE session (sid varchar, sess json, expire timestamp)")
        execute(database, "INSERT INTO session VALUES ('twice', '{}', now()), ('twice', '{}', now())")
        with pytest.raises(UniqueViolation):
            execute(database, "CREATE UNIQUE INDEX CONCURRENTLY broken ON session (sid)")
        [index] = table_of(database).indexes
        assert (index.name, index.valid, index.unique, index.arbitrates("sid")) == ("broken", False, True, False)

    def test_columns_that_an_insert_leaves_empty(self, database: str) -> None:
        execute(database, TABLE)
        execute(
            database,
            """ALTER TABLE session ADD demanded text NOT NULL, ADD defaulted int NOT NULL DEFAULT 3,
            ADD numbered int GENERATED ALWAYS AS IDENTITY, ADD owner text GENERATED ALWAYS AS (sess ->> 'userId') STORED""",
        )
        table = table_of(database)
        assert [column.name for column in table.demanded] == ["demanded"]
        assert {c.name: (c.default, c.filled, c.generated) for c in table.columns[3:]} == {
            "demanded": (None, False, False),
            "defaulted": ("3", True, False),
            "numbered": (None, True, False),
            "owner": (None, True, True),
        }

    def test_guards_are_named_with_their_text(self, database: str) -> None:
        execute(database, TABLE)
        execute(
            database,
            """CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
            CREATE TRIGGER swallow BEFORE INSERT ON session FOR EACH ROW EXECUTE FUNCTION swallow();
            CREATE TRIGGER asleep BEFORE INSERT ON session FOR EACH ROW EXECUTE FUNCTION swallow();
            ALTER TABLE session DISABLE TRIGGER asleep;
            CREATE RULE nothing AS ON DELETE TO session DO INSTEAD NOTHING;
            CREATE POLICY own ON session FOR SELECT USING (sid <> 'x');
            ALTER TABLE session ENABLE ROW LEVEL SECURITY, ADD CHECK (expire > '2000-01-01'), SET UNLOGGED""",
        )
        table = table_of(database)
        assert [(t.name, t.enabled) for t in table.triggers] == [("asleep", False), ("swallow", True)]
        assert "BEFORE INSERT ON public.session" in table.triggers[1].definition
        assert table.rules == ("nothing",)
        [policy] = table.policies
        assert (policy.name, policy.command, policy.permissive, policy.for_me) == ("own", "r", True, True)
        assert policy.using is not None
        assert "sid" in policy.using
        assert policy.check is None
        assert [c.type for c in table.constraints] == ["c"]
        assert table.persistence is Persistence.UNLOGGED
        assert table.row_security_enabled
        assert not table.row_security, "a superuser is above row security"

    def test_rights_and_row_security_are_those_of_the_connected_role(self, database: str, role: str) -> None:
        execute(database, TABLE)
        execute(
            database,
            f"""GRANT SELECT, DELETE ON session TO {role}; ALTER TABLE session ENABLE ROW LEVEL SECURITY;
            CREATE POLICY mine ON session TO {role} USING (true); CREATE POLICY theirs ON session TO postgres USING (true)""",
        )
        table = table_of(as_role(database, role))
        assert table.rights.missing == ("INSERT", "UPDATE")
        assert table.rights.usage
        assert table.row_security
        assert [(p.name, p.for_me) for p in table.policies] == [("mine", True), ("theirs", False)]

    def test_rights_granted_by_column_suffice(self, database: str, role: str) -> None:
        execute(database, TABLE)
        execute(
            database,
            f"""GRANT SELECT (sid, sess, expire), INSERT (sid, sess, expire), UPDATE (sess, expire) ON session TO {role};
            GRANT DELETE ON session TO {role}""",
        )
        seen = look(as_role(database, role))
        assert isinstance(seen.table, TableShape)
        assert seen.table.rights.missing == ()
        assert isinstance(seen.experiment, Experiment)
        assert seen.experiment.passed

    def test_a_view_has_its_own_columns_and_the_key_of_the_table_behind_it(self, database: str) -> None:
        execute(database, TABLE.replace('"session"', '"stored"').replace("session_", "stored_"))
        execute(database, "CREATE VIEW session AS SELECT sid, sess, expire FROM stored WHERE expire > '2000-01-01'")
        seen = look(database)
        table = seen.table
        assert isinstance(table, TableShape)
        assert (table.kind, table.name) == (Kind.VIEW, "session")
        assert table.base is not None
        assert table.base.name == "stored"
        assert table.arbiter is not None
        assert table.arbiter.name == "stored_pkey"
        assert [column.not_null for column in table.columns] == [False, False, False]
        assert isinstance(seen.experiment, Experiment)
        assert seen.experiment.passed

    def test_changes_since_the_statistics_began(self, database: str) -> None:
        execute(database, TABLE)
        with Express(database) as express:
            for _ in range(3):
                express.save(touched=1)
        execute(database, "DELETE FROM session")
        table = table_of(database)
        assert (table.inserts, table.updates, table.deletes) == (3, 3, 3)

    def test_a_partitioned_table(self, database: str) -> None:
        execute(database, "CREATE TABLE session (sid varchar, sess json, expire timestamp) PARTITION BY RANGE (expire)")
        execute(database, "CREATE TABLE session_all PARTITION OF session DEFAULT")
        seen = look(database)
        assert isinstance(seen.table, TableShape)
        assert seen.table.kind is Kind.PARTITIONED
        assert [r.name for r in seen.relations] == ["session"], "a partition is no table of its own"


class TestChoice:
    def test_no_table_at_all(self, database: str) -> None:
        seen = look(database)
        assert seen.table is None
        assert seen.relations == ()
        assert isinstance(seen.rows, Unknown)
        assert "no session table" in seen.rows.why
        assert isinstance(seen.experiment, Unknown)

    def test_session_in_the_search_path_comes_first(self, database: str) -> None:
        execute(database, TABLE)
        execute(database, "CREATE TABLE user_sessions (LIKE session INCLUDING ALL)")
        with Express(database, table="user_sessions") as express:
            express.save()
        seen = look(database)
        assert isinstance(seen.table, TableShape)
        assert seen.table.name == "session"
        assert {(r.name, r.rows) for r in seen.relations} == {("session", 0), ("user_sessions", 1)}

    def test_a_custom_name_is_found_by_its_columns(self, database: str) -> None:
        name = '"The ""Web"" {Store} $1 %s"'
        execute(database, TABLE.replace('"session"', name).replace("session_", "store_"))
        seen = look(database)
        assert isinstance(seen.table, TableShape)
        assert seen.table.qualified == f'"public".{name}'
        assert isinstance(seen.rows, Rows)
        assert isinstance(seen.experiment, Experiment)
        assert seen.experiment.passed

    def test_of_several_the_one_in_use(self, database: str) -> None:
        execute(database, "CREATE TABLE old_sessions (sid varchar PRIMARY KEY, sess json, expire timestamp)")
        execute(database, "CREATE TABLE new_sessions (LIKE old_sessions INCLUDING ALL)")
        for name, ago in (("old_sessions", 90 * 86400.0), ("new_sessions", 60.0)):
            with Express(database, table=name) as express:
                express.save(ago)
        assert table_of(database).name == "new_sessions"

    def test_another_schema(self, database: str) -> None:
        execute(database, "CREATE SCHEMA auth; SET search_path = auth;" + TABLE)
        table = table_of(database)
        assert (table.schema, table.in_search_path) == ("auth", False)

    def test_the_one_of_another_library_only_where_there_is_no_other(self, database: str) -> None:
        execute(database, 'CREATE TABLE session (id text PRIMARY KEY, "expiresAt" timestamp, token text)')
        seen = look(database)
        assert isinstance(seen.table, TableShape)
        assert not seen.table.holds_sessions
        assert isinstance(seen.rows, Unknown)
        assert "no column sid, sess, expire" in seen.rows.why
        assert "42703" in [error.code for error in seen.errors]
        execute(database, "CREATE TABLE user_sessions (sid varchar PRIMARY KEY, sess json, expire timestamp)")
        assert table_of(database).name == "user_sessions"

    def test_what_another_schema_calls_session_is_not_it(self, database: str) -> None:
        execute(database, "CREATE SCHEMA auth; CREATE TABLE auth.session (id text PRIMARY KEY, token text)")
        seen = look(database)
        assert seen.table is None
        assert [(r.schema, r.in_search_path, r.holds_sessions) for r in seen.relations] == [("auth", False, False)]

    def test_a_table_half_created_is_the_table(self, database: str) -> None:
        execute(database, "CREATE TABLE session (sid varchar PRIMARY KEY)")
        execute(database, "CREATE TABLE other_sessions (sid varchar PRIMARY KEY, sess json, expire timestamp)")
        assert table_of(database).name == "session"

    @pytest.mark.parametrize("name", ["odd", "public.odd", '"odd"', '"public"."odd"'])
    def test_a_name_that_was_given(self, database: str, name: str) -> None:
        execute(database, TABLE)
        execute(database, "CREATE TABLE odd (sid varchar, sess json)")
        assert table_of(database, table=name).name == "odd"

    def test_a_name_that_was_given_and_is_not_there(self, database: str) -> None:
        execute(database, TABLE)
        seen = look(database, table="sesions")
        assert seen.table is None
        assert [relation.name for relation in seen.relations] == ["session"]

    def test_a_table_without_the_right_to_its_schema(self, database: str, role: str) -> None:
        execute(database, "CREATE SCHEMA auth; SET search_path = auth;" + TABLE)
        seen = look(as_role(database, role))
        assert isinstance(seen.table, TableShape)
        assert (seen.table.schema, seen.table.rights.usage) == ("auth", False)
        assert isinstance(seen.rows, Unknown)
        assert "42501" in seen.rows.why

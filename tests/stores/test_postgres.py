"""The PostgreSQL store on a real server: creation, checking, outages, zones. Its contract is tested in `tests/testing`."""

import asyncio
import logging
import time

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool

from sessile import ConfigurationError, PostgresStore, StoreUnavailable, TableError
from sessile.demo.postgres import EmbeddedPostgres
from sessile.errors import StoreError
from sessile.session.store import Answer, Create, Load, Stored, Update, Want

TEXT = '{"cookie":{"originalMaxAge":3600000,"expires":"2026-11-23T17:44:19.924Z","path":"/"},"user":"bob"}'


def later(seconds: int = 3600) -> int:
    """Epoch milliseconds, whole seconds, as the column keeps them."""
    return (int(time.time()) + seconds) * 1000


async def one(store: PostgresStore, want: Want) -> Answer | StoreError:
    (answer,) = await store.perform([want])
    return answer


def execute(url: str, *statements: str) -> list[tuple[object, ...]]:
    """Run statements as the superuser, and return the rows of the last."""
    rows: list[tuple[object, ...]] = []
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            cursor = connection.execute(statement.encode())
            rows = cursor.fetchall() if cursor.description else []
    return rows


class TestTimeZones:
    @pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/New_York"])
    async def test_of_the_connection_change_nothing(self, database: str, zone: str) -> None:
        execute(database, f"ALTER DATABASE {database.rpartition('/')[2]} SET timezone = '{zone}'")
        expires = later()
        store = PostgresStore(database)
        await store.open()
        await one(store, Create("abc", TEXT, expires))
        execute(database, f"ALTER DATABASE {database.rpartition('/')[2]} SET timezone = 'Australia/Eucla'")
        assert await one(store, Load("abc")) == Stored(TEXT, expires)
        await store.close()

    async def test_of_another_writer_are_refused_or_adopted(self, database: str) -> None:
        store = PostgresStore(database)
        await store.open()
        await store.close()
        for number in range(5):
            expires = f"2027-01-01T10:00:0{number}.500Z"
            execute(
                database,
                "SET timezone = 'Asia/Kolkata'",
                f"""INSERT INTO session VALUES ('{number}', '{{"cookie":{{"originalMaxAge":1,"expires":"{expires}"}}}}',
                    to_timestamp(ceil(extract(epoch FROM timestamptz '{expires}'))))""",
            )
        with pytest.raises(TableError, match=r"\+19800 s from time zone"):
            await PostgresStore(database).open()
        adopted = PostgresStore(database, time_zone="Asia/Kolkata")
        await adopted.open()
        loaded = await one(adopted, Load("3"))
        assert isinstance(loaded, Stored)
        assert loaded.expires == 1798797604000
        await adopted.close()

    @pytest.mark.parametrize("kind", ["timestamptz", "timestamptz(6)", "timestamp(3)"])
    async def test_any_timestamp_will_do(self, database: str, kind: str) -> None:
        execute(database, f"CREATE TABLE session (sid text PRIMARY KEY, sess jsonb NOT NULL, expire {kind} NOT NULL)")
        store, expires = PostgresStore(database), later()
        await store.open()
        stored = await one(store, Create("abc", TEXT, expires))
        assert isinstance(stored, str)
        assert await one(store, Update("abc", TEXT, expires, stored)) == stored
        assert await one(store, Load("abc")) == Stored(stored, expires)
        await store.close()


class TestMakingReady:
    async def test_the_page_says_the_table_is_in_order(self, database: str, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO, "sessile")
        for _ in range(2):
            store = PostgresStore(database)
            await store.open()
            await store.close()
        assert caplog.text.count("Session table exists and is properly configured") == 2
        assert execute(database, "SELECT conname FROM pg_constraint WHERE conrelid = 'session'::regclass AND contype = 'p'") == [
            ("session_pkey",)
        ]
        assert execute(database, "SELECT to_regclass('\"IDX_session_expire\"') IS NOT NULL") == [(True,)]

    @pytest.mark.parametrize("table", ["user_sessions", "Session", 'auth."odd.name"', "weird-name"])
    async def test_custom_names(self, database: str, table: str) -> None:
        execute(database, "CREATE SCHEMA auth")
        store = PostgresStore(database, table=table)
        await store.open()
        await one(store, Create("abc", TEXT, later()))
        assert isinstance(await one(store, Load("abc")), Stored)
        await store.close()

    async def test_fifty_stores_at_once_make_one_right_table(self, database: str) -> None:
        stores = [PostgresStore(database, pool_size=1, timeout=30) for _ in range(50)]
        await asyncio.gather(*(store.open() for store in stores))
        assert [await one(store, Load("x")) for store in stores] == [None] * 50
        await asyncio.gather(*(store.close() for store in stores))
        assert execute(database, "SELECT count(*) FROM pg_index WHERE indrelid = 'session'::regclass") == [(2,)]

    async def test_create_false_leaves_it_to_migrations(self, database: str) -> None:
        with pytest.raises(TableError, match=r"there is no table.*sessile table --create"):
            await PostgresStore(database, create=False).open()
        assert execute(database, "SELECT to_regclass('session')") == [(None,)]

    @pytest.mark.parametrize(
        ("ddl", "cause"),
        [
            ("CREATE TABLE session (id text, token text)", "boot-foreign-table"),
            ("CREATE TABLE session (sid varchar PRIMARY KEY, sess json)", "boot-table-half-created"),
            ("CREATE TABLE session (sid varchar(20) PRIMARY KEY, sess json, expire timestamp)", "save-sid-too-short"),
            ("CREATE TABLE session (sid uuid PRIMARY KEY, sess json, expire timestamp)", "save-sid-wrong-type"),
            ("CREATE TABLE session (sid varchar PRIMARY KEY, sess bytea, expire timestamp)", "save-sess-wrong-type"),
            ("CREATE TABLE session (sid varchar PRIMARY KEY, sess json, expire bigint)", "save-expire-wrong-type"),
            ("CREATE TABLE session (sid varchar PRIMARY KEY, sess json, expire date)", "live-expire-is-date"),
            (
                "CREATE TABLE session (sid varchar PRIMARY KEY, sess json, expire timestamp, u int NOT NULL)",
                "save-extra-column-required",
            ),
        ],
    )
    async def test_a_table_no_session_can_live_in_is_refused_with_the_fix(self, database: str, ddl: str, cause: str) -> None:
        execute(database, ddl)
        with pytest.raises(TableError, match=f"sessile fix {cause}"):
            await PostgresStore(database).open()

    async def test_a_start_that_is_refused_leaves_nothing_running(self, database: str) -> None:
        execute(database, "CREATE TABLE session (sid varchar(20) PRIMARY KEY, sess json, expire timestamp)")
        before = asyncio.all_tasks()
        with pytest.raises(TableError):
            await PostgresStore(database).open()
        assert asyncio.all_tasks() == before

    async def test_a_missing_key_is_named_but_no_reason_to_stop(self, database: str, caplog: pytest.LogCaptureFixture) -> None:
        execute(database, "CREATE TABLE session (sid varchar, sess json, expire timestamp)")
        store = PostgresStore(database)
        await store.open()
        assert "Session table creation warning" in caplog.text
        assert "sessile fix save-no-primary-key" in caplog.text
        await one(store, Create("abc", TEXT, later()))
        assert isinstance(await one(store, Load("abc")), Stored)
        await store.close()

    async def test_a_role_that_may_not_create_hears_what_to_do(self, database: str, server_url: str) -> None:
        role = f"poor_{time.time_ns()}"
        execute(database, f"CREATE ROLE {role} LOGIN")
        try:
            with pytest.raises(TableError, match=r"creation failed.*42501.*sessile table --sql"):
                await PostgresStore(database.replace("postgres@", f"{role}@")).open()
        finally:
            execute(server_url, f"DROP ROLE {role}")

    @pytest.mark.parametrize("url", ["", "  ", "mysql://u:hunter2@h/db", "postgres://u:hunter2@h:port/db"])
    def test_what_is_no_url_is_refused_without_its_password(self, url: str) -> None:
        with pytest.raises(ConfigurationError) as refused:
            PostgresStore(url)
        assert "hunter2" not in str(refused.value)


class TestOutages:
    async def test_a_stopped_server_is_unavailable_and_then_back(self) -> None:
        with EmbeddedPostgres() as server:
            store = PostgresStore(server.url())
            await store.open()
            await one(store, Create("abc", TEXT, later()))
            server.stop()
            down = await one(store, Load("abc"))
            assert isinstance(down, StoreUnavailable)
            assert "refused" in str(down)
            server.start()
            assert isinstance(await self._back(store, Load("abc")), Stored)
            server.kill()
            server.start()
            assert await self._back(store, Create("abd", TEXT, later())) == TEXT
            await store.close()

    async def test_at_the_start_do_not_outlive_their_cause(self, caplog: pytest.LogCaptureFixture) -> None:
        with EmbeddedPostgres() as server:
            server.stop()
            store = PostgresStore(server.url())
            await store.open()
            assert "session stopped at reach: unavailable" in caplog.text
            server.start()
            assert await self._back(store, Create("abc", TEXT, later())) == TEXT
            await store.close()

    async def test_a_locked_table_answers_in_time(self, database: str) -> None:
        store = PostgresStore(database, timeout=1.0)
        await store.open()
        async with await psycopg.AsyncConnection.connect(database) as blocker:
            await blocker.execute("LOCK TABLE session IN ACCESS EXCLUSIVE MODE")
            begun = time.monotonic()
            assert isinstance(await one(store, Load("abc")), StoreUnavailable)
            assert time.monotonic() - begun < 5
        assert await one(store, Load("abc")) is None
        await store.close()

    @staticmethod
    async def _back(store: PostgresStore, want: Want) -> Answer | StoreError:
        deadline = time.monotonic() + 20
        answer = await one(store, want)
        while isinstance(answer, StoreUnavailable) and time.monotonic() < deadline:
            await asyncio.sleep(0.2)
            answer = await one(store, want)
        return answer


async def test_a_pool_of_the_users_own_is_used_and_left_open(database: str) -> None:
    async with AsyncConnectionPool(database, min_size=1, max_size=2, open=False) as pool:
        store = PostgresStore(pool)
        await store.open()
        assert await one(store, Create("abc", TEXT, later())) == TEXT
        await store.close()
        assert execute(database, "SELECT count(*) FROM session") == [(1,)]
        async with pool.connection() as connection:
            await connection.execute("SELECT 1")


async def test_a_deferrable_key_spoils_a_good_one_beside_it(database: str, caplog: pytest.LogCaptureFixture) -> None:
    execute(
        database,
        "CREATE TABLE session (sid varchar PRIMARY KEY DEFERRABLE, sess json, expire timestamp)",
        "CREATE UNIQUE INDEX ON session (sid)",
    )
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
        execute(database, "INSERT INTO session VALUES ('a', '{}', now()) ON CONFLICT (sid) DO NOTHING")
    store = PostgresStore(database)
    await store.open()
    assert "sessile fix save-key-deferrable" in caplog.text
    await store.close()

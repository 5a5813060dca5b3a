"""Pruning deletes what is expired and nothing else, one pruner at a time, while everybody goes on."""

import multiprocessing
import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from sessile.stores.postgres.answering import answered
from sessile.stores.postgres.catalog import Statement
from sessile.stores.postgres.journal import Journal, last_words
from sessile.stores.postgres.layout import Layout
from sessile.stores.postgres.prune import BATCH, SPARED_SECONDS, Pruned, Sweep, due, script
from sessile.stores.postgres.readiness import laid_out
from sessile.stores.postgres.table import TableName
from tests.stores.writers import Express, execute, ready

EXPIRED = (
    "INSERT INTO {} SELECT 'old-' || n, '{{}}', now() AT TIME ZONE 'UTC' - interval '1 hour' - n * interval '1 ms'"
    " FROM generate_series(1, {}) AS n"
)


@pytest.fixture
def table(database: str) -> str:
    ready(database)
    return database


def layout(url: str, name: str = "session", time_zone: str | None = None) -> Layout:
    with psycopg.connect(url, autocommit=True) as connection:
        return answered(laid_out(TableName.parse(name), time_zone=time_zone), connection)


def ask(connection: psycopg.Connection[Any], statement: Statement[Any]) -> Any:
    cursor = psycopg.RawCursor(connection)
    return statement.parse(cursor.execute(statement.sql.encode(), statement.values or None).fetchall())


def prune(url: str, name: str = "session", time_zone: str | None = None) -> Pruned:
    """One pass, without its pauses."""
    sweep = Sweep(layout(url, name, time_zone))
    with psycopg.connect(url, autocommit=True) as connection:
        while sweep.note(ask(connection, sweep.statement()), 0.001) is not None:
            pass
    return sweep.result


def left(url: str) -> set[Any]:
    return {sid for (sid,) in execute(url, "SELECT sid FROM session")}


class TestWhatGoes:
    def test_is_what_expired_a_minute_ago(self, table: str) -> None:
        with Express(table) as express:
            express.save("lives")
            express.save("just-now", life=-SPARED_SECONDS + 20)
            express.save("a-while-ago", life=-SPARED_SECONDS - 20)
        assert prune(table) == Pruned(rows=1, batches=1, seconds=0.001)
        assert left(table) == {"lives", "just-now"}

    def test_is_more_than_a_batch(self, table: str) -> None:
        execute(table, EXPIRED.format("session", BATCH * 2 + 5))
        with psycopg.connect(table, autocommit=True) as connection:
            assert ask(connection, due(layout(table))) == BATCH * 2 + 5
        done = prune(table)
        assert (done.rows, done.batches) == (BATCH * 2 + 5, 3)
        assert left(table) == set()

    def test_whole_batches_that_expired_at_the_same_moment_go_too(self, table: str) -> None:
        execute(table, f"INSERT INTO session SELECT n, '{{}}', '2020-01-01' FROM generate_series(1, {BATCH * 2}) AS n")
        assert prune(table).rows == BATCH * 2

    def test_depends_on_no_time_zone(self, table: str) -> None:
        """A pruner in New York deletes nothing that lives in UTC, and one in India leaves nothing."""
        name = table.rpartition("/")[2]
        with Express(table) as express:
            express.save("lives", life=600)
            express.save("expired", life=-600)
        for zone in ("America/New_York", "Asia/Kolkata"):
            execute(table, f"ALTER DATABASE {name} SET timezone = '{zone}'")
            prune(table)
            assert left(table) == {"lives"}

    def test_is_told_by_a_zone_of_its_own(self, table: str) -> None:
        with Express(table, time_zone="Asia/Kolkata") as express:
            express.save("lives", life=600)
            express.save("expired", life=-600)
        assert prune(table, time_zone="Asia/Kolkata").rows == 1
        assert left(table) == {"lives"}

    @pytest.mark.parametrize("kind", ["timestamptz", "timestamptz(6)", "timestamp(3)"])
    def test_of_any_timestamp(self, database: str, kind: str) -> None:
        execute(database, f"CREATE TABLE session (sid text PRIMARY KEY, sess jsonb NOT NULL, expire {kind})")
        execute(database, EXPIRED.format("session", BATCH + 1), "INSERT INTO session VALUES ('-', '{}', NULL)")
        assert prune(database).rows == BATCH + 1
        assert left(database) == {"-"}

    def test_with_a_key_missing_a_living_row_of_the_same_id_stays(self, database: str) -> None:
        execute(
            database,
            "CREATE TABLE session (sid varchar, sess json, expire timestamp)",
            "INSERT INTO session VALUES ('a', '{}', '2020-01-01'), ('a', '{}', '2090-01-01')",
        )
        assert prune(database).rows == 1
        assert execute(database, "SELECT extract(year FROM expire)::int FROM session") == [(2090,)]

    def test_is_noted_in_the_journal(self, database: str) -> None:
        ready(database, journal=True, triggers=True)
        with Express(database) as express:
            express.save("expired-long-ago", life=-600)
        assert prune(database).rows == 1
        with psycopg.connect(database, autocommit=True) as connection:
            words = ask(connection, last_words(Journal(TableName("session_journal", "public")), "expired-long-ago"))
        assert [word.event for word in words] == ["pruned"]

    def test_a_row_that_somebody_holds_waits_for_the_next_pass(self, table: str) -> None:
        execute(table, EXPIRED.format("session", 10))
        with psycopg.connect(table) as holder:
            holder.execute("SELECT FROM session WHERE sid = 'old-3' FOR UPDATE")
            assert prune(table).rows == 9
            assert left(table) == {"old-3"}
        assert prune(table).rows == 1

    def test_through_a_view_and_from_partitions(self, database: str) -> None:
        execute(
            database,
            "CREATE TABLE kept (sid varchar NOT NULL, sess json NOT NULL, expire timestamp NOT NULL) PARTITION BY RANGE (expire)",
            "CREATE TABLE kept_old PARTITION OF kept FOR VALUES FROM ('2000-01-01') TO ('2021-01-01')",
            "CREATE TABLE kept_new PARTITION OF kept DEFAULT",
            "INSERT INTO kept SELECT n, '{}', '2020-01-01' FROM generate_series(1, 20) AS n",
            "INSERT INTO kept SELECT n, '{}', '2090-01-01' FROM generate_series(21, 40) AS n",
            "INSERT INTO kept SELECT n, '{}', '2022-01-01' FROM generate_series(41, 60) AS n",
            "CREATE TABLE behind (sid varchar PRIMARY KEY, sess json NOT NULL, expire timestamp NOT NULL)",
            "INSERT INTO behind VALUES ('old', '{}', '2020-01-01'), ('new', '{}', '2090-01-01')",
            "CREATE VIEW seen AS SELECT * FROM behind",
        )
        assert prune(database, "kept").rows == 40
        assert execute(database, "SELECT count(*), min(expire)::text FROM kept") == [(20, "2090-01-01 00:00:00")]
        assert prune(database, "seen").rows == 1
        assert execute(database, "SELECT sid FROM behind") == [("new",)]


class TestTwoPruners:
    def test_the_second_leaves_it_to_the_first(self, table: str) -> None:
        execute(table, EXPIRED.format("session", 5))
        sweep = Sweep(layout(table))
        with psycopg.connect(table) as first:
            assert ask(first, sweep.statement()).gone == 5
            assert prune(table) == Pruned(seconds=0.001, busy=True)
            assert len(left(table)) == 5
        assert left(table) == set()

    def test_of_two_tables_do_not_wait_for_each_other(self, table: str) -> None:
        ready(table, "other_sessions")
        execute(table, EXPIRED.format("other_sessions", 5))
        with psycopg.connect(table) as first:
            ask(first, Sweep(layout(table)).statement())
            assert prune(table, "other_sessions").rows == 5

    def test_in_processes_of_their_own_never_work_at_once(self, table: str) -> None:
        """Every batch that deletes holds the table's lock; who watches the locks never sees two."""
        execute(table, EXPIRED.format("session", BATCH * 12))
        # Each batch takes a moment, so that two at once would be seen.
        execute(
            table,
            "CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.001); RETURN OLD; END'",
            "CREATE TRIGGER slowly BEFORE DELETE ON session FOR EACH ROW WHEN (OLD.sid LIKE '%00') EXECUTE FUNCTION slowly()",
        )
        assert most_at_work(table, pruners=3) == 1
        assert left(table) == set()


def most_at_work(url: str, pruners: int) -> int:
    """Prune in so many processes until nothing is due, and watch how many of them work at the same time."""
    lock = layout(url).lock("prune")
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_prune_until_empty, args=(url,)) for _ in range(pruners)]
    for process in processes:
        process.start()
    most = 0
    holders = f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = 0 AND objid = {lock}"
    with psycopg.connect(url, autocommit=True) as watcher:
        while any(process.is_alive() for process in processes):
            [(now,)] = watcher.execute(holders.encode()).fetchall()
            most = max(most, now)
            time.sleep(0.001)
    assert [process.exitcode for process in processes] == [0] * pruners
    return most


def _prune_until_empty(url: str) -> None:
    while True:
        sweep = Sweep(layout(url))
        with psycopg.connect(url, autocommit=True) as connection:
            begun = time.monotonic()
            while (pause := sweep.note(ask(connection, sweep.statement()), time.monotonic() - begun)) is not None:
                time.sleep(pause)
                begun = time.monotonic()
            if not sweep.result.busy and ask(connection, due(sweep.layout)) == 0:
                return


class TestInTheDatabase:
    def test_the_job_of_a_scheduler_does_the_same(self, database: str) -> None:
        ready(database, journal=True)
        execute(database, EXPIRED.format("session", BATCH + 7))
        with Express(database) as express:
            express.save("lives")
        execute(database, script(layout(database)))
        assert left(database) == {"lives"}
        assert execute(database, "SELECT event, count(*) FROM session_journal GROUP BY 1") == [("pruned", BATCH + 7)]

    def test_and_leaves_it_to_another_that_is_at_work(self, table: str) -> None:
        execute(table, EXPIRED.format("session", 5))
        with psycopg.connect(table) as first:
            ask(first, Sweep(layout(table)).statement())
            execute(table, script(layout(table)))
            first.rollback()
        assert len(left(table)) == 5


def test_a_batch_reads_no_more_than_it_deletes(table: str) -> None:
    """It uses the index on expire, and begins where the one before it ended."""
    execute(table, EXPIRED.format("session", 20_000), "ANALYZE session")
    sweep = Sweep(layout(table))
    with psycopg.connect(table, autocommit=True) as connection:
        for _ in range(3):
            sweep.note(ask(connection, sweep.statement()), 0.001)
        statement = sweep.statement()
        cursor = psycopg.RawCursor(connection)
        plan = "\n".join(line for (line,) in cursor.execute(f"EXPLAIN {statement.sql}".encode(), statement.values).fetchall())
    assert 'Index Scan using "IDX_session_expire"' in plan
    assert "Tid Scan" in plan
    assert "expire >= " in plan
    assert "Seq Scan on session" not in plan


@pytest.fixture
def crowd(table: str) -> Iterator[list[float]]:
    """Logins, look-ups and touches of Express while the test runs; the list holds how long each took, in seconds."""
    took: list[float] = []
    over = threading.Event()

    def requests(number: int) -> None:
        with Express(table) as express:
            turn = 0
            while not over.is_set():
                turn += 1
                begun = time.monotonic()
                express.save(f"live-{number}-{turn % 50}")
                took.append(time.monotonic() - begun)

    threads = [threading.Thread(target=requests, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    yield took
    over.set()
    for thread in threads:
        thread.join()


def test_logins_go_on_meanwhile(table: str, crowd: list[float]) -> None:
    execute(table, EXPIRED.format("session", BATCH * 5))
    assert prune(table).rows == BATCH * 5
    assert all(str(sid).startswith("live-") for sid in left(table))
    assert len(crowd) > 0

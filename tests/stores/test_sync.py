"""The store of synchronous services: threads, time limits, outages, forks, poolers. Its contract is tested with the other's."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool, ConnectionPool

from sessile import ConfigurationError, MemoryStore, PostgresStore, SaveUnknown, StoreRefused, StoreTimeout, StoreUnavailable
from sessile.demo.postgres import EmbeddedPostgres
from sessile.errors import StoreError
from sessile.session.store import Answer, Create, Delete, Load, Replace, Stored, SyncStore, Touch, Update, Want
from tests.stores.test_processes import pooled
from tests.stores.writers import execute

__all__ = ["pooled"]

ROOT = Path(__file__).parents[2]
TEXT = '{"cookie":{"originalMaxAge":null,"expires":null},"user":"bob"}'
EXPIRES = (int(time.time()) + 3600) * 1000


def one(store: SyncStore, want: Want) -> Answer | StoreError:
    (answer,) = store.perform([want])
    return answer


def patiently(store: SyncStore, want: Want) -> Answer | StoreError:
    """The answer once the store is back, within 20 seconds."""
    deadline = time.monotonic() + 20
    while isinstance(answer := one(store, want), StoreUnavailable) and time.monotonic() < deadline:
        time.sleep(0.1)
    return answer


@pytest.fixture
def store(database: str) -> Iterator[SyncStore]:
    opened = PostgresStore(database, timeout=20).sync()
    opened.open()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def breakable() -> Iterator[EmbeddedPostgres]:
    """A server that these tests may stop."""
    with EmbeddedPostgres(settings={"fsync": "off", "synchronous_commit": "off"}) as server:
        yield server


def test_one_store_serves_both_worlds(database: str) -> None:
    store = PostgresStore(database)
    assert store.sync() is store.sync()
    memory = MemoryStore()
    assert one(memory.sync(), Create("a", TEXT, EXPIRES)) == TEXT
    assert memory.rows == {"a": Stored(TEXT, EXPIRES)}


def test_wants_of_several_kinds_are_answered_in_order_and_harm_no_other(store: SyncStore) -> None:
    store.perform([Create("a", TEXT, EXPIRES)])
    answers = store.perform([Create("b", TEXT, EXPIRES), Load("a"), Create("a", TEXT, EXPIRES), Touch("a", 1), Delete("zz")])
    assert answers[:2] == [TEXT, Stored(TEXT, EXPIRES)]
    assert isinstance(answers[2], StoreRefused)
    assert list(answers[3:]) == [True, False]


def test_the_journal_tells_how_a_session_began_and_ended(database: str) -> None:
    store = PostgresStore(database, journal=True, timeout=20).sync()
    store.open()
    store.perform([Create("a", TEXT, EXPIRES)])
    store.perform([Replace("a", "b", TEXT, EXPIRES)])
    store.perform([Delete("b")])
    store.close()
    events = execute(database, "SELECT session, event FROM session_journal ORDER BY at, id")
    assert sorted(events) == [("a", "created"), ("a", "regenerated"), ("b", "created"), ("b", "logged out")]


def test_threads_share_the_connections(database: str) -> None:
    store = PostgresStore(f"{database}?application_name=threads", pool_size=3, timeout=20).sync()
    store.open()

    def work(worker: int) -> None:
        for turn in range(20):
            name, text = f"{worker}-{turn}", json.dumps({"worker": worker, "turn": turn})
            assert one(store, Create(name, text, EXPIRES)) == text
            assert one(store, Load(name)) == Stored(text, EXPIRES)

    with ThreadPoolExecutor(12) as threads:
        list(threads.map(work, range(12)))
    ((open_now,),) = execute(database, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'threads'")
    assert 1 <= open_now <= 3
    store.close()


def test_a_thread_waits_for_a_connection_no_longer_than_its_limit(database: str) -> None:
    store = PostgresStore(database, pool_size=1, timeout=1).sync()
    store.open()
    with psycopg.connect(database) as blocker, ThreadPoolExecutor(1) as other:
        blocker.execute("LOCK TABLE session IN ACCESS EXCLUSIVE MODE")
        waiting = other.submit(one, store, Load("a"))
        deadline = time.monotonic() + 5
        while not execute(database, "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"):
            assert time.monotonic() < deadline
        answer = one(store, Load("b"))
        assert isinstance(answer, StoreUnavailable)
        assert answer.code in ("POOL_TIMEOUT", "")
        assert isinstance(waiting.result(), StoreUnavailable)
    assert one(store, Load("a")) is None
    store.close()


def test_what_takes_too_long_is_cancelled_in_the_server_too(database: str) -> None:
    store = PostgresStore(database, timeout=0.5).sync()
    store.open()
    assert one(store, Create("a", TEXT, EXPIRES)) == TEXT
    with psycopg.connect(database, autocommit=True) as admin, admin.transaction():
        admin.execute("LOCK TABLE session IN ACCESS EXCLUSIVE MODE")
        assert isinstance(one(store, Load("a")), StoreTimeout)
        assert isinstance(one(store, Update("a", "{}", EXPIRES, TEXT)), SaveUnknown)
        deadline = time.monotonic() + 5
        while execute(database, "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"):
            assert time.monotonic() < deadline, "it goes on in the server"
    assert one(store, Load("a")) == Stored(TEXT, EXPIRES)
    store.close()


def test_a_text_beyond_every_buffer_arrives_whole(store: SyncStore) -> None:
    long = json.dumps({"cookie": {}, "note": "é" * 4_000_000})
    assert one(store, Create("long", "{}", EXPIRES)) == "{}"
    assert one(store, Update("long", long, EXPIRES, "{}")) == long
    assert one(store, Load("long")) == Stored(long, EXPIRES)


def test_a_statement_outlives_a_change_of_its_table(store: SyncStore, database: str) -> None:
    assert one(store, Create("a", TEXT, EXPIRES)) == TEXT
    assert one(store, Load("a")) == Stored(TEXT, EXPIRES)
    execute(database, "ALTER TABLE session ALTER COLUMN sess TYPE jsonb USING sess::jsonb")
    found = one(store, Load("a"))
    assert isinstance(found, Stored)
    assert json.loads(found.text) == json.loads(TEXT)


def test_a_stopped_server_is_unavailable_and_then_back(breakable: EmbeddedPostgres, caplog: pytest.LogCaptureFixture) -> None:
    breakable.stop()
    store = PostgresStore(breakable.url()).sync()
    store.open()
    assert "session stopped at reach: unavailable" in caplog.text
    breakable.start()
    assert patiently(store, Create("a", TEXT, EXPIRES)) == TEXT
    breakable.stop()
    down = one(store, Load("a"))
    assert isinstance(down, StoreUnavailable)
    assert "refused" in str(down)
    begun = time.monotonic()
    assert all(isinstance(one(store, Load("a")), StoreUnavailable) for _ in range(20))
    assert time.monotonic() - begun < 2, "an outage that is known costs no time"
    breakable.start()
    assert patiently(store, Load("a")) == Stored(TEXT, EXPIRES)
    breakable.kill()
    breakable.start()
    assert patiently(store, Create("b", TEXT, EXPIRES)) == TEXT
    store.close()


def test_touches_that_can_wait_are_written_a_second_later_together(database: str) -> None:
    store = PostgresStore(database, timeout=20).sync()
    store.open()
    store.perform([Create(name, TEXT, EXPIRES) for name in "ab"])
    assert store.perform([Touch(name, EXPIRES + 60_000, lazily=True) for name in "ab"]) == [True, True]
    deadline = time.monotonic() + 10
    while [one(store, Load(name)) for name in "ab"] != [Stored(TEXT, EXPIRES + 60_000)] * 2:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    store.perform([Touch("a", EXPIRES + 120_000, lazily=True)])
    store.close()
    store.open()
    assert one(store, Load("a")) == Stored(TEXT, EXPIRES + 120_000)
    store.close()


def test_a_touch_is_kept_through_an_outage(breakable: EmbeddedPostgres) -> None:
    store = PostgresStore(breakable.url()).sync()
    store.open()
    store.perform([Create("t", TEXT, EXPIRES)])
    breakable.stop()
    assert store.perform([Touch("t", EXPIRES + 60_000, lazily=True)]) == (True,)
    time.sleep(1.5)
    breakable.start()
    deadline = time.monotonic() + 20
    while patiently(store, Load("t")) != Stored(TEXT, EXPIRES + 60_000):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    store.close()


LEAVES = """
import sys
from sessile import PostgresStore
from sessile.session.store import Touch
store = PostgresStore(sys.argv[1]).sync()
store.open()
store.perform([Touch("a", int(sys.argv[2]), lazily=True)])
"""


def test_what_waits_is_written_when_the_process_ends(store: SyncStore, database: str) -> None:
    one(store, Create("a", TEXT, EXPIRES))
    later = EXPIRES + 60_000
    subprocess.run([sys.executable, "-c", LEAVES, database, str(later)], check=True, timeout=60, cwd=ROOT / "src")
    assert one(store, Load("a")) == Stored(TEXT, later)


FORKS = """
import os, sys
from sessile import PostgresStore
from sessile.session.store import Load
store = PostgresStore(sys.argv[1]).sync()
store.open()
child = os.fork()
(found,) = store.perform([Load("a")])
if child:
    os.waitpid(child, 0)
    (found,) = store.perform([Load("a")])
print("found" if found else "lost", flush=True)
os._exit(0)
"""


def test_a_forked_process_has_connections_of_its_own(store: SyncStore, database: str) -> None:
    one(store, Create("a", TEXT, EXPIRES))
    ran = subprocess.run(
        [sys.executable, "-c", FORKS, database], check=True, timeout=60, cwd=ROOT / "src", capture_output=True, text=True
    )
    assert ran.stdout.split() == ["found", "found"]


@pytest.mark.parametrize("stated", ["", "?pgbouncer=true"], ids=["unannounced", "announced"])
def test_a_pooler_in_transaction_mode_loses_nothing(
    pooled: str, database: str, caplog: pytest.LogCaptureFixture, stated: str
) -> None:
    store = PostgresStore(pooled + stated, pool_size=6, timeout=20).sync()
    store.open()

    def work(worker: int) -> None:
        for turn in range(15):
            text = f'{{"worker":{worker},"turn":{turn}}}'
            assert one(store, Create(f"{worker}-{turn}", text, EXPIRES)) == text
            assert one(store, Load(f"{worker}-{turn}")) == Stored(text, EXPIRES)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(8)))
    store.close()
    assert execute(database, "SELECT count(*) FROM session") == [(120,)]
    if stated:
        assert "say so with ?pgbouncer=true" not in caplog.text


@pytest.mark.parametrize("autocommit", [True, False])
def test_a_pool_of_the_users_own_is_used_and_left_open(database: str, autocommit: bool) -> None:
    with ConnectionPool(database, min_size=1, max_size=2, kwargs={"autocommit": autocommit}, open=True) as pool:
        store = PostgresStore(pool, triggers=True).sync()
        store.open()
        assert one(store, Create("a", TEXT, EXPIRES)) == TEXT
        store.close()
        assert execute(database, "SELECT count(*) FROM session") == [(1,)]
        with pool.connection() as connection:
            connection.execute("SELECT 1")


async def test_a_pool_of_the_other_world_is_refused(database: str) -> None:
    with pytest.raises(ConfigurationError, match="ConnectionPool"):
        PostgresStore(AsyncConnectionPool(database, open=False)).sync()
    with pytest.raises(ConfigurationError, match="AsyncConnectionPool"):
        await PostgresStore(ConnectionPool(database, open=False)).open()


def test_many_threads_at_the_start_make_one_right_table(database: str) -> None:
    store = PostgresStore(database, timeout=20).sync()
    barrier = threading.Barrier(16)

    def first(number: int) -> object:
        barrier.wait()
        return one(store, Create(str(number), TEXT, EXPIRES))

    with ThreadPoolExecutor(16) as threads:
        assert list(threads.map(first, range(16))) == [TEXT] * 16
    store.close()

"""A connection that is held between statements: what a change of the table, a lock, a long text and the pool do to it."""

import asyncio
import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest

from sessile import PostgresStore
from sessile.demo.postgres import EmbeddedPostgres
from sessile.errors import StoreError, StoreTimeout
from sessile.session.store import Answer, Create, Load, Stored, Update, Want
from sessile.stores.postgres import connections

EXPIRES = (int(time.time()) + 3600) * 1000
TEXT = '{"cookie":{"originalMaxAge":null,"expires":null},"user":"bob"}'


@pytest.fixture
def admin(database: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


async def one(store: PostgresStore, want: Want) -> Answer | StoreError:
    (answer,) = await store.perform([want])
    return answer


def nobody_waits(admin: psycopg.Connection) -> bool:
    """Whether within 5 seconds no statement waits for a lock any more."""
    for _ in range(50):
        if not admin.execute(b"SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'").fetchall():
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE session ALTER COLUMN sid TYPE text",
        "ALTER TABLE session ALTER COLUMN sess TYPE jsonb USING sess::jsonb",
        "ALTER TABLE session ADD COLUMN note text",
    ],
)
async def test_a_statement_outlives_a_change_of_its_table(database: str, admin: psycopg.Connection, change: str) -> None:
    store = PostgresStore(database)
    await store.open()
    try:
        for turn in range(4):
            assert isinstance(await one(store, Create(f"before-{turn}", TEXT, EXPIRES)), str)
        admin.execute(change.encode())
        for turn in range(4):
            created = await one(store, Create(f"after-{turn}", TEXT, EXPIRES))
            assert isinstance(created, str)
            found = await one(store, Load(f"after-{turn}"))
            assert isinstance(found, Stored)
            assert json.loads(found.text) == json.loads(TEXT)
    finally:
        await store.close()


async def test_a_text_beyond_every_buffer_arrives_whole(database: str) -> None:
    store = PostgresStore(database, timeout=20)
    await store.open()
    try:
        long = json.dumps({"cookie": {}, "note": "é" * 4_000_000})
        assert await one(store, Create("long", "{}", EXPIRES)) == "{}"
        assert await one(store, Update("long", long, EXPIRES, "{}")) == long
        found = await one(store, Load("long"))
        assert found == (long, EXPIRES)
    finally:
        await store.close()


async def test_what_takes_too_long_is_cancelled_in_the_server_too(database: str, admin: psycopg.Connection) -> None:
    store = PostgresStore(database, timeout=0.5)
    await store.open()
    try:
        assert await one(store, Create("a", TEXT, EXPIRES)) == TEXT
        with admin.transaction():
            admin.execute(b"LOCK TABLE session IN ACCESS EXCLUSIVE MODE")
            assert isinstance(await one(store, Load("a")), StoreTimeout)
            assert await asyncio.to_thread(nobody_waits, admin)
        assert await one(store, Load("a")) == (TEXT, EXPIRES)
    finally:
        await store.close()


async def test_a_connection_comes_back_from_the_pool_with_its_statements(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "KEPT_SECONDS", 0.0)
    store = PostgresStore(database, pool_size=1)
    await store.open()
    try:
        assert await one(store, Create("a", TEXT, EXPIRES)) == TEXT
        for _ in range(5):
            assert await one(store, Load("a")) == (TEXT, EXPIRES)
    finally:
        await store.close()


@pytest.mark.parametrize("server_too", [False, True], ids=["backend killed", "server killed"])
async def test_a_connection_lost_under_a_statement_is_told_of_at_once(server_too: bool, caplog: pytest.LogCaptureFixture) -> None:
    with EmbeddedPostgres() as server:
        store = PostgresStore(f"{server.url()}?application_name=lost", pool_size=1, timeout=30)
        await store.open()
        assert await one(store, Create("a", TEXT, EXPIRES)) == TEXT
        with closing(psycopg.connect(server.url())) as watch:
            (asked,) = watch.execute(b"SELECT pid FROM pg_stat_activity WHERE application_name = 'lost'").fetchall()
            watch.execute(b"LOCK TABLE session IN ACCESS EXCLUSIVE MODE")
            loading = asyncio.create_task(one(store, Load("a")))
            await asyncio.sleep(0.3)
            begun = time.monotonic()
            for process in (server.pid, *asked) if server_too else asked:
                os.kill(process, signal.SIGKILL)
            lost = await loading
        assert time.monotonic() - begun < 25
        if server_too:
            assert isinstance(lost, StoreError)
        else:
            # A server that recovers soon enough from a backend's death answers the look-up when it is tried again.
            assert isinstance(lost, StoreError) or lost == (TEXT, EXPIRES)
        assert "Exception in callback" not in caplog.text
        await store.close()

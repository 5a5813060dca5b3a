"""A user's sessions as a service asks for them: listed, ended one by one or all but one, whoever made them."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from datetime import timedelta

import psycopg
import pytest

from sessile import ConfigurationError, PostgresStore, StoreUnavailable
from sessile.session.store import Create, Load
from sessile.session.user import key_of
from tests.stores.writers import Express, execute

TEXT = '{"cookie":{"originalMaxAge":3600000,"expires":null,"path":"/"},"userId":7,"sessile":{"created":1700000000000}}'


@pytest.fixture
async def store(database: str) -> AsyncIterator[PostgresStore]:
    opened = PostgresStore(database, users=True, journal=True)
    await opened.open()
    yield opened
    await opened.close()
    opened.sync().close()


@pytest.fixture
async def living(store: PostgresStore, database: str) -> str:
    """Three sessions of user 7, two of Express and one of ours, and one of user 8."""
    await store.perform([Create("ours", TEXT, (int(time.time()) + 3600) * 1000)])
    with Express(database) as express:
        express.save("phone", life=7200, userId=7, device="Phone")
        express.save("desk", life=3600, userId="7")
        express.save("other", userId=8)
    return database


def left(url: str) -> set[object]:
    return {sid for (sid,) in execute(url, "SELECT sid FROM session")}


@pytest.mark.usefixtures("living")
class TestListing:
    async def test_the_session_that_asks_comes_first(self, store: PostgresStore) -> None:
        first, *others = await store.sessions_of(7, current="desk")
        assert (first.key, first.current) == (key_of("desk"), True)
        assert {(one.key, one.device) for one in others} == {(key_of("phone"), "Phone"), (key_of("ours"), "")}
        assert not any(one.current for one in others)
        assert (await store.sessions_of("nobody"), await store.sessions_of("\0")) == ((), ())

    async def test_the_same_for_threads(self, store: PostgresStore) -> None:
        assert store.sync().sessions_of("7", current="desk") == await store.sessions_of(7, current="desk")

    async def test_is_refused_where_nobody_asked_for_users(self, database: str) -> None:
        store = PostgresStore(database)
        with pytest.raises(ConfigurationError, match="users=True"):
            await store.sessions_of(7)
        await store.close()


class TestRevoking:
    @pytest.mark.parametrize("threads", [False, True])
    async def test_one(self, store: PostgresStore, living: str, threads: bool) -> None:
        async def revoke(user: int, key: str) -> bool:
            return store.sync().revoke(user, key) if threads else await store.revoke(user, key)

        assert await revoke(7, key_of("phone")) is True
        assert await revoke(7, key_of("phone")) is False
        assert left(living) == {"ours", "desk", "other"}
        assert execute(living, "SELECT event, session FROM session_journal WHERE event <> 'created'") == [("revoked", "phon")]

    async def test_another_s_session_stays(self, store: PostgresStore, living: str) -> None:
        for key in (key_of("other"), "", "' OR true --", "\0" * 16, "é" * 16):
            assert await store.revoke(7, key) is False
        assert len(left(living)) == 4

    @pytest.mark.parametrize("threads", [False, True])
    async def test_all_others_after_a_change_of_password(self, store: PostgresStore, living: str, threads: bool) -> None:
        if threads:
            assert store.sync().revoke_all(7, but="ours") == 2
        else:
            assert await store.revoke_all(7, but="ours") == 2
        assert left(living) == {"ours", "other"}

    async def test_all(self, store: PostgresStore, living: str) -> None:
        assert await store.revoke_all(7) == 3
        assert left(living) == {"other"}
        assert list(await store.perform([Load("ours")])) == [None]

    async def test_more_than_are_read_at_once(self, store: PostgresStore, living: str) -> None:
        text = '{"cookie":{},"userId":9}'
        execute(living, f"INSERT INTO session SELECT n, '{text}', now() + interval '1 day' FROM generate_series(1, 1203) AS n")
        assert await store.revoke_all(9) == 1203
        assert len(left(living)) == 4


class TestPruning:
    async def test_by_the_store(self, store: PostgresStore, living: str) -> None:
        with Express(living) as express:
            express.save("expired", life=-600)
        assert (await store.prune()).rows == 1
        with Express(living) as express:
            express.save("expired", life=-600)
        assert store.sync().prune().rows == 1
        assert len(left(living)) == 4

    @pytest.mark.parametrize("threads", [False, True])
    async def test_again_and_again_from_its_start_to_its_stop(
        self, store: PostgresStore, living: str, threads: bool, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO, "sessile")
        every = timedelta(seconds=1)
        pruner = store.sync().pruner(every) if threads else store.pruner(every)
        with Express(living) as express:
            express.save("expired", life=-600)
            await asyncio.sleep(0.1)
            assert len(left(living)) == 5, "nothing is started before start"
            pruner.start()
            pruner.start()
            for turn in range(2):
                deadline = time.monotonic() + 20
                while len(left(living)) > 4:
                    assert time.monotonic() < deadline
                    await asyncio.sleep(0.02)
                express.save(f"expired-{turn}", life=-600)
            stopped = pruner.stop()
            if stopped is not None:
                await stopped
        assert "1 expired sessions pruned" in caplog.text

    async def test_ends_with_the_store(self, database: str) -> None:
        store = PostgresStore(database)
        await store.open()
        pruner = store.pruner(timedelta(seconds=1))
        pruner.start()
        store.sync().pruner(timedelta(seconds=1)).start()
        await store.close()
        store.sync().close()
        with psycopg.connect(database) as connection:
            others = connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            assert others.fetchall() == [(0,)]

    async def test_an_outage_is_a_line_in_the_log(self, caplog: pytest.LogCaptureFixture) -> None:
        store = PostgresStore("postgresql://nobody@127.0.0.1:1/none", timeout=0.5)
        with pytest.raises(StoreUnavailable):
            await store.prune()
        async with store.pruner(timedelta(seconds=1)):
            deadline = time.monotonic() + 20
            while "were not pruned" not in caplog.text:
                assert time.monotonic() < deadline
                await asyncio.sleep(0.02)
        await store.close()

    def test_every_moment_is_refused(self) -> None:
        with pytest.raises(ConfigurationError, match="every second at most"):
            PostgresStore("postgresql://h/d").pruner(timedelta(0))

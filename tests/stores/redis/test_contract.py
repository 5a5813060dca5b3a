"""The Redis store holds to the contract of every store, for asynchronous services and for threads."""

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from redis.asyncio import Redis

from lab.ports import free_port
from lab.redis import RedisServer
from sessile import ConfigurationError, RedisStore
from sessile.errors import StoreError, StoreRefused, StoreUnavailable
from sessile.session.store import Create, Load, Stored, SyncStore, Touch, Update
from sessile.stores.redis.commands import NO_END
from sessile.testing import StoreConformance
from sessile.testing.contract import BOB, later
from tests.redis_servers import redis_at


class TestRedisStore(StoreConformance):
    keeps_expired = False

    @pytest.fixture
    def store(self, redis_server: RedisServer) -> RedisStore:
        return RedisStore(redis_server.url, prefix=secrets.token_hex(4))


class TestTheSyncRedisStore(StoreConformance):
    keeps_expired = False

    @pytest.fixture
    def store(self, redis_server: RedisServer) -> SyncStore:
        return RedisStore(redis_server.url, prefix=secrets.token_hex(4)).sync()


class OnAClient(RedisStore):
    """A store on a client of the user's own, which the user closes."""

    def __init__(self, url: str) -> None:
        self.client = Redis.from_url(url, decode_responses=True)
        super().__init__(self.client, prefix=secrets.token_hex(4))

    async def close(self) -> None:
        await super().close()
        await self.client.aclose()


class TestAClientOfTheUsersOwn(StoreConformance):
    keeps_expired = False

    @pytest.fixture
    def store(self, redis_server: RedisServer) -> RedisStore:
        return OnAClient(redis_server.url)


@pytest.fixture
def plain(redis_server: RedisServer) -> Iterator[Any]:
    """A client of the test's own, on an empty server."""
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
        yield client


class TestWhatStandsInRedis:
    async def test_is_what_connect_redis_writes(self, redis_server: RedisServer, plain: Any) -> None:
        store = RedisStore(redis_server.url)
        await store.perform([Create("abc", BOB, later(60))])
        assert plain.get("sess:abc") == BOB.encode()
        assert plain.ttl("sess:abc") in range(57, 62)
        await store.close()

    async def test_without_a_time_limit_lives(self, redis_server: RedisServer, plain: Any) -> None:
        """connect-redis with disableTTL."""
        plain.set("sess:abc", BOB)
        store = RedisStore(redis_server.url)
        assert list(await store.perform([Load("abc")])) == [Stored(BOB, NO_END)]
        assert list(await store.perform([Touch("abc", later())])) == [True]
        assert plain.ttl("sess:abc") == -1
        await store.close()

    async def test_that_is_no_text_is_kept_as_it_is(self, redis_server: RedisServer, plain: Any) -> None:
        plain.set("sess:odd", b"\xff\xfe")
        plain.rpush("sess:list", "a")
        store = RedisStore(redis_server.url)
        odd, listed = await store.perform([Load("odd"), Load("list")])
        assert isinstance(odd, Stored)
        assert isinstance(listed, StoreRefused)
        [updated] = await store.perform([Update("odd", BOB, later(), odd.text)])
        assert updated == BOB
        await store.close()

    async def test_is_gone_once_it_has_expired(self, redis_server: RedisServer, plain: Any) -> None:
        store = RedisStore(redis_server.url)
        await store.perform([Create("abc", BOB, later(-10))])
        deadline = later(20)
        while (await store.perform([Load("abc")]))[0] is not None:
            assert later(0) < deadline
        assert plain.keys() == []
        await store.close()


class TestItsServer:
    async def test_that_may_evict_sessions_is_named(
        self, redis_server: RedisServer, plain: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        plain.config_set("maxmemory", "100mb")
        plain.config_set("maxmemory-policy", "allkeys-lru")
        try:
            store = RedisStore(redis_server.url)
            await store.open()
            assert "maxmemory-policy allkeys-lru" in caplog.text
            caplog.clear()
            store.sync().open()
            assert "maxmemory-policy allkeys-lru" in caplog.text
            store.sync().close()
            await store.close()
        finally:
            plain.config_set("maxmemory", "0")
            plain.config_set("maxmemory-policy", "noeviction")

    async def test_that_is_full_is_an_outage_and_no_logout(self, redis_server: RedisServer, plain: Any) -> None:
        store = RedisStore(redis_server.url)
        await store.perform([Create("abc", BOB, later())])
        plain.config_set("maxmemory", "1")
        try:
            answers = await store.perform([Create("abd", BOB, later()), Update("abc", BOB, later(), BOB), Load("abc")])
        finally:
            plain.config_set("maxmemory", "0")
        created, updated, loaded = answers
        assert isinstance(created, StoreUnavailable)
        assert isinstance(updated, StoreUnavailable)
        assert (created.code, updated.code) == ("OOM", "OOM")
        assert isinstance(loaded, Stored)
        await store.close()

    async def test_that_refuses_the_login_does_not_start(self, redis_server: RedisServer, plain: Any) -> None:
        plain.config_set("requirepass", "right")
        try:
            url = redis_server.url.replace("redis://", "redis://:wrong@")
            with pytest.raises(ConfigurationError, match="refuses the login"):
                await RedisStore(url).open()
            with pytest.raises(ConfigurationError, match="refuses the login"):
                RedisStore(url).sync().open()
            with pytest.raises(ConfigurationError, match="refuses the login"):
                await RedisStore(redis_server.url).open()
        finally:
            plain.execute_command("AUTH", "right")
            plain.config_set("requirepass", "")

    async def test_whose_role_may_not_write_refuses(self, redis_server: RedisServer, plain: Any) -> None:
        plain.execute_command("ACL", "SETUSER", "reader", "on", ">pw", "~*", "+@read", "+info")
        store = RedisStore(redis_server.url.replace("redis://", "redis://reader:pw@"))
        await store.open()
        [answer] = await store.perform([Create("abc", BOB, later())])
        assert isinstance(answer, StoreError)
        assert answer.code == "NOPERM"
        await store.close()

    async def test_in_a_cluster_does_not_start(self, tmp_path: Path) -> None:
        with (
            redis_at(tmp_path, cluster_enabled="yes", cluster_port=str(free_port())) as server,
            pytest.raises(ConfigurationError, match="Redis Cluster"),
        ):
            await RedisStore(server.url).open()

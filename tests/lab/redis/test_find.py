"""What takes sessions out of a real Redis, or keeps them from being read."""

from pathlib import Path

import pytest

from lab.redis import RedisServer
from sessile.doctor.diagnosis import Verdict
from tests.lab.redis.scene import AFTER_THE_START, UNKNOWN_ID, client, confirmed, diagnosed, notes, save, session, until, visit


class TestFind:
    @pytest.mark.provokes("find-redis-evicts")
    def test_sessions_are_evicted(self, in_memory: RedisServer, tmp_path: Path) -> None:
        save(in_memory.url, 300)
        with client(in_memory.url) as admin:
            admin.config_set("maxmemory-policy", "allkeys-lru")
            admin.config_set("maxmemory", admin.info("memory")["used_memory"] - 50_000)
            until(lambda: admin.info("stats")["evicted_keys"] > 0)
            admin.config_set("maxmemory", 0)
            left = save(in_memory.url, 5)
            admin.config_set("maxmemory", "1gb")
        assert left
        found = diagnosed(in_memory.url, tmp_path)
        assert confirmed(found) == ["find-redis-evicts"]

    def test_a_cookie_whose_session_was_evicted(self, in_memory: RedisServer, tmp_path: Path) -> None:
        with client(in_memory.url) as admin:
            admin.mset({f"cache:{number}": "x" * 1000 for number in range(300)})
            save(in_memory.url, 5)
            admin.config_set("maxmemory-policy", "allkeys-random")
            admin.config_set("maxmemory", admin.info("memory")["used_memory"] - 50_000)
            until(lambda: admin.info("stats")["evicted_keys"] > 0)
            admin.config_set("maxmemory", "1gb")
        found = diagnosed(in_memory.url, tmp_path)
        assert confirmed(found) == []
        assert "find-redis-evicts" in notes(found)
        assert "find-redis-evicts" in confirmed(diagnosed(in_memory.url, tmp_path, visit(UNKNOWN_ID, ago=AFTER_THE_START)))

    def test_a_policy_that_has_evicted_nothing(self, server: RedisServer, tmp_path: Path) -> None:
        save(server.url)
        with client(server.url) as admin:
            admin.config_set("maxmemory-policy", "volatile-lru")
            admin.config_set("maxmemory", "1gb")
        found = diagnosed(server.url, tmp_path)
        assert (confirmed(found), notes(found), found.verdict) == ([], ["find-redis-evicts"], Verdict.HEALTHY)

    @pytest.mark.provokes("find-redis-restarted")
    def test_a_restart_without_data(self, in_memory: RedisServer, tmp_path: Path) -> None:
        [sid] = save(in_memory.url, 1)
        in_memory.kill()
        in_memory.start()
        save(in_memory.url)
        found = diagnosed(in_memory.url, tmp_path, visit(sid, ago=3600))
        assert confirmed(found) == ["find-redis-restarted"]
        alone = diagnosed(in_memory.url, tmp_path)
        assert (confirmed(alone), notes(alone)) == ([], ["find-redis-restarted"])

    def test_a_restart_with_data(self, server: RedisServer, tmp_path: Path) -> None:
        [sid] = save(server.url, 1)
        server.kill()
        server.start()
        found = diagnosed(server.url, tmp_path, visit(sid, ago=3600, status=200))
        assert (confirmed(found), notes(found), found.verdict) == ([], [], Verdict.HEALTHY)

    @pytest.mark.provokes("find-redis-flushed")
    def test_somebody_flushed(self, server: RedisServer, tmp_path: Path) -> None:
        with client(server.url) as admin:
            admin.flushall()
        found = diagnosed(server.url, tmp_path, visit(UNKNOWN_ID, ago=AFTER_THE_START))
        assert confirmed(found) == ["find-redis-flushed"]
        assert notes(diagnosed(server.url, tmp_path)) == ["find-redis-flushed"]

    @pytest.mark.provokes("find-redis-other-database")
    def test_the_session_is_in_another_database(self, server: RedisServer, tmp_path: Path) -> None:
        [sid] = save(f"{server.url}/1", 1)
        found = diagnosed(server.url, tmp_path, visit(sid))
        assert confirmed(found) == ["find-redis-other-database"]
        alone = diagnosed(server.url, tmp_path)
        assert (confirmed(alone), notes(alone), alone.verdict) == ([], ["find-redis-other-database"], Verdict.HEALTHY)

    def test_a_cache_in_another_database(self, server: RedisServer, tmp_path: Path) -> None:
        save(server.url)
        with client(f"{server.url}/1") as cache:
            cache.mset({f"page:{number}": "x" for number in range(200)})
        found = diagnosed(server.url, tmp_path)
        assert (confirmed(found), notes(found), found.verdict) == ([], [], Verdict.HEALTHY)

    @pytest.mark.provokes("find-redis-prefix-differs")
    def test_several_prefixes(self, server: RedisServer, tmp_path: Path) -> None:
        save(server.url)
        save(server.url, prefix="shop-admin:")
        found = diagnosed(server.url, tmp_path)
        assert (confirmed(found), notes(found)) == ([], ["find-redis-prefix-differs"])

    def test_a_user_who_is_let_in_while_redis_has_no_session(self, server: RedisServer, tmp_path: Path) -> None:
        found = diagnosed(server.url, tmp_path, visit(UNKNOWN_ID, ago=AFTER_THE_START, status=200))
        assert confirmed(found) == ["find-sessions-kept-elsewhere"]


class TestLive:
    @pytest.mark.provokes("live-redis-ends-early")
    def test_keys_end_before_their_cookies(self, server: RedisServer, tmp_path: Path) -> None:
        save(server.url, seconds=1800)
        found = diagnosed(server.url, tmp_path)
        assert (confirmed(found), notes(found)) == ([], ["live-redis-ends-early"])
        suffering = diagnosed(server.url, tmp_path, visit(UNKNOWN_ID, ago=7200))
        assert "live-redis-ends-early" in [one.cause.id for one in suffering.causes]

    def test_a_touch_lets_a_key_outlive_what_its_value_says(self, server: RedisServer, tmp_path: Path) -> None:
        save(server.url, text=session(age=DAY_BEFORE_LAST), seconds=7 * 86_400)
        found = diagnosed(server.url, tmp_path)
        assert (confirmed(found), found.verdict) == ([], Verdict.HEALTHY)

    @pytest.mark.provokes("live-redis-never-ends")
    def test_keys_without_an_end(self, server: RedisServer, tmp_path: Path) -> None:
        save(server.url, seconds=None)
        found = diagnosed(server.url, tmp_path)
        assert (confirmed(found), notes(found), found.verdict) == ([], ["live-redis-never-ends"], Verdict.HEALTHY)

    def test_seconds_taken_for_milliseconds(self, server: RedisServer, tmp_path: Path) -> None:
        save(server.url, text=session(age=86_400), seconds=86)
        assert confirmed(diagnosed(server.url, tmp_path)) == ["live-max-age-in-seconds"]


DAY_BEFORE_LAST = 2 * 86_400_000


class TestRead:
    @pytest.mark.provokes("read-redis-value-foreign")
    def test_another_type_under_the_prefix(self, server: RedisServer, tmp_path: Path) -> None:
        save(server.url)
        with client(server.url) as other:
            other.hset(f"sess:{UNKNOWN_ID}", "userId", "7")
        assert notes(diagnosed(server.url, tmp_path)) == ["read-redis-value-foreign"]
        found = diagnosed(server.url, tmp_path, visit(UNKNOWN_ID))
        assert confirmed(found) == ["read-redis-value-foreign"]

    @pytest.mark.parametrize("text", ["\x80pickled", '"text"', '{"userId":7}'])
    def test_no_session_of_express(self, server: RedisServer, tmp_path: Path, text: str) -> None:
        save(server.url)
        [sid] = save(server.url, 1, text=text)
        assert notes(diagnosed(server.url, tmp_path)) == ["read-redis-value-foreign"]
        assert confirmed(diagnosed(server.url, tmp_path, visit(sid))) == ["read-redis-value-foreign"]

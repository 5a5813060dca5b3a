"""A Redis in order, which the doctor neither blames nor changes."""

from pathlib import Path

from lab.redis import RedisServer
from sessile.doctor.diagnosis import State, Verdict
from sessile.doctor.facts.evidence import Unknown
from sessile.doctor.facts.redis import Keys
from sessile.session.outcome import Station
from tests.lab.redis.scene import client, confirmed, diagnosed, facts, notes, save, visit


class TestHealthy:
    def test_sessions_in_order(self, server: RedisServer, tmp_path: Path) -> None:
        [sid, *_] = save(server.url)
        found = diagnosed(server.url, tmp_path, visit(sid, status=200))
        assert (confirmed(found), notes(found), found.verdict) == ([], [], Verdict.HEALTHY)
        passed = {stop.station for stop in found.journey if stop.state is State.OK}
        assert {Station.REACH, Station.SAVE, Station.FIND, Station.LIVE, Station.READ} <= passed

    def test_nothing_is_written(self, server: RedisServer, tmp_path: Path) -> None:
        save(server.url)
        with client(server.url) as seen:
            before = (seen.info("persistence")["rdb_changes_since_last_save"], seen.dbsize(), seen.info("replication"))
            diagnosed(server.url, tmp_path)
            after = (seen.info("persistence")["rdb_changes_since_last_save"], seen.dbsize(), seen.info("replication"))
        assert before == after

    def test_keys_is_never_asked(self, server: RedisServer, tmp_path: Path) -> None:
        save(server.url)
        with client(server.url) as seen:
            diagnosed(server.url, tmp_path)
            assert "cmdstat_keys" not in seen.info("commandstats")

    def test_sessions_among_many_other_keys(self, server: RedisServer, tmp_path: Path) -> None:
        save(server.url, 4, prefix="connect-")
        with client(server.url) as other:
            other.mset({f"cache:{number}:{'k' * 30}": "x" for number in range(3000)})
            other.mset({f"user:{number}": "{}" for number in range(3000)})
        found = facts(server.url, tmp_path)
        assert not isinstance(found.redis, Unknown)
        assert isinstance(found.redis.keys, Keys)
        assert [(family.prefix, family.keys) for family in found.redis.keys.families] == [("connect-", 4)]

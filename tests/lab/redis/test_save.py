"""What keeps sessions from being written to a real Redis, and what only looks like it."""

import shutil
from pathlib import Path

import pytest

from lab.redis import RedisServer
from sessile.doctor.diagnosis import Verdict
from sessile.doctor.facts.evidence import Unknown
from tests.lab.redis.scene import client, confirmed, diagnosed, facts, save, until
from tests.redis_servers import redis_at


class TestSave:
    @pytest.mark.provokes("save-redis-replica")
    def test_a_replica(self, server: RedisServer, tmp_path: Path) -> None:
        save(server.url)
        folder = tmp_path / "replica"
        folder.mkdir()
        with redis_at(folder, replicaof=f"127.0.0.1 {server.port}") as replica:
            with client(replica.url) as seen:
                until(lambda: seen.info("replication")["master_link_status"] == "up")
            found = diagnosed(replica.url, tmp_path)
            assert confirmed(found) == ["save-redis-replica"]
            assert diagnosed(server.url, tmp_path).verdict is Verdict.HEALTHY

    @pytest.mark.provokes("save-redis-out-of-memory")
    def test_memory_is_used_up(self, server: RedisServer, tmp_path: Path) -> None:
        save(server.url)
        with client(server.url) as admin:
            admin.config_set("maxmemory", 1)
            assert confirmed(diagnosed(server.url, tmp_path)) == ["save-redis-out-of-memory"]
            admin.config_set("maxmemory", 0)
        assert diagnosed(server.url, tmp_path).verdict is Verdict.HEALTHY

    @pytest.mark.provokes("save-redis-stops-writes")
    def test_the_disk_is_gone(self, in_memory: RedisServer, tmp_path: Path) -> None:
        with client(in_memory.url) as admin:
            admin.config_set("save", "3600 1")
            shutil.rmtree(in_memory.directory)
            admin.bgsave()
            until(lambda: admin.info("persistence")["rdb_last_bgsave_status"] == "err")
            assert confirmed(diagnosed(in_memory.url, tmp_path)) == ["save-redis-stops-writes"]
            admin.config_set("stop-writes-on-bgsave-error", "no")
            assert confirmed(diagnosed(in_memory.url, tmp_path)) == []

    @pytest.mark.provokes("save-redis-replicas-lacking")
    def test_too_few_replicas(self, tmp_path: Path) -> None:
        with redis_at(tmp_path, min_replicas_to_write="1") as server:
            assert confirmed(diagnosed(server.url, tmp_path)) == ["save-redis-replicas-lacking"]

    @pytest.mark.provokes("save-redis-rights-missing")
    @pytest.mark.parametrize("lacking", ["-set", "-get", "-del", "-expire"])
    def test_a_right_is_lacking(self, server: RedisServer, tmp_path: Path, lacking: str) -> None:
        save(server.url)
        with client(server.url) as admin:
            admin.execute_command("ACL", "SETUSER", "shop", "on", ">pass", "~*", "+@all", lacking)
        found = diagnosed(server.url.replace("//", "//shop:pass@"), tmp_path)
        assert confirmed(found) == ["save-redis-rights-missing"]

    def test_rights_on_other_keys_only(self, server: RedisServer, tmp_path: Path) -> None:
        with client(server.url) as admin:
            admin.execute_command("ACL", "SETUSER", "shop", "on", ">pass", "~cache:*", "+@all")
        assert confirmed(diagnosed(server.url.replace("//", "//shop:pass@"), tmp_path)) == ["save-redis-rights-missing"]

    def test_no_more_rights_than_a_session_store_needs(self, server: RedisServer, tmp_path: Path) -> None:
        save(server.url)
        with client(server.url) as admin:
            rights = ("~sess:*", "+get", "+set", "+expire", "+del")
            admin.execute_command("ACL", "SETUSER", "shop", "on", ">pass", *rights)
        found = facts(server.url.replace("//", "//shop:pass@"), tmp_path)
        assert not isinstance(found.redis, Unknown)
        assert isinstance(found.redis.server, Unknown)
        assert "INFO" in found.redis.server.why.upper()
        assert confirmed(diagnosed(server.url.replace("//", "//shop:pass@"), tmp_path)) == []

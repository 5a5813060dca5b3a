"""What breaks sessions in a real Redis, and what the doctor says of it; and what only looks like it."""

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from lab.browser import Browser
from lab.express import ExpressService
from lab.ports import free_port
from lab.redis import RedisServer
from sessile.doctor.diagnosis import State, Verdict
from sessile.doctor.evidence.cookie import arrivals, examine, secrets_in_file
from sessile.doctor.facts.evidence import Unknown
from sessile.doctor.facts.redis import Keys
from sessile.doctor.why import Status, answer
from sessile.session.outcome import Station
from tests.doctor.recording import SECRET
from tests.lab.redis_scene import client, confirmed, diagnosed, facts, notes, of_log, save, session, visit
from tests.redis_servers import redis_at

AFTER_THE_START = -600.0
"""A recording of ten minutes ahead is of after the server's start, however long this machine takes."""
UNKNOWN_ID = "Zb3xY0aB1cD2eF3gH4iJ5kL6mN7oP8qR"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    folder = tmp_path / "data"
    folder.mkdir()
    with redis_at(folder, appendfsync="no") as started:
        yield started


@pytest.fixture
def in_memory(tmp_path: Path) -> Iterator[RedisServer]:
    folder = tmp_path / "data"
    folder.mkdir()
    with redis_at(folder, appendonly="no") as started:
        yield started


class TestReach:
    @pytest.mark.provokes("reach-redis-refused")
    def test_nobody_listens(self, tmp_path: Path) -> None:
        found = diagnosed(f"redis://127.0.0.1:{free_port()}", tmp_path)
        assert confirmed(found) == ["reach-redis-refused"]
        assert found.verdict is Verdict.SICK
        assert next(stop for stop in found.journey if stop.station is Station.REACH).state is State.BROKEN

    def test_a_unix_socket_that_is_not_there(self, tmp_path: Path) -> None:
        assert confirmed(diagnosed(f"unix://{tmp_path}/redis.sock", tmp_path)) == ["reach-redis-refused"]

    def test_a_unix_socket_that_is_there(self, tmp_path: Path) -> None:
        with redis_at(tmp_path, unixsocket=str(tmp_path / "r.sock")) as server:
            save(server.url)
            found = diagnosed(f"unix://{tmp_path}/r.sock", tmp_path)
        assert (confirmed(found), found.verdict) == ([], Verdict.HEALTHY)

    @pytest.mark.provokes("reach-redis-host-not-found")
    def test_a_host_that_does_not_exist(self, tmp_path: Path) -> None:
        assert confirmed(diagnosed("redis://redis.invalid:6379", tmp_path)) == ["reach-redis-host-not-found"]

    @pytest.mark.provokes("reach-redis-no-answer")
    def test_a_server_that_is_stopped(self, server: RedisServer, tmp_path: Path) -> None:
        server.freeze()
        try:
            assert confirmed(diagnosed(server.url, tmp_path)) == ["reach-redis-no-answer"]
        finally:
            server.thaw()

    @pytest.mark.provokes("reach-redis-broken-off")
    def test_somebody_who_closes_without_a_word(self, tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", free_port())) as listening:
            threading.Thread(target=_hang_up, args=(listening,), daemon=True).start()
            found = diagnosed(f"redis://127.0.0.1:{listening.getsockname()[1]}", tmp_path)
        assert confirmed(found) == ["reach-redis-broken-off"]

    def test_somebody_who_hangs_up_in_the_middle_is_not_called_healthy(self, tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", free_port())) as listening:
            threading.Thread(target=_answers_until_asked_for_more, args=(listening,), daemon=True).start()
            found = diagnosed(f"redis://127.0.0.1:{listening.getsockname()[1]}", tmp_path)
        assert found.verdict is Verdict.CANNOT_TELL
        assert next(stop for stop in found.journey if stop.station is Station.REACH).state is State.BROKEN

    @pytest.mark.provokes("reach-redis-login-refused")
    @pytest.mark.parametrize("credentials", ["", "someone:wrong@", ":wrong@"])
    def test_a_password_that_is_wrong_or_lacking(self, server: RedisServer, tmp_path: Path, credentials: str) -> None:
        with client(server.url) as admin:
            admin.config_set("requirepass", "right-and-secret")
        found = diagnosed(server.url.replace("//", f"//{credentials}"), tmp_path)
        assert confirmed(found) == ["reach-redis-login-refused"]
        assert found.verdict is Verdict.SICK
        assert "wrong@" not in str(found)
        healthy = diagnosed(server.url.replace("//", "//:right-and-secret@"), tmp_path)
        assert healthy.verdict is Verdict.HEALTHY
        assert "right-and-secret" not in str(healthy)

    def test_a_password_where_none_is_set(self, server: RedisServer, tmp_path: Path) -> None:
        found = diagnosed(server.url.replace("//", "//:needless@"), tmp_path)
        assert confirmed(found) in ([], ["reach-redis-login-refused"])  # since Redis 6 any password logs the default user in
        assert "needless" not in str(found)

    @pytest.mark.provokes("reach-redis-database-number")
    def test_a_database_that_does_not_exist(self, server: RedisServer, tmp_path: Path) -> None:
        assert confirmed(diagnosed(f"{server.url}/99", tmp_path)) == ["reach-redis-database-number"]

    @pytest.mark.provokes("reach-redis-tls-not-spoken")
    def test_tls_where_there_is_none(self, server: RedisServer, tmp_path: Path) -> None:
        found = diagnosed(server.url.replace("redis://", "rediss://"), tmp_path)
        assert confirmed(found) == ["reach-redis-tls-not-spoken"]

    @pytest.mark.provokes("reach-redis-tls-needed", "reach-redis-certificate-rejected")
    def test_tls_that_is_needed_and_a_certificate_that_is_not_trusted(self, tmp_path: Path) -> None:
        authority, port = trustme.CA(), free_port()
        issued, folder = authority.issue_cert("127.0.0.1"), tmp_path / "data"
        folder.mkdir()
        issued.private_key_pem.write_to_path(folder / "key.pem")
        issued.cert_chain_pems[0].write_to_path(folder / "cert.pem")
        authority.cert_pem.write_to_path(folder / "ca.pem")
        files = {"tls_cert_file": str(folder / "cert.pem"), "tls_key_file": str(folder / "key.pem")}
        with redis_at(
            folder, tls_port=str(port), tls_ca_cert_file=str(folder / "ca.pem"), tls_auth_clients="no", **files
        ) as server:
            save(server.url)
            assert confirmed(diagnosed(f"redis://127.0.0.1:{port}", tmp_path)) == ["reach-redis-tls-needed"]
            assert confirmed(diagnosed(f"rediss://127.0.0.1:{port}", tmp_path)) == ["reach-redis-certificate-rejected"]
            trusted = diagnosed(f"rediss://127.0.0.1:{port}?ssl_ca_certs={folder / 'ca.pem'}", tmp_path)
            assert (confirmed(trusted), trusted.verdict) == ([], Verdict.HEALTHY)

    @pytest.mark.provokes("reach-redis-clients-exhausted")
    def test_no_room_for_clients(self, server: RedisServer, tmp_path: Path) -> None:
        with client(server.url) as admin:
            admin.config_set("maxclients", 1)
            assert confirmed(diagnosed(server.url, tmp_path)) == ["reach-redis-clients-exhausted"]

    @pytest.mark.provokes("reach-redis-loading")
    def test_a_replica_whose_primary_is_gone(self, tmp_path: Path) -> None:
        with redis_at(tmp_path, replicaof=f"127.0.0.1 {free_port()}") as server:
            with client(server.url) as admin:
                admin.config_set("replica-serve-stale-data", "no")
            assert confirmed(diagnosed(server.url, tmp_path)) == ["reach-redis-loading"]

    @pytest.mark.provokes("reach-redis-cluster")
    def test_a_cluster_that_serves_nothing(self, tmp_path: Path) -> None:
        with redis_at(tmp_path, cluster_enabled="yes") as server:
            assert confirmed(diagnosed(server.url, tmp_path)) == ["reach-redis-cluster"]

    def test_a_url_that_cannot_be_read_gets_one_line(self, tmp_path: Path) -> None:
        found = diagnosed("redis://:pa#ss/word@host:6379/0", tmp_path)
        assert confirmed(found) == ["reach-redis-url-unreadable"]
        assert "pa#ss" not in str(found)


def _answers_until_asked_for_more(listening: socket.socket) -> None:
    """Greets every client of Redis's, and closes as soon as it asks for INFO."""
    try:
        while True:
            connection, _ = listening.accept()
            with connection:
                while (said := connection.recv(65536)) and b"\r\nINFO\r\n" not in said:
                    connection.sendall(b"+OK\r\n" * said.count(b"*"))
    except OSError:
        return


def _hang_up(listening: socket.socket) -> None:
    try:
        while True:
            listening.accept()[0].close()
    except OSError:
        return


class TestSave:
    @pytest.mark.provokes("save-redis-replica")
    def test_a_replica(self, server: RedisServer, tmp_path: Path) -> None:
        save(server.url)
        folder = tmp_path / "replica"
        folder.mkdir()
        with redis_at(folder, replicaof=f"127.0.0.1 {server.port}") as replica:
            with client(replica.url) as seen:
                _until(lambda: seen.info("replication")["master_link_status"] == "up")
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
            _until(lambda: admin.info("persistence")["rdb_last_bgsave_status"] == "err")
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


class TestFind:
    @pytest.mark.provokes("find-redis-evicts")
    def test_sessions_are_evicted(self, in_memory: RedisServer, tmp_path: Path) -> None:
        save(in_memory.url, 300)
        with client(in_memory.url) as admin:
            admin.config_set("maxmemory-policy", "allkeys-lru")
            admin.config_set("maxmemory", admin.info("memory")["used_memory"] - 50_000)
            _until(lambda: admin.info("stats")["evicted_keys"] > 0)
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
            _until(lambda: admin.info("stats")["evicted_keys"] > 0)
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


class TestExpress:
    """connect-redis on Express, and what the doctor makes of its cookies and of its log."""

    def test_a_login_is_followed_from_its_cookie(self, server: RedisServer, tmp_path: Path) -> None:
        with ExpressService({"STORE": "redis", "REDIS_URL": server.url, "SESSION_SECRET": SECRET}, tmp_path) as express:
            browser = Browser(express.url)
            assert (browser.login(), browser.me()) == (200, 200)
            [value] = browser.cookies.values()
            environment = tmp_path / ".env"
            environment.write_text(f"SESSION_SECRET={SECRET}\n")
            secrets = secrets_in_file(environment)
            lives = answer(examine(arrivals(value), secrets, None, None, server.url))
            assert (lives.status, lives.station) == (Status.LIVES, None)
            assert browser.logout() == 200
            ended = answer(examine(arrivals(value), secrets, None, None, server.url))
            assert (ended.status, ended.station) == (Status.STOPS, Station.FIND)
            browser.close()

    def test_its_log_alone_tells_what_redis_refused(self, server: RedisServer, tmp_path: Path) -> None:
        with ExpressService({"STORE": "redis", "REDIS_URL": server.url, "SESSION_SECRET": SECRET}, tmp_path) as express:
            browser = Browser(express.url)
            with client(server.url) as admin:
                admin.config_set("maxmemory", 1)
            assert browser.login() == 500
            browser.close()
            log = express.log
        assert confirmed(of_log(log, tmp_path)) == ["save-redis-out-of-memory"]

    def test_a_refused_connection_of_its_client_is_none_of_postgresql(self, server: RedisServer, tmp_path: Path) -> None:
        with ExpressService({"STORE": "redis", "REDIS_URL": server.url, "SESSION_SECRET": SECRET}, tmp_path) as express:
            server.kill()
            _until(lambda: "ECONNREFUSED" in express.log)
            log = express.log
        found = of_log(log, tmp_path)
        assert "reach-refused" not in [one.cause.id for one in found.causes]


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


def _until(holds: object, seconds: float = 60) -> None:
    """Wait for what comes by itself; the time is generous, for it only bounds a failure."""
    assert callable(holds)
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.02)

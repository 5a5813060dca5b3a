"""What keeps a service from its Redis, and what the doctor says of it."""

import socket
import threading
from pathlib import Path

import pytest
import trustme

from lab.ports import free_port
from lab.redis import RedisServer
from sessile.doctor.diagnosis import State, Verdict
from sessile.session.outcome import Station
from tests.lab.redis.scene import client, confirmed, diagnosed, save
from tests.redis_servers import redis_at


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

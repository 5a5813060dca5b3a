"""A database that cannot be reached, or does not answer, is named as Node and PostgreSQL would name it, within the time."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sessile.demo.postgres import EmbeddedPostgres
from sessile.doctor.facts import Unknown
from sessile.doctor.facts.database import Rows, Server
from sessile.stores.postgres.shape import TableShape
from tests.doctor.evidence.session_table import TABLE, Express, as_role, execute, look, value


@pytest.fixture(scope="module")
def guarded() -> Iterator[EmbeddedPostgres]:
    """A server that asks for passwords."""
    with EmbeddedPostgres(auth="scram-sha-256", password="it's a p@ss/word", settings={"fsync": "off"}) as server:
        yield server


def refused(url: str, **options: object) -> tuple[str, str]:
    seen = look(url, **options)
    assert seen.failure is not None
    for part in (seen.server, seen.table, seen.rows, seen.experiment):
        assert isinstance(part, Unknown)
    assert [error.code for error in seen.errors] == [seen.failure.code]
    assert "\n" not in seen.failure.message
    return seen.failure.code, seen.failure.message


class TestRefusals:
    def test_a_wrong_password(self, guarded: EmbeddedPostgres) -> None:
        code, message = refused(guarded.url(password="hunter2"))
        assert code == "28P01"
        assert 'password authentication failed for user "postgres"' in message
        assert "hunter2" not in repr(look(guarded.url(password="hunter2")))

    def test_the_right_password_is_never_shown(self, guarded: EmbeddedPostgres) -> None:
        seen = look(guarded.url())
        assert seen.failure is None
        assert "p@ss" not in repr(seen)
        assert seen.address == f"postgresql://postgres:***@127.0.0.1:{guarded.port}/postgres"

    def test_no_password(self, guarded: EmbeddedPostgres) -> None:
        assert refused(guarded.url(password=""))[0] == "SASL_NO_PASSWORD"

    def test_no_such_role(self, server_url: str) -> None:
        code, message = refused(as_role(server_url, "nobody_at_all"))
        assert (code, 'role "nobody_at_all" does not exist' in message) == ("28000", True)

    def test_no_such_database(self, database: str) -> None:
        assert refused(database + "x")[0] == "3D000"

    def test_no_room_for_the_role(self, database: str, role: str) -> None:
        execute(database, f"ALTER ROLE {role} CONNECTION LIMIT 0")
        assert refused(as_role(database, role))[0] == "53300"

    def test_no_right_to_connect(self, database: str, role: str) -> None:
        execute(database, f"REVOKE CONNECT ON DATABASE {value(database, 'SELECT current_database()')} FROM PUBLIC")
        assert refused(as_role(database, role))[0] == "42501"

    def test_tls_where_there_is_none(self, database: str) -> None:
        assert refused(database + "?sslmode=require")[0] == "SSL_NOT_SUPPORTED"

    def test_nobody_listens(self) -> None:
        code, message = refused("postgres://app:hunter2@127.0.0.1:1/app")
        assert code == "ECONNREFUSED"
        assert message == 'connection to server at "127.0.0.1", port 1 failed: Connection refused'

    def test_a_socket_that_is_not_there(self, tmp_path: Path) -> None:
        code, message = refused(f"postgres://app@/app?host={tmp_path}")
        assert code == "ENOENT"
        assert ".s.PGSQL.5432" in message

    def test_an_unknown_host(self) -> None:
        assert refused("postgres://app@no-such-host.invalid/app")[0] in ("ENOTFOUND", "EAI_AGAIN")

    def test_a_server_that_shuts_down_or_is_gone(self) -> None:
        with EmbeddedPostgres(settings={"fsync": "off"}) as server:
            url = server.url()
            server.stop("immediate")
            assert refused(url)[0] == "ECONNREFUSED"

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "not a url",
            "postgres://u:p#ss@h/d",
            "postgres://u:hunter2@h:port/d",
            "postgres://\0",
            "🦕://",
            "postgres://[/",
            "postgres://\udc80@h/d",
        ],
    )
    def test_what_is_no_address(self, url: str) -> None:
        code, message = refused(url)
        assert code == "ERR_INVALID_URL"
        assert "hunter2" not in message


class TestSilence:
    def test_a_port_that_accepts_and_says_nothing(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as deaf:
            began = time.monotonic()
            code, _ = refused(f"postgres://app@127.0.0.1:{deaf.getsockname()[1]}/app", deadline=2)
        assert code == "ETIMEDOUT"
        assert time.monotonic() - began < 5

    def test_a_server_that_admits_and_then_says_nothing(self, database: str) -> None:
        """As a pooler does whose pool is exhausted."""
        with stalling(database) as url:
            began = time.monotonic()
            code, message = refused(url, deadline=2)
        assert (code, "not answered within 2 s" in message) == ("ETIMEDOUT", True)
        assert time.monotonic() - began < 4

    def test_a_server_that_falls_silent_halfway_leaves_what_it_told(self, database: str) -> None:
        execute(database, TABLE)
        with stalling(database, after=4) as url:
            seen = look(url, deadline=3)
        assert seen.failure is None
        assert isinstance(seen.server, Server)
        assert isinstance(seen.rows, Unknown)
        assert "3 s, was up" in seen.rows.why
        assert isinstance(seen.experiment, Unknown)

    def test_a_statement_that_takes_too_long(self, database: str) -> None:
        execute(
            database,
            """CREATE VIEW session AS SELECT 'x'::varchar AS sid, '{}'::json AS sess, now()::timestamp AS expire
            FROM generate_series(1, 100000) WHERE pg_sleep(0.01) IS NOT NULL""",
        )
        began = time.monotonic()
        seen = look(database, deadline=3)
        assert isinstance(seen.rows, Unknown)
        assert time.monotonic() - began < 5
        left = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'sessile doctor'"
        while value(database, left) and time.monotonic() - began < 20:
            time.sleep(0.1)
        assert value(database, left) == 0


class TestAddress:
    def test_quotes_and_what_other_drivers_know_are_left_out_and_told(self, database: str) -> None:
        seen = look(f'"{database}?pgbouncer=true&schema=public"')
        assert seen.failure is None
        assert seen.quoted
        assert any("pgbouncer, schema" in remark for remark in seen.remarks)

    def test_a_socket(self, postgres: EmbeddedPostgres) -> None:
        seen = look(f"postgres://postgres@/postgres?host={postgres.socket_directory}&port={postgres.port}")
        assert seen.failure is None
        assert seen.address == f"postgresql://postgres@/postgres?host={postgres.socket_directory}"


class TestCrash:
    def test_a_crash_empties_an_unlogged_table_and_a_restart_does_not(self) -> None:
        with EmbeddedPostgres(settings={"fsync": "off"}) as server:
            execute(server.url(), TABLE + "ALTER TABLE session SET UNLOGGED")
            with Express(server.url()) as express:
                express.save()
            time.sleep(3)
            server.stop()
            server.start()
            seen = look(server.url())
            assert isinstance(seen.server, Server)
            assert isinstance(seen.rows, Rows)
            assert (seen.server.crashed, seen.rows.read) == (False, 1)
            server.stop("immediate")
            server.start()
            seen = look(server.url())
            assert isinstance(seen.server, Server)
            assert isinstance(seen.rows, Rows)
            assert (seen.server.crashed, seen.rows.read) == (True, 0)


class TestDamage:
    def test_a_broken_page_is_told_and_the_rest_still_comes(self) -> None:
        with EmbeddedPostgres(settings={"fsync": "off"}) as server:
            execute(server.url(), TABLE)
            with Express(server.url()) as express:
                express.save()
            file = server.data / str(value(server.url(), "SELECT pg_relation_filepath('session')"))
            server.stop()
            file.write_bytes(b"\xff" * 8192)
            server.start()
            seen = look(server.url())
        assert isinstance(seen.table, TableShape)
        assert isinstance(seen.rows, Unknown)
        assert "XX001" in seen.rows.why
        assert "XX001" in [failure.code for failure in seen.damage]
        assert "XX001" in [error.code for error in seen.errors]


class Stalling(threading.Thread):
    """Passes bytes between one client and the server, until the server was `after` times ready for a query."""

    READY = b"Z\x00\x00\x00\x05"

    def __init__(self, port: int, after: int) -> None:
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port, self.after = port, after
        self.done = threading.Event()

    def run(self) -> None:
        client, _ = self.listener.accept()
        with client, socket.create_connection(("127.0.0.1", self.port)) as server:
            threading.Thread(target=self.forth, args=(client, server), daemon=True).start()
            ready = 0
            while ready < self.after and (data := server.recv(65536)):
                ready += data.count(self.READY)
                client.sendall(data)
            self.done.wait(20)

    def forth(self, client: socket.socket, server: socket.socket) -> None:
        while not self.done.is_set():
            try:
                server.sendall(client.recv(65536))
            except OSError:
                return


@contextmanager
def stalling(url: str, *, after: int = 1) -> Iterator[str]:
    host, _, port = url.partition("@")[2].partition("/")[0].partition(":")
    proxy = Stalling(int(port), after)
    proxy.start()
    yield url.replace(f"{host}:{port}", f"127.0.0.1:{proxy.listener.getsockname()[1]}")
    proxy.done.set()
    proxy.join(5)
    proxy.listener.close()

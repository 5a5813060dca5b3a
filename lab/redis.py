"""A Redis server of one's own: on a free port, killed and started again on the same data."""

import shutil
import signal
import socket
import subprocess
import time
import weakref
from pathlib import Path
from types import TracebackType
from typing import Self

from lab.ports import free_port

MISSING = "redis-server is not installed: apt-get install redis-server"


class RedisServer:
    """`redis-server` on a free port of 127.0.0.1, with its data in `directory`; a context manager.

    Each write is on disk before its reply (`appendfsync always`), so that a kill loses nothing. `settings` are those of
    redis.conf. Raises FileNotFoundError where the program is missing.
    """

    def __init__(self, directory: Path, **settings: str) -> None:
        program = shutil.which("redis-server")
        if program is None:
            raise FileNotFoundError(MISSING)
        self.port = free_port()
        self.directory = directory
        options = {"appendonly": "yes", "appendfsync": "always", "save": "", **settings}
        self._command = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(directory)]
        for name, value in options.items():
            self._command += [f"--{name.replace('_', '-')}", value]
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.kill()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"redis://127.0.0.1:{self.port}"

    def start(self, seconds: float = 120) -> None:
        """Start it and wait until it has read its data. Raises TimeoutError, with its log."""
        with (self.directory / "redis.log").open("ab") as log:
            self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        weakref.finalize(self, _kill, self._process)
        deadline = time.monotonic() + seconds
        while not self._answers():
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise TimeoutError((self.directory / "redis.log").read_text()[-2000:])
            time.sleep(0.02)

    def kill(self) -> None:
        """End it at once, as a crash does."""
        if self._process is not None:
            _kill(self._process)

    def freeze(self) -> None:
        """Stop it without closing anything: it answers nothing more, until `thaw`."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Go on."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.kill()
        process.wait()

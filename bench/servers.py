"""Servers as processes, one each, pinned to the server's core."""

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.contenders import POOL, Contender

ROOT = Path(__file__).parents[1]
PYTHONPATH = f"{ROOT}:{ROOT / 'src'}"


class Server:
    """A contender, running. Of this process's environment only PATH reaches it; its output goes to a file in `directory`."""

    def __init__(
        self, contender: Contender, settings: Mapping[str, str], core: int, directory: Path, *, pool: int = POOL
    ) -> None:
        self.contender = contender
        self.port = _free_port()
        self.log_file = directory / f"{contender.name}.log"
        self._core = core
        self._environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": PYTHONPATH,
            "NODE_ENV": "production",
            "PORT": str(self.port),
            "SESSIONS": contender.sessions,
            "POOL_MAX": str(pool),
            **settings,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        with self.log_file.open("wb") as output:
            self._process = subprocess.Popen(
                ["taskset", "--cpu-list", str(self._core), *self.contender.command(self.port)],
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self._wait(self._process)
        except BaseException:
            self._stop(self._process)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        if self._process:
            self._stop(self._process)

    @property
    def pid(self) -> int:
        """Its process, or gunicorn's master. Raises RuntimeError when it does not run."""
        if self._process is None or self._process.poll() is not None:
            raise RuntimeError(f"{self.contender.name} does not run; its log ends:\n{self.log[-1500:]}")
        return self._process.pid

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """All that it has written."""
        return self.log_file.read_text(encoding="utf-8", errors="replace")

    def _wait(self, process: subprocess.Popen[bytes], seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise RuntimeError(f"{self.contender.name} did not start; its log ends:\n{self.log[-1500:]}")

    def _stop(self, process: subprocess.Popen[bytes], seconds: float = 5) -> None:
        process.terminate()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _free_port() -> int:
    # Below the ports that Linux gives to clients, or a connection of another server might take it first.
    while True:
        port = 10_000 + secrets.randbelow(10_000)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port

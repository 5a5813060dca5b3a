"""A web service as a process of the lab: started, watched through its log, stopped, and never left behind."""

import os
import re
import signal
import subprocess
import time
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

_READY = re.compile(r"Server running on port (\d+)\D")


class Service:
    """One instance of a service in a process of its own, on a free port of 127.0.0.1.

    `command` starts it in the folder `home`. `environment` holds its settings; of this process's environment only PATH reaches
    it. The output of every start is appended to `<directory>/<INSTANCE or name>.log`. A service that exits before it listens
    (a boot fault) is no error here: `exit_code` and `log` tell.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        home: Path,
        environment: Mapping[str, str],
        directory: Path,
        *,
        ready_seconds: float = 120,
    ) -> None:
        self.name, self.command, self.home = name, list(command), home
        self.environment = dict(environment)
        self.log_file = directory / f"{self.environment.get('INSTANCE', name)}.log"
        self.ready_seconds = ready_seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._port: int | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.stop()

    def start(self) -> None:
        """Start the service and wait until it listens or has exited.

        Raises RuntimeError when it already runs, TimeoutError when it does neither listen nor exit within `ready_seconds`.
        """
        if self._process is not None and self._process.poll() is None:
            raise RuntimeError(f"{self.name} already runs: stop it first")
        self._port = None
        logged = len(self.log)
        with self.log_file.open("ab") as output:
            self._process = subprocess.Popen(
                self.command,
                cwd=self.home,
                env={"PATH": os.defpath, "HOST": "127.0.0.1", "PORT": "0", **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        weakref.finalize(self, _kill, self._process)
        self._wait_until_ready(self._process, logged)

    def stop(self, seconds: float = 5) -> None:
        """Ask the service to end (SIGTERM), and end it by force after `seconds`. Nothing happens when it has ended."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            _kill(self._process)

    def restart(self, **environment: str) -> None:
        """Stop the service and start it again, with these settings changed."""
        self.stop()
        self.environment.update(environment)
        self.start()

    @property
    def url(self) -> str:
        """Where the service listens. Raises RuntimeError when it does not."""
        if self._port is None or self.exit_code is not None:
            raise RuntimeError(f"{self.name} does not listen; its log ends:\n{self.log[-2000:]}")
        return f"http://127.0.0.1:{self._port}"

    @property
    def exit_code(self) -> int | None:
        """The exit status of the service, negative for a signal; None while it runs or before its first start."""
        return self._process.poll() if self._process else None

    @property
    def log(self) -> str:
        """All that the service has written to stdout and stderr, in order, over all its starts."""
        return self.log_file.read_text(encoding="utf-8") if self.log_file.exists() else ""

    def _wait_until_ready(self, process: subprocess.Popen[bytes], logged: int) -> None:
        deadline = time.monotonic() + self.ready_seconds
        while time.monotonic() < deadline:
            exited = process.poll() is not None
            if ready := _READY.search(self.log, logged):
                self._port = int(ready[1])
                return
            if exited:
                return
            time.sleep(0.02)
        _kill(process)
        raise TimeoutError(f"{self.name} did not listen within {self.ready_seconds} s; its log ends:\n{self.log[-2000:]}")


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.kill()
        process.wait()

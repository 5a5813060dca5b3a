"""A log that changes while it is read: what was there when it was read counts, and nothing is raised."""

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sessile.doctor.evidence.logs import collect
from sessile.doctor.facts.logs import Kind

ERROR = b"2026-11-23T10:00:00Z Error: SESSION_SECRET is not set, or is empty\n"
PADDING = b"2026-11-23T10:00:01Z GET /assets/1.js 200 1.2 ms\n" * 60_000
"""Some 3 MB."""


class Meddled(io.FileIO):
    """A file with which something happens after its first megabyte was read."""

    def __init__(self, path: Path, meddle: Callable[[Path], object]) -> None:
        super().__init__(path)
        self._path, self._meddle, self._reads = path, meddle, 0

    def read(self, size: int | None = -1, /) -> bytes:
        self._reads += 1
        if self._reads == 2:
            self._meddle(self._path)
        return super().read(size) or b""


def shrink(path: Path) -> None:
    os.truncate(path, 10)


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(ERROR)


def replace(path: Path) -> None:
    path.with_suffix(".new").write_bytes(b"\0" * 100)
    path.with_suffix(".new").replace(path)


@pytest.mark.parametrize(("meddle", "errors"), [(shrink, 1), (grow, 2), (replace, 1), (Path.unlink, 1)])
def test_a_file_that_changes(tmp_path: Path, meddle: Callable[[Path], object], errors: int) -> None:
    path = tmp_path / "app.log"
    path.write_bytes(ERROR + PADDING)
    with Meddled(path, meddle) as file:
        (log,) = collect(path, text=file)
    assert log.count(Kind.ERROR) == errors


def test_a_pipe_whose_writer_is_killed() -> None:
    script = "import sys, time; sys.stdout.buffer.write(sys.stdin.buffer.read()); sys.stdout.flush(); time.sleep(600)"
    read, write = os.pipe()
    writer = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=write)
    os.close(write)
    assert writer.stdin
    with os.fdopen(read, "rb", buffering=0) as pipe:
        writer.stdin.write(ERROR + b"2026-11-23T10:00:01Z Error: cut in the mid")
        writer.stdin.close()
        begun = pipe.read(10)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        (log,) = collect("-", text=io.BytesIO(begun + pipe.readall()))
    assert log.count(Kind.ERROR) == 1

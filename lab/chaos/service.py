"""The service that the chaos strikes, as a process: what it is told, and what it holds of the machine."""

import os
import sys
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from lab.service import Service

ROOT = Path(__file__).parents[2]
COOKIE = "chaos.sid"
IDLE = timedelta(seconds=60)
"""So short that a session which is only read is touched every few seconds."""
KEEP_ALIVE_SECONDS = 60
"""Longer than any client of the lab keeps a connection, so that none is closed under a request on its way."""
POOL_SIZE = 5
THREADS = 8


class App(StrEnum):
    """The frameworks on which the service is written."""

    STARLETTE = "starlette"
    FLASK = "flask"
    DJANGO = "django"

    @property
    def program(self) -> list[str]:
        """What runs it, as one process: gunicorn with threads for the synchronous ones."""
        if self is App.STARLETTE:
            return ["lab.chaos.apps.starlette"]
        options = ["--threads", str(THREADS), "--keep-alive", str(KEEP_ALIVE_SECONDS), "--graceful-timeout", "2"]
        return ["gunicorn", "-c", "python:lab.chaos.apps.gunicorn", *options, f"lab.chaos.apps.{self}:application"]


class ChaosService(Service):
    """One instance of it, on the database at `url`; `timeout` bounds each call of its store, in seconds."""

    def __init__(self, url: str, secret: str, directory: Path, *, timeout: float, app: App = App.STARLETTE) -> None:
        settings = {
            "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}",
            "PYTHONUNBUFFERED": "1",
            "DATABASE_URL": url,
            "SESSION_SECRET": secret,
            "TIMEOUT_SECONDS": str(timeout),
        }
        super().__init__("chaos", [sys.executable, "-m", *app.program], ROOT, settings, directory)

    def held(self) -> "Held":
        """What its processes hold of the machine now."""
        if self._process is None:
            return Held(0, 0)
        folders = [Path("/proc", str(number)) for number in _family(self._process.pid)]
        pages = sum(int((folder / "statm").read_text().split()[1]) for folder in folders)
        return Held(sum(len(list((folder / "task").iterdir())) for folder in folders), pages * os.sysconf("SC_PAGE_SIZE"))


class Held(NamedTuple):
    """Threads, and octets of memory that are resident."""

    threads: int
    octets: int

    def __str__(self) -> str:
        return f"{self.threads} threads, {self.octets / 2**20:.0f} MiB"


def _family(number: int) -> list[int]:
    """A process and all that descend from it."""
    children = Path("/proc", str(number), "task", str(number), "children").read_text().split()
    return [number, *(one for child in children for one in _family(int(child)))]

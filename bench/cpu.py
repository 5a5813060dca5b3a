"""Who uses how much processor time, as Linux counts it in /proc (proc(5))."""

import os
import resource
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Usage:
    """Processor seconds of the server and of the database, and the share of the whole machine that anything else used."""

    server: float
    database: float
    other_share: float


@dataclass(frozen=True, slots=True)
class Meter:
    """A reading of all the clocks; `since` tells what was used after it."""

    server_pid: int | None
    database_pid: int
    server: float
    database: float
    bench: float
    machine: float
    moment: float

    @classmethod
    def read(cls, server_pid: int | None, database_pid: int) -> "Meter":
        """Read the clocks of the server (None: the bench itself works), the database, the bench and its load, and the machine."""
        trees = _Processes()
        return cls(
            server_pid,
            database_pid,
            0.0 if server_pid is None else trees.seconds(server_pid),
            trees.seconds(database_pid),
            _bench_seconds(),
            _machine_seconds(),
            time.monotonic(),
        )

    def since(self) -> Usage:
        """What has been used since this reading."""
        now = Meter.read(self.server_pid, self.database_pid)
        server, database = now.server - self.server, now.database - self.database
        other = (now.machine - self.machine) - server - database - (now.bench - self.bench)
        capacity = (now.moment - self.moment) * (os.cpu_count() or 1)
        return Usage(server, database, max(other, 0.0) / capacity)


class _Processes:
    """Every process there is, by its parent."""

    def __init__(self) -> None:
        self._seconds: dict[int, float] = {}
        self._children: dict[int, list[int]] = {}
        for pid, fields in _stats():
            # Of a line: ppid is field 4; utime, stime, and those of the children already waited for, are 14 to 17.
            self._seconds[pid] = sum(int(ticks) for ticks in fields[11:15]) / TICKS_A_SECOND
            self._children.setdefault(int(fields[1]), []).append(pid)

    def seconds(self, pid: int) -> float:
        """The time of a process, of its living descendants, and of those it has waited for."""
        return self._seconds.get(pid, 0.0) + sum(self.seconds(child) for child in self._children.get(pid, ()))


def _stats() -> Iterator[tuple[int, list[str]]]:
    """Each process's fields from the third on: the second, its name, may hold blanks and parentheses."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            with suppress(FileNotFoundError, ProcessLookupError):
                line = (folder / "stat").read_text(encoding="utf-8", errors="replace")
                yield int(folder.name), line.rpartition(")")[2].split()


def _bench_seconds() -> float:
    """Of this process and of its children that have ended: every wrk, and every look-up."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


def _machine_seconds() -> float:
    """All that is neither idle nor waiting: also interrupts, which a process's own time holds too, and what the host stole."""
    user, nice, system, _idle, _iowait, irq, softirq, steal, *_ = Path("/proc/stat").read_text(encoding="ascii").split()[1:]
    return sum(int(ticks) for ticks in (user, nice, system, irq, softirq, steal)) / TICKS_A_SECOND

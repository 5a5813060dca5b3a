"""Collects what application logs say: one `Log` for each instance that can be told apart."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import BinaryIO, TypeVar

from sessile.doctor.evidence.log_lines import Line, LineReader
from sessile.doctor.evidence.log_source import EvidenceError, LogSource, open_log
from sessile.doctor.evidence.log_tally import Tally
from sessile.doctor.facts.logs import Log

__all__ = ["EvidenceError", "collect"]

INSTANCES = 32
PROCESSES = 200
SAMPLE = 500

T = TypeVar("T")


def collect(path: Path | str, *, text: BinaryIO | None = None, instance: str | None = None) -> tuple[Log, ...]:
    """Read a log and tell what it says about sessions.

    `path` is a file, plain or gzip, or `-` for standard input; where `text` is given it is read instead, and `path` names it.
    Understood are lines as console.log, Python's logging, the usual JSON loggers and the platforms print them. The lines of
    several instances become one `Log` each, those whose instance is unknown a `Log` of their own; `instance` names all of it
    instead. Memory is bounded, whatever the log's size.

    Raises EvidenceError, with one line that says what to do, if there is no such file or it is no text.
    """
    name = "standard input" if str(path) == "-" else str(path)
    with open_log(path, text) as stream:
        source = LogSource(name, stream)
        instances = Instances(fixed=instance)
        for line in _lines(source):
            instances.add(line)
        return instances.logs(name, cut_off=source.cut_off)


def _lines(source: LogSource) -> Iterator[Line]:
    blocks = source.blocks()
    beginning = next(blocks, [])
    reader = LineReader(beginning[:SAMPLE])
    for number, text in enumerate(chain(beginning, chain.from_iterable(blocks)), 1):
        yield from reader.read(number, text)
    yield from reader.end()


class Instances:
    """The tallies of a log, by instance and process. A line that names no instance belongs to the one before it."""

    def __init__(self, fixed: str | None) -> None:
        self._fixed = fixed
        self._name = fixed or ""
        self._tallies: dict[str, dict[str, Tally]] = {}
        self._latest: dict[str, tuple[str, Tally]] = {}
        self._tally = self._turn_to("")

    def add(self, line: Line) -> None:
        """Count one line where it belongs."""
        if line.instance and self._fixed is None:
            self._name = line.instance if line.instance in self._latest or len(self._latest) <= INSTANCES else ""
            self._tally = self._turn_to(line.process)
        elif line.process:
            self._tally = self._turn_to(line.process)
        self._tally.add(line)

    def _turn_to(self, process: str) -> Tally:
        """The process's tally; the latest one's of the instance where the line names no process."""
        before, latest = self._latest.get(self._name, ("", None))
        if latest is not None and process in ("", before):
            return latest
        processes = _named(self._tallies, self._name) or self._tallies.setdefault(self._name, {})
        if latest is not None and process not in processes and len(processes) >= PROCESSES:
            return latest
        starting = any(tally.lines for tally in processes.values())
        latest = _named(processes, process) or processes.setdefault(process, Tally(starting=starting))
        self._latest[self._name] = (process, latest)
        return latest

    def logs(self, source: str, *, cut_off: bool) -> tuple[Log, ...]:
        """What was counted. Processes of one name that lived one after another are one instance, overlapping ones are several."""
        lives = [
            (name if len(chains) == 1 else f"{name} process {number}".strip(), tally)
            for name, processes in self._tallies.items()
            for chains in [_in_turn(list(processes.values()))]
            for number, tally in enumerate(chains, 1)
        ]
        return tuple(tally.log(source, name, cut_off=cut_off) for name, tally in _telling(lives))


def _in_turn(tallies: list[Tally]) -> list[Tally]:
    chains: list[Tally] = []
    for tally in sorted(tallies, key=lambda tally: tally.first_line):
        tally.end()
        before = next((chain for chain in chains if chain.last_line < tally.first_line), None)
        if before is None:
            chains.append(tally)
        else:
            before.follow(tally)
    return chains


def _named(counted: dict[str, T], name: str) -> T | None:
    """What is counted under a name. What came before the first that has a name is the first one's."""
    if name not in counted and list(counted) == [""]:
        counted[name] = counted.pop("")
    return counted.get(name)


def _telling(lives: list[tuple[str, Tally]]) -> list[tuple[str, Tally]]:
    """Those of which anything is told, or all if there is nothing to tell."""
    return [(name, tally) for name, tally in lives if tally.tells] or lives

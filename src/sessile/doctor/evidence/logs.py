"""Collects what application logs say: one `Log` for each instance that can be told apart."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from sessile.doctor.evidence.log_lines import Line, LineReader
from sessile.doctor.evidence.log_source import EvidenceError, LogSource, open_log
from sessile.doctor.evidence.log_tally import Tally
from sessile.doctor.facts.logs import Log

__all__ = ["EvidenceError", "collect"]

INSTANCES = 32
PROCESSES = 200
SAMPLE = 500


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
        processes = self._tallies.setdefault(self._name, {})
        if latest is None or (process and process != before and (process in processes or len(processes) < PROCESSES)):
            latest = processes.get(process) or Tally(starting=any(tally.lines for tally in processes.values()))
            processes[process] = latest
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
        told = _joined(lives)
        return tuple(tally.log(source, name, cut_off=cut_off) for name, tally in told)


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


def _joined(lives: list[tuple[str, Tally]]) -> list[tuple[str, Tally]]:
    """Those of which anything is told, or the first; what came before the only instance named itself is that instance's."""
    unnamed = [tally for name, tally in lives if not name and tally.lines]
    named = [(name, tally) for name, tally in lives if name]
    if len(named) == 1 and len(unnamed) == 1 and unnamed[0].last_line < named[0][1].first_line:
        unnamed[0].follow(named[0][1])
        return [(named[0][0], unnamed[0])]
    telling = [(name, tally) for name, tally in lives if tally.tells]
    return telling or named or lives[:1]

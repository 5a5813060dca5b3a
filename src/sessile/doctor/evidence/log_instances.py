"""The tallies of one log, by instance and process."""

from typing import TypeVar

from sessile.doctor.evidence.log_guarded import Guarded
from sessile.doctor.evidence.log_lines import Line
from sessile.doctor.evidence.log_tally import Tally
from sessile.doctor.facts.logs import Log

INSTANCES = 32
PROCESSES = 200

T = TypeVar("T")


class Instances:
    """The tallies of a log, by instance and process. A line that names no instance belongs to the one before it.

    `guarded` are the pages whose answers count; they stand in no pattern of the sieve.
    """

    def __init__(self, fixed: str | None, guarded: Guarded) -> None:
        self.guarded = guarded
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
        self._tally.add(line, self.guarded)

    @property
    def in_entry(self) -> bool:
        """Whether the next line may go on with the one before."""
        return self._tally.in_entry

    def pass_over(self, lines: int) -> None:
        """Count lines that tell nothing."""
        self._tally.pass_over(lines)

    def break_off(self) -> None:
        """Lines are missing from here on: nothing before them is followed by anything after."""
        for processes in self._tallies.values():
            for tally in processes.values():
                tally.break_off()

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

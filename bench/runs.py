"""Runs: what one server did under one load, each kept as it was measured."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench.load import Load

QUIET = 0.10
"""A run counts as quiet while other work uses less of the machine than this; the noise decides, never the result."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run. `rate` is in requests a second; times in milliseconds; processor time in microseconds a request."""

    round: int
    contender: str
    load: Load
    seconds: float
    requests: int
    rate: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    errors: int
    server_us: float
    database_us: float
    other_share: float
    stage: str = "rounds"

    def __str__(self) -> str:
        times = f"p50 {self.p50_ms:7.2f} ms  p99 {self.p99_ms:7.2f} ms"
        cpu = f"server {self.server_us:5.0f} us  database {self.database_us:4.0f} us"
        wrong = f"  ERRORS {self.errors}" if self.errors else ""
        return f"{self.rate:7.0f}/s  {times}  {cpu}  other work {self.other_share:4.0%}{wrong}"

    @property
    def quiet(self) -> bool:
        """Whether the machine did little else meanwhile."""
        return self.other_share < QUIET


class Journal:
    """All runs, each written to a file of JSON lines as soon as it is done; the first line tells where and how they were made."""

    def __init__(self, file: Path, facts: dict[str, Any]) -> None:
        self.facts = facts
        self.runs: list[Run] = []
        self._file = file
        file.write_text(json.dumps(facts) + "\n", encoding="utf-8")

    def add(self, run: Run) -> None:
        """Keep a run."""
        self.runs.append(run)
        with self._file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps({key: round(v, 4) if isinstance(v, float) else v for key, v in asdict(run).items()}) + "\n")

    def of(self, contender: str, load: Load, stage: str = "rounds") -> list[Run]:
        """The runs of one server under one load: the quiet ones, or all where none was quiet."""
        runs = [run for run in self.runs if (run.contender, run.load, run.stage) == (contender, load, stage)]
        return [run for run in runs if run.quiet] or runs

    def round(self, number: int) -> "Round":
        """What was measured in one round."""
        return Round({(run.contender, run.load): run for run in self.runs if run.round == number and run.stage == "rounds"})

    @property
    def rounds(self) -> list[int]:
        """The numbers of the rounds."""
        return sorted({run.round for run in self.runs if run.stage == "rounds"})


@dataclass(frozen=True, slots=True)
class Round:
    """The runs of one round, which were made one right after the other."""

    runs: dict[tuple[str, Load], Run]

    def __call__(self, contender: str, load: Load) -> Run:
        """The run of one server under one load. Raises KeyError if it was not made."""
        return self.runs[contender, load]


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of some values, the least and the greatest."""

    median: float
    least: float
    greatest: float

    @classmethod
    def of(cls, values: Iterable[float]) -> "Spread | None":
        """Of no values there is none."""
        every = sorted(values)
        return cls(median(every), every[0], every[-1]) if every else None

    def __iter__(self) -> Iterator[float]:
        return iter((self.median, self.least, self.greatest))

"""Counts what the lines of one process mean, so that a log of any size stays a handful of facts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from sessile.doctor.evidence.log_entries import Entry
from sessile.doctor.evidence.log_guarded import Followed, Guarded
from sessile.doctor.evidence.log_lines import Line
from sessile.doctor.evidence.log_meaning import Meaning, meanings
from sessile.doctor.evidence.log_requests import Answered, answered
from sessile.doctor.evidence.log_runs import Runs, Seen, Stage, stage
from sessile.doctor.evidence.log_words import is_telling
from sessile.doctor.facts.logs import SENT_TO_LOGIN, Event, Kind, Log, Mark
from sessile.doctor.masking import excerpt

DISTINCT = 1000
VALUES = 8
FAILURE_LINES = 10

_ERRORS = (Kind.ERROR, Kind.SAVE_ERROR, Kind.TABLE_WARNING)
_AT_START = (Kind.TABLE_OK, Kind.TABLE_WARNING, Kind.KEYS)
_CODES_AT_START = ("MEMORY_STORE", "SECRET_FALLBACK", "SECRET_WEAK", "SECRET_NOT_GIVEN")
_SLIP = re.compile(r"(?:Uncaught )?(?:Type|Reference)Error: ")
"""A mistake in the code itself, in the runtime's own words: no user's data stand in them."""

Key = tuple[Kind, str, tuple[str, ...]]


@dataclass(slots=True)
class Count:
    """An event, while it is being counted."""

    text: str
    first: Mark
    last: Mark
    count: int = 0
    values: dict[str, None] = field(default_factory=dict)
    boots: dict[int, None] = field(default_factory=dict)
    estimated: bool = False

    def add(self, mark: Mark, values: Sequence[str], weight: int) -> None:
        self.count += weight
        self.estimated |= weight != 1
        self.last = mark
        self.boots[mark.boot] = None
        for value in values:
            if len(self.values) < VALUES:
                self.values.setdefault(value)

    def follow(self, other: "Count", moved: int) -> None:
        """Add what was counted later, its boots moved."""
        self.count += other.count
        self.estimated |= other.estimated
        self.last = _moved(other.last, moved)
        self.values |= other.values
        self.boots |= {boot + moved: None for boot in other.boots}


class Tally:
    """The events of one process, or of several lives of it. `starting` tells that it came after another process of its name."""

    def __init__(self, *, starting: bool = False) -> None:
        self.lines = 0
        self.first_line = 0
        self.last_line = 0
        self.cut_off = False
        self.runs = Runs(starting=starting)
        self.events: dict[Key, Count] = {}
        self._entry: Entry | None = None
        self._failure: tuple[int, Meaning] | None = None
        self._slip: Line | None = None
        self._followed = Followed()

    def add(self, line: Line, guarded: Guarded) -> None:
        """Count one line."""
        self.lines += 1
        self.first_line = self.first_line or line.number
        self.last_line = line.number
        if self._entry is not None:
            if self._entry.takes(line.text):
                self._entry.join(line.text)
                return
            self._close()
        request = answered(line.text)
        if request is not None:
            self._request(request, line, guarded)
        if line.details or line.fields or (request is None and _opens(line.text)):
            self._entry = Entry.of(line)

    @property
    def in_entry(self) -> bool:
        """Whether the next line may go on with the one before."""
        return self._entry is not None

    def pass_over(self, lines: int) -> None:
        """Count lines that tell nothing."""
        if lines:
            self._close()
            self.lines += lines

    def break_off(self) -> None:
        """Lines are missing from here on."""
        self.runs.break_off()

    def end(self) -> None:
        """Count what was still open."""
        self._close()

    def follow(self, other: "Tally") -> None:
        """Add the process that came after this one."""
        moved = self.runs.follow(other.runs)
        for (kind, code, names), count in other.events.items():
            key = (kind, code, (str(int(names[0]) + moved), *names[1:]) if kind is Kind.KEYS else names)
            mine = self.events.get(key)
            if mine is None:
                mine = self.events[key] = Count(count.text, _moved(count.first, moved), count.last)
            mine.follow(count, moved)
        self.lines += other.lines
        self.last_line = max(self.last_line, other.last_line)
        self.cut_off |= other.cut_off

    @property
    def tells(self) -> bool:
        """Whether anything was found in it."""
        return bool(self.events)

    def log(self, source: str, instance: str, *, cut_off: bool) -> Log:
        """All of it as a fact."""
        events = sorted(self.events.items(), key=lambda item: item[1].first.line)
        return Log(
            source=source,
            instance=instance,
            lines=self.lines,
            events=tuple(
                Event(kind, code, c.text, c.count, c.first, c.last, tuple(c.values), tuple(c.boots), c.estimated)
                for (kind, code, _), c in events
            ),
            boots=self.runs.boot,
            cut_off=cut_off or self.cut_off,
            runs=tuple(self.runs),
        )

    def _request(self, request: Answered, line: Line, guarded: Guarded) -> None:
        page = guarded.turned_away_from(request, self._followed.before(request)) if guarded.pages else ""
        kind = guarded.kind(request, page)
        if kind is None:
            if guarded.is_passed_by(request):
                self.runs.pass_by(request.client)
            return
        code = str(request.status) if kind is Kind.SERVER_ERROR else SENT_TO_LOGIN if page else ""
        meaning = Meaning(kind, line.text, code, values=(page or request.path,))
        self._count(meaning, line, client=request.client)

    def _close(self) -> None:
        entry, self._entry = self._entry, None
        if entry is None:
            return
        found = list(meanings(entry))
        for meaning in found:
            self._take(meaning, entry.line)
        if not found and _SLIP.match(entry.line.text):
            self._slip = entry.line
        marked = stage(entry.line.text) if not found else None
        if marked is not None:
            self._enter(marked, entry.line)

    def _take(self, meaning: Meaning, line: Line) -> None:
        if _is_at_start(meaning):
            self.runs.enter(Stage.PREPARING, self._mark(line))
        elif meaning.kind in _ERRORS:
            self.runs.error()
        if meaning.kind in _ERRORS:
            self._failure = (self.last_line, meaning)
        self._count(meaning, line, names_user="for user" in meaning.text)

    def _enter(self, marked: Stage, line: Line) -> None:
        news = self.runs.enter(marked, self._mark(line), line.text)
        if news and marked in (Stage.OPENING, Stage.READY):
            self._count(Meaning(Kind.BOOT, line.text), line)
        elif news and marked is Stage.FAILED:
            self._count(self._end_of_process(line), line)

    def _end_of_process(self, line: Line) -> Meaning:
        """The process's end, with the error that stands right before it."""
        if self._failure and line.number - self._failure[0] <= FAILURE_LINES:
            error = self._failure[1]
            return Meaning(Kind.EXIT, error.text, error.code, error.names, error.values)
        slip = self._slip
        near = slip is not None and 0 < line.number - slip.number <= FAILURE_LINES
        return Meaning(Kind.EXIT, f"{slip.text}: {line.text}" if slip and near else line.text)

    def _count(self, meaning: Meaning, line: Line, *, client: str = "", names_user: bool = False) -> None:
        mark = self._mark(line)
        names = (str(mark.boot), *meaning.values) if meaning.kind is Kind.KEYS else meaning.names
        key = (meaning.kind, meaning.code, names)
        count = self.events.get(key)
        if count is None:
            if len(self.events) >= DISTINCT:
                self.cut_off = True
                return
            count = self.events[key] = Count(excerpt(meaning.text), mark, mark)
        count.add(mark, [_masked(value) for value in meaning.values], line.weight)
        seen = Seen(meaning.kind, meaning.code, mark, client, names_user=names_user, weight=line.weight, in_row=line.in_row)
        self.runs.see(seen)

    def _mark(self, line: Line) -> Mark:
        return Mark(line.number, line.time, self.runs.boot)


@lru_cache(maxsize=4096)
def _masked(value: str) -> str:
    return excerpt(value, 130)


def _opens(text: str) -> bool:
    """Whether a line can begin an entry: deeper indentation belongs to something that was not worth a look."""
    return not text.startswith(("    ", "\t")) and is_telling(text)


def _is_at_start(meaning: Meaning) -> bool:
    return meaning.kind in _AT_START or meaning.code in _CODES_AT_START


def _moved(mark: Mark, by: int) -> Mark:
    return Mark(mark.line, mark.time, mark.boot + by)

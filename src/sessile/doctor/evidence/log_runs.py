"""Tells the runs of a process apart, and what became of the logins in each."""

import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum

from sessile.doctor.facts.logs import Kind, Mark, Run

KEPT_RUNS = 1000
KEPT_CLIENTS = 10_000
A_VISIT = 3
"""So many requests a page of a user may ask who is not known any more."""
NEAR_LINES = 3
NEAR = timedelta(seconds=1)
WINDOW_LINES = 30
WINDOW = timedelta(seconds=10)
PENDING = 100
BANNER = 300


class Stage(Enum):
    """Where in the life of a process a line stands."""

    OPENING = "it is being started"
    PREPARING = "it does what is done once at start-up"
    READY = "it accepts requests"
    FAILED = "it ended on an error"
    ENDED = "it ended"


_STAGES = (
    (
        Stage.FAILED,
        re.compile(
            r"^Node\.js v\d+\.|Application startup failed\. Exiting|app crashed - waiting|Worker failed to boot"
            r"|(?:Exited|exited) with (?:status|code) \[?(?!0\b|143\b)\d|State changed from \w+ to crashed"
        ),
    ),
    (
        Stage.ENDED,
        re.compile(
            r"^\W*Server (?:stopped|closed)\b|Finished server process|Shutting down: Master"
            r"|xited with (?:status|code) \[?(?:0|143)\b"
        ),
    ),
    (
        Stage.OPENING,
        re.compile(
            r"^> \S+@\S+ (?:start|dev|serve|prod)|^> (?:\w+=\S+ )*(?:node|nodemon|tsx|ts-node|bun|next|nest|cross-env)\b"
            r"|==> Running '|Starting process with command|\[nodemon\] (?:re)?starting|Started (?:server|parent|reloader) process"
            r"|Starting gunicorn|Booting worker with pid|App \[[^\]]+\] (?:starting|online)|Starting development server"
        ),
    ),
    (
        Stage.READY,
        re.compile(
            r"(?:\b(?:server|app|application|api|backend|service|express|uvicorn|hypercorn|worker)\b[\w ,.!'-]{0,30}"
            r"\b(?:running|listening|started|serving|ready|live|up)"
            r"|(?:^|: |\] |\dZ )\W*(?:running|listening|serving|ready|started server))\b"
            r"[^\n]{0,40}?\b(?:on|at)\b[^\n]{0,40}?(?:\bport\b\W{0,3}\d|https?://|:\d{2,5}\b|\bsocket\b|\b\d{4,5}\b)"
            r"|(?:^|: |\] |\dZ )\W*(?:[\w.@/-]{1,30} ){1,3}listening (?:on|at)\W{0,2}"
            r"(?:(?:address|port)\W{0,3}\d|https?://|[\w.*-]*:\d{2,5}\b|\d{4,5}\b)"
            r"|^\W*(?!(?:follow|look|sign|pick|back|wake|catch|speed|set)(?:ed|ing|s)? )[\w.@/-]{1,30} up (?:on|at)\W{0,2}"
            r"(?:port \d|https?://|[\w.*-]*:\d{4,5}\b|\d{4,5}(?:$| \())"
            r"|Application startup complete|application successfully started|\bReady in \d"
            r"|Your service is live|State changed from \w+ to up\b",
            re.IGNORECASE,
        ),
    ),
)


def stage(text: str) -> Stage | None:
    """The stage that a line marks, or None."""
    return next((stage for stage, pattern in _STAGES if pattern.search(text, 0, BANNER)), None)


@dataclass(slots=True)
class Seen:
    """One event, as a run counts it. `client` is the address a request came from, `weight` for how many it stands; where
    `in_row` is false, lines before or after it are missing.
    """

    kind: Kind
    code: str
    mark: Mark
    client: str = ""
    names_user: bool = False
    weight: int = 1
    in_row: bool = True


@dataclass(slots=True)
class Pending:
    """A login whose session has not been seen to work yet. `announced` tells that only its save was logged so far."""

    client: str
    mark: Mark
    announced: bool = False
    refused: bool = False

    def is_over(self, mark: Mark) -> bool:
        if mark.time and self.mark.time:
            return mark.time - self.mark.time > WINDOW
        return mark.line - self.mark.line > WINDOW_LINES

    def is_of(self, client: str) -> bool:
        return not client or not self.client or client == self.client


@dataclass(slots=True)
class RunCount:
    """One run, while it is being counted."""

    first: Mark
    last: Mark
    counts: dict[str, int] = field(default_factory=dict)
    errors: dict[str, None] = field(default_factory=dict)
    pending: deque[Pending] = field(default_factory=deque)
    survived: bool = False
    gap: bool = False

    def add(self, name: str, weight: int = 1) -> None:
        self.counts[name] = self.counts.get(name, 0) + weight

    def see(self, seen: Seen) -> None:
        """Count one event."""
        self.last = seen.mark
        self._expire(seen.mark)
        if name := _COUNTED.get(seen.kind):
            self.add(name, seen.weight)
        if seen.kind in _ERRORS and seen.code:
            self.errors.setdefault(seen.code)
        if seen.in_row:
            self._follow(seen)

    def break_off(self) -> None:
        """Lines are missing from here on: of the logins before no more will be known, and somebody may have logged in."""
        while self.pending:
            self._settle(self.pending.popleft())
        self.gap = True

    def pass_by(self, client: str) -> None:
        """A client went to a page that anybody may see: of its last login no more will be known."""
        login = next((login for login in self.pending if login.is_of(client) and not login.refused), None)
        if login is not None:
            self.pending.remove(login)

    def _follow(self, seen: Seen) -> None:
        if seen.kind is Kind.LOGIN or (seen.kind is Kind.SAVED and seen.names_user):
            self._log_in(seen.client, seen.mark, announced=seen.kind is Kind.SAVED)
        elif seen.kind is Kind.AUTHORIZED:
            self.counts.pop(_AT_END, None)
            self._let_in(seen.client)
        elif seen.kind is Kind.UNAUTHORIZED:
            self.add(_AT_END, seen.weight)
            self._refuse(seen.client)

    def run(self, boot: int) -> Run:
        """The run as it stands."""
        counts = dict(self.counts)
        refused = sum(login.refused for login in self.pending)
        counts["login_then_401"] = counts.get("login_then_401", 0) + refused
        if self.survived:
            counts.pop("unauthorized_before_login", None)
        return Run(boot=boot, first=self.first, last=self.last, errors=tuple(self.errors), **counts)

    @property
    def _anyone_logged_in(self) -> bool:
        return self.gap or "logins" in self.counts or "saved" in self.counts

    def _log_in(self, client: str, mark: Mark, *, announced: bool) -> None:
        if self.pending and self.pending[-1].announced and not announced:
            self.pending.pop()
        self.pending.append(Pending(client, mark, announced))
        if len(self.pending) > PENDING:
            self._settle(self.pending.popleft())

    def _let_in(self, client: str) -> None:
        if not self._anyone_logged_in:
            self.survived = True
        for login in self.pending:
            if login.is_of(client):
                self.add("login_then_authorized")
                self.pending.remove(login)
                return

    def _refuse(self, client: str) -> None:
        if not self._anyone_logged_in:
            self.add("unauthorized_before_login")
        for login in self.pending:
            if login.is_of(client) and not login.refused:
                login.refused = True
                return

    def _expire(self, mark: Mark) -> None:
        while self.pending and self.pending[0].is_over(mark):
            self._settle(self.pending.popleft())

    def _settle(self, login: Pending) -> None:
        if login.refused:
            self.add("login_then_401")


_AT_END = "unauthorized_at_end"
_COUNTED = {
    Kind.LOGIN: "logins",
    Kind.SAVED: "saved",
    Kind.AUTHORIZED: "authorized",
    Kind.UNAUTHORIZED: "unauthorized",
    Kind.SIGNATURE_INVALID: "signature_invalid",
    Kind.NO_SESSION: "no_session",
    Kind.SERVER_ERROR: "server_errors",
}
_ERRORS = (Kind.ERROR, Kind.SAVE_ERROR, Kind.TABLE_WARNING, Kind.EXIT)


class Runs:
    """The runs of one process, or of several that follow one another.

    `starting` tells that the first line already belongs to a start, because another process was there before.
    """

    def __init__(self, *, starting: bool) -> None:
        self.boot = int(starting)
        self._stage = Stage.OPENING if starting else Stage.READY
        self._announced_boot = 0
        self._near: Mark | None = None
        self._openings: set[str] = set()
        self.counts: dict[int, RunCount] = {}
        self._known: set[str] = set()
        self._refused: Counter[str] = Counter()

    def enter(self, stage: Stage, mark: Mark, text: str = "") -> bool:
        """Take note of a stage; whether this is the first line that announces its start, or the one that ends the run.

        A platform, a package manager and the process itself may each announce one start; none announces it twice.
        """
        if stage in (Stage.FAILED, Stage.ENDED):
            news = self._stage not in (Stage.FAILED, Stage.ENDED)
            self._stage = stage
            return news
        if self._begins(stage, mark, text):
            self.boot += 1
            self._openings.clear()
        if stage is Stage.OPENING:
            self._openings.add(text)
        self._stage = Stage.READY if stage is Stage.READY else Stage.OPENING
        self._near = mark
        first = stage is not Stage.PREPARING and self._announced_boot != self.boot
        if first:
            self._announced_boot = self.boot
        return first

    def error(self) -> None:
        """An error after the process has ended is the next process's, which did not get as far as to announce itself."""
        if self._stage in (Stage.FAILED, Stage.ENDED):
            self.boot += 1
            self._stage = Stage.OPENING

    def see(self, seen: Seen) -> None:
        """Count one event in the current run."""
        count = self.counts.get(seen.mark.boot)
        if count is None:
            count = self.counts[seen.mark.boot] = RunCount(seen.mark, seen.mark)
            if len(self.counts) > KEPT_RUNS:
                del self.counts[next(iter(self.counts))]
        if self._is_strangers(seen):
            count.add("unauthorized_of_strangers", seen.weight)
        count.see(seen)

    def break_off(self) -> None:
        """Lines are missing from here on."""
        if count := self.counts.get(self.boot):
            count.break_off()

    def pass_by(self, client: str) -> None:
        """A client went to a page that anybody may see."""
        if count := self.counts.get(self.boot):
            count.pass_by(client)

    def follow(self, other: "Runs") -> int:
        """Add the runs of the process that came after; the number by which its boots are moved."""
        moved = self.boot
        for boot, count in other.counts.items():
            self.counts[boot + moved] = count
        self.boot += other.boot
        return moved

    def __iter__(self) -> Iterator[Run]:
        for boot, count in self.counts.items():
            yield count.run(boot)

    def _is_strangers(self, seen: Seen) -> bool:
        """Whether a client goes on asking from whose address nobody was seen to log in, as monitors and robots do."""
        if seen.kind in (Kind.LOGIN, Kind.AUTHORIZED) and len(self._known) < KEPT_CLIENTS:
            self._known.add(seen.client)
        if seen.kind is not Kind.UNAUTHORIZED or not seen.client or seen.client in self._known:
            return False
        if len(self._refused) < KEPT_CLIENTS or seen.client in self._refused:
            self._refused[seen.client] += 1
        return self._refused[seen.client] > A_VISIT

    def _begins(self, stage: Stage, mark: Mark, text: str) -> bool:
        if self._stage in (Stage.FAILED, Stage.ENDED) or self._near is None:
            return self._stage is not Stage.OPENING
        if self._is_near(mark):
            return False
        return self._stage is not Stage.OPENING or (stage is Stage.OPENING and text in self._openings)

    def _is_near(self, mark: Mark) -> bool:
        if self._near is None:
            return False
        if mark.time and self._near.time:
            return timedelta(0) <= mark.time - self._near.time <= NEAR
        return mark.line - self._near.line <= NEAR_LINES

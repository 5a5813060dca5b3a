"""How an error is recognised, and what a log says about whether it still stands."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sessile.doctor.causes import sight
from sessile.doctor.facts import ErrorSeen, Evidence, Facts, Log, Redis
from sessile.doctor.facts.logs import Event, Kind
from sessile.doctor.findings import Confirmed, Need, RuledOut, Undecided, Unseen
from sessile.stores.postgres.shape import TableShape

CARRIERS = (Kind.SAVE_ERROR, Kind.TABLE_WARNING, Kind.EXIT, Kind.ERROR)
SPEAKING_OF_SESSIONS = (Kind.SAVE_ERROR, Kind.TABLE_WARNING)
A_LOGS_WORD = 0.95
SHOWN = 3
SQLSTATE = re.compile(r"(?=.*\d)[0-9A-Z]{5}")
ANSWERS = re.compile(
    rf"{SQLSTATE.pattern}|REDIS_(?:NOAUTH|WRONGPASS|DENIED|NOPERM|DB|MAXCLIENTS|LOADING|MASTERDOWN|CLUSTERDOWN|MOVED|ERR)"
)
"""What a server itself says, and no network."""
CUT = ("57P01", "57P02", "CONNECTION_TERMINATED")


class Course(StrEnum):
    """How a fault goes on, which decides what a later success in the log says of it."""

    LASTING = "until somebody mends it"
    WRITING = "until somebody mends it, while rows saved before can still be read"
    PASSING = "it comes and goes with the load"
    SELECTIVE = "it strikes some users or values only"

    @property
    def contradicted_by(self) -> tuple[Kind, ...]:
        """The kinds of line that cannot follow while the fault stands."""
        if self is Course.SELECTIVE:
            return ()
        return (Kind.SAVED,) if self is Course.WRITING else (Kind.SAVED, Kind.AUTHORIZED, Kind.SESSION_FOUND)


@dataclass(frozen=True, slots=True)
class Sign:
    """What an error looks like.

    One of `codes` is enough, unless `only` demands more of the message; `text` tells the error where it came without
    a code. `of_sessions` says that a service's other queries meet the same error, so that a line must speak of
    sessions to prove anything.
    """

    codes: tuple[str, ...]
    only: str = ""
    text: str = ""
    course: Course = Course.LASTING
    of_sessions: bool = False

    def matches(self, code: str, message: str) -> bool:
        """Whether an error of that code and message is this one."""
        if code in self.codes:
            return re.search(self.only, message) is not None
        told_by = self.text or self.only
        return not code and bool(told_by) and re.search(told_by, message) is not None


@dataclass(frozen=True, slots=True)
class Sighting:
    """An error that shows a sign: met by the doctor itself (`log` is None), or all such lines of one log."""

    error: ErrorSeen
    log: Log | None = None
    event: Event | None = None

    @property
    def times(self) -> str:
        """How often, in words."""
        return "once" if self.error.count == 1 else f"{self.error.count} times"

    def followed_by(self, *kinds: Kind) -> bool:
        """Whether a line of one of the kinds stands later in the same log."""
        if self.log is None or self.error.last is None:
            return False
        line = self.error.last.line
        return any(event.last.line > line for kind in kinds for event in self.log.of(kind))

    @property
    def in_last_run(self) -> bool:
        """Whether the process has not been started again since."""
        return self.log is None or self.error.last is None or self.error.last.boot >= self.log.boots


def sightings(facts: Facts, sign: Sign) -> tuple[Sighting, ...]:
    """Every error that shows the sign, those met by the doctor first."""
    return tuple(s for s in _all(facts) if sign.matches(s.error.code, s.error.message))


def judge(facts: Facts, sign: Sign) -> Confirmed | Undecided | RuledOut | None:
    """What the errors say by themselves; None if none shows the sign."""
    findings = [_judge_one(facts, sign, sighting) for sighting in sightings(facts, sign)]
    confirmed = [finding for finding in findings if isinstance(finding, Confirmed)]
    undecided = [finding for finding in findings if isinstance(finding, Undecided)]
    if confirmed:
        return Confirmed(_distinct(confirmed), certainty=max(finding.certainty for finding in confirmed))
    if undecided:
        return Undecided(_distinct(undecided))
    return next((finding for finding in findings if isinstance(finding, RuledOut)), None)


def proof(facts: Facts, sign: Sign) -> tuple[Evidence, ...]:
    """What the errors add to a proof that stands without them: the evidence of those that are not over."""
    finding = judge(facts, sign)
    return finding.evidence[:2] if isinstance(finding, Confirmed | Undecided) else ()


def absent(facts: Facts) -> RuledOut | Unseen:
    """The finding where no error shows the sign and only a log could have told."""
    if not facts.logs:
        return Unseen(Need.LOG, "no log was given")
    if not any(log.events for log in facts.logs):
        return Unseen(Need.LOG, "the log holds no line that tells about sessions")
    return RuledOut(f"no such error in {sum(log.lines for log in facts.logs)} lines of log")


def speaks_of_sessions(facts: Facts, text: str) -> bool:
    """Whether a message names the session table, or anything called a session."""
    relation = sight.relation(facts)
    named = isinstance(relation, TableShape) and relation.name in text
    return named or re.search("sess", text, re.IGNORECASE) is not None


def _distinct(findings: Sequence[Confirmed | Undecided]) -> tuple[Evidence, ...]:
    """The evidence of all of them; what the log says twice, as the error and as the end of the process, is said once."""
    said = {evidence.says: evidence for finding in reversed(findings) for evidence in finding.evidence}
    return tuple(reversed(said.values()))[:SHOWN]


def _all(facts: Facts) -> Iterator[Sighting]:
    known = sight.database(facts)
    if not isinstance(known, Unseen):
        yield from (Sighting(error) for error in known.errors)
    if isinstance(facts.redis, Redis):
        yield from (Sighting(error) for error in facts.redis.errors)
    for log in facts.logs:
        for event in (event for kind in CARRIERS for event in log.of(kind)):
            yield Sighting(_error(log, event), log, event)


def _error(log: Log, event: Event) -> ErrorSeen:
    return ErrorSeen(
        code=event.code,
        message=" ".join((event.text, *event.values)),
        evidence=log.evidence(event),
        count=event.count,
        last=event.last,
        boots=event.boots,
    )


def _gave_way(sighting: Sighting) -> tuple[Event, ...]:
    """What came after connections were cut, where that is another error: the service did connect anew, or tried to."""
    error, log = sighting.error, sighting.log
    if log is None or error.last is None or error.code not in CUT:
        return ()
    later = (event for kind in CARRIERS for event in log.of(kind) if event.last.line > error.last.line)
    return tuple(event for event in later if event.code and event.code not in CUT)


def _judge_one(facts: Facts, sign: Sign, sighting: Sighting) -> Confirmed | Undecided | RuledOut:
    error, event = sighting.error, sighting.event
    if event is None or error.last is None:
        return Confirmed((error.evidence,))
    contradicted = sighting.followed_by(*sign.course.contradicted_by)
    if contradicted and sign.course is not Course.PASSING:
        return RuledOut(f"seen {sighting.times}, last in line {error.last.line}; sessions have worked since")
    if sign.of_sessions and event.kind not in SPEAKING_OF_SESSIONS and not speaks_of_sessions(facts, error.message):
        named = re.search(r'\b(table|relation|view|index|column) "?\w', error.message)
        return RuledOut("it is about another table") if named else Undecided((error.evidence,))
    followed = _gave_way(sighting)
    if answer := next((one for one in followed if SQLSTATE.fullmatch(one.code) and one.last.boot == error.last.boot), None):
        return RuledOut(f"the service asked PostgreSQL for a new connection since, and was answered {answer.code}")
    restarted = not sighting.in_last_run and sighting.followed_by(Kind.LOGIN)
    if contradicted or restarted or followed:
        return Undecided((error.evidence,))
    return Confirmed((error.evidence,), certainty=A_LOGS_WORD)

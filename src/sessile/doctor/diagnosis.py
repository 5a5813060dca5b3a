"""The result of a diagnosis: what every report tells in its own form."""

from dataclasses import dataclass
from enum import StrEnum

from sessile.doctor.causes import Cause
from sessile.doctor.facts.evidence import Evidence
from sessile.doctor.findings import Need
from sessile.doctor.ranking import Weight
from sessile.session.outcome import Station


class Verdict(StrEnum):
    """`healthy` means no fault in what was seen; `cannot_tell` that a symptom was seen and stays unexplained."""

    SICK = "sick"
    HEALTHY = "healthy"
    CANNOT_TELL = "cannot_tell"

    @property
    def exit_status(self) -> int:
        """The exit status of the command line: 0 healthy, 1 sick, 3 cannot tell."""
        return {Verdict.HEALTHY: 0, Verdict.SICK: 1, Verdict.CANNOT_TELL: 3}[self]


class Confidence(StrEnum):
    """How sure the diagnosis is of a cause: a proof, or a probability of at least .9, .6 or less."""

    CONFIRMED = "confirmed"
    VERY_LIKELY = "very_likely"
    LIKELY = "likely"
    POSSIBLE = "possible"


LIKELY = 0.6
VERY_LIKELY = 0.9


def confidence(probability: float) -> Confidence:
    """The word for a probability that no proof stands behind."""
    if probability >= VERY_LIKELY:
        return Confidence.VERY_LIKELY
    return Confidence.LIKELY if probability >= LIKELY else Confidence.POSSIBLE


class State(StrEnum):
    """What is known of a station."""

    OK = "ok"
    BROKEN = "broken"
    UNSEEN = "unseen"


@dataclass(frozen=True, slots=True)
class Stop:
    """One station of the journey, and what is known of it."""

    station: Station
    state: State
    because: str


@dataclass(frozen=True, slots=True)
class Suspect:
    """A cause that stands in the diagnosis; `title` may name the very objects. `probability` is between 0 and 1.

    `weights` say of a cause that nothing proves why it stands where it does.
    """

    cause: Cause
    title: str
    confidence: Confidence
    probability: float
    evidence: tuple[Evidence, ...]
    against: tuple[Evidence, ...] = ()
    weights: tuple[Weight, ...] = ()


@dataclass(frozen=True, slots=True)
class SomethingElse:
    """No known cause explains what was seen. `stations` are those where sessions may stop, one where it is known which."""

    stations: tuple[Station, ...]
    evidence: tuple[Evidence, ...]

    @property
    def says(self) -> str:
        """It in one sentence."""
        return f"None of the causes known here explains it.{self.where}"

    @property
    def where(self) -> str:
        """Where it stops sessions, as a sentence after another; "" where nobody knows."""
        return f" It stops sessions at {' or '.join(self.stations)}." if self.stations else ""


@dataclass(frozen=True, slots=True)
class Note:
    """A risk or an oddity that logs nobody out."""

    id: str
    title: str
    why_not_a_cause: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A cause that the facts contradict."""

    cause: Cause
    because: str


@dataclass(frozen=True, slots=True)
class Unchecked:
    """A cause that nobody could look for, and the evidence it needs."""

    cause: Cause
    needs: Need
    why: str


@dataclass(frozen=True, slots=True)
class Collection:
    """What to collect next: what it is, the command that brings it, and the causes it would tell apart."""

    collect: str
    command: str
    separates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the checklist: `yes`, `no` or `unknown`, and why."""

    item: str
    state: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """The whole answer. `symptoms` are the observations that a fault must explain, `something_else` says that none does.
    `reservation` is what a healthy verdict must be read with, or why there is none though nothing failed, "" for nothing; `given`
    are the kinds of evidence that there were.
    """

    verdict: Verdict
    journey: tuple[Stop, ...]
    causes: tuple[Suspect, ...]
    notes: tuple[Note, ...]
    ruled_out: tuple[Exclusion, ...]
    not_checked: tuple[Unchecked, ...]
    next: tuple[Collection, ...]
    checklist: tuple[Item, ...]
    symptoms: tuple[Evidence, ...] = ()
    something_else: SomethingElse | None = None
    reservation: str = ""
    given: frozenset[Need] = frozenset()

    @property
    def stops_at(self) -> tuple[Station, ...]:
        """The stations where sessions stop for no known reason; () where nobody knows."""
        return self.something_else.stations if self.something_else else ()

    @property
    def caveat(self) -> str:
        """That no known cause explains it, or none but the possible ones; "" where one does."""
        if self.something_else is None or not self.causes:
            return self.something_else.says if self.something_else else ""
        return f"If it is none of these, no cause known here explains it.{self.something_else.where}"

    @property
    def unexplained(self) -> tuple[Evidence, ...]:
        """What shows where they stop, without what stands among the symptoms already."""
        return tuple(one for one in self.something_else.evidence if one not in self.symptoms) if self.something_else else ()

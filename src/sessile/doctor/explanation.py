"""What a line of a log says by itself: the causes it points to, what it proves of them, and what it does not."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sessile.doctor.causes import Cause, catalogue
from sessile.doctor.facts import Facts
from sessile.doctor.facts.evidence import Evidence
from sessile.doctor.findings import Confirmed, Level, Need, Noted, RuledOut, Seen, Undecided, Unseen
from sessile.doctor.observations import OBSERVATIONS

PROVEN = 'it was so when this line was written; sessile doctor "${}" tells whether it still is'


class Weight(StrEnum):
    """How far a line goes towards a cause; one that bears the words says nothing of a log."""

    PROVES = "proves"
    POINTS = "points to"
    HARMLESS = "harmless"
    BEARS = "bears the words of"


@dataclass(frozen=True, slots=True)
class Pointer:
    """A cause that a line speaks for, what shows it, and what is still needed to be sure (None: nothing, or nobody can tell)."""

    cause: Cause
    weight: Weight
    says: str
    needs: Need | None = None
    evidence: tuple[Evidence, ...] = ()


def pointers(facts: Facts, causes: Sequence[Cause] | None = None) -> tuple[Pointer, ...]:
    """The causes that a log alone points to: what it proves first, then the closest link, then the most frequent."""
    seen = {name for name, observation in OBSERVATIONS.items() if isinstance(observation.look(facts), Seen)}
    found = [_pointer(cause, facts, seen) for cause in (catalogue() if causes is None else causes)]

    def order(one: Pointer) -> tuple[int, float, float, str]:
        return list(Weight).index(one.weight), -_link(one.cause, seen), -one.cause.frequency.value, one.cause.id

    return tuple(sorted((pointer for pointer in found if pointer), key=order))


def named(code: str) -> tuple[Pointer, ...]:
    """The causes whose evidence names a code, where the code stands alone: what its message would tell is missing."""
    word = re.compile(rf"\b{re.escape(code)}\b")
    causes = [cause for cause in catalogue() if word.search(cause.sections["Evidence"])]
    causes.sort(key=lambda cause: -cause.frequency.value)
    return tuple(Pointer(cause, Weight.POINTS, "the whole line with its message tells more") for cause in causes)


def about(words: str) -> tuple[Pointer, ...]:
    """The causes whose id and title have all of some words, for whoever asks in words of their own."""
    asked = [word for word in re.findall(r"[a-z0-9]+", words.lower()) if len(word) > 1]
    causes = [cause for cause in catalogue() if all(word in f"{cause.id} {cause.title}".lower() for word in asked)]
    causes.sort(key=lambda cause: -cause.frequency.value)
    return tuple(Pointer(cause, Weight.BEARS, "") for cause in causes) if asked else ()


def _pointer(cause: Cause, facts: Facts, seen: set[str]) -> Pointer | None:
    match cause.judge(facts):
        case Confirmed(evidence=evidence) if cause.rivals:
            says = f"the same error comes of {', '.join(cause.rivals)}; the database tells which it is"
            return Pointer(cause, Weight.POINTS, says, Need.DATABASE, evidence)
        case Confirmed(evidence=evidence):
            store = "REDIS_URL" if "-redis-" in cause.id else "DATABASE_URL"
            return Pointer(cause, Weight.PROVES, PROVEN.format(store), evidence=evidence)
        case Undecided(evidence=evidence) if evidence:
            return Pointer(cause, Weight.POINTS, "", evidence=evidence)
        case Noted(evidence=evidence, why_not_a_cause=why):
            return Pointer(cause, Weight.HARMLESS, why, evidence=evidence)
        case RuledOut():
            return None
        case Unseen(needs=needs, why=why):
            return Pointer(cause, Weight.POINTS, why, needs) if _link(cause, seen) else None
        case _:
            return Pointer(cause, Weight.POINTS, "") if _link(cause, seen) else None


def _link(cause: Cause, seen: set[str]) -> float:
    return max((level.value for name, level in cause.links.items() if name in seen and level is not Level.NEVER), default=0.0)

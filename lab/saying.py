"""What the doctor says of one scene: from all that was collected, from each kind of evidence alone, and when it has never heard
of the cause.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace

from sessile.doctor.causes import catalogue
from sessile.doctor.diagnose import diagnose
from sessile.doctor.diagnosis import VERY_LIKELY, Confidence, Diagnosis, State, Verdict
from sessile.doctor.evidence.correlation import correlate
from sessile.doctor.evidence.gathering import Options, gather
from sessile.doctor.evidence.site.plan import Request
from sessile.doctor.evidence.sorting import sort
from sessile.doctor.facts import Correlations, Facts, Unknown
from sessile.doctor.facts.wire import Seen

ALL = "all"
NAMES = {"database": "database", "environments": "environment", "logs": "log"}
"""The kinds of evidence by the field of the facts; a field that is not named here is a kind of its own."""


@dataclass(frozen=True, slots=True)
class Named:
    """One cause that was named."""

    id: str
    station: str
    confidence: Confidence
    probability: float


@dataclass(frozen=True, slots=True)
class Saying:
    """One diagnosis, as far as it can be right or wrong.

    `broken` are the stations it calls broken, `stations` those where something else than a known cause may stop sessions, `asks`
    how much it wants next.
    """

    verdict: Verdict
    causes: tuple[Named, ...]
    broken: tuple[str, ...]
    stations: tuple[str, ...]
    asks: int

    def place(self, right: Collection[str]) -> int:
        """At which place, from 1, a right cause stands; 0 if none does."""
        return next((number for number, cause in enumerate(self.causes, 1) if cause.id in right), 0)

    def surely_wrong(self, right: Collection[str]) -> bool:
        """Whether a wrong cause stands first, confirmed or very likely."""
        first = self.causes[0] if self.causes else None
        return first is not None and first.id not in right and first.probability >= VERY_LIKELY

    @classmethod
    def of(cls, diagnosis: Diagnosis) -> "Saying":
        """What counts of a diagnosis."""
        return cls(
            diagnosis.verdict,
            tuple(Named(one.cause.id, one.cause.station, one.confidence, one.probability) for one in diagnosis.causes),
            tuple(stop.station for stop in diagnosis.journey if stop.state is State.BROKEN),
            diagnosis.something_else.stations if diagnosis.something_else else (),
            len(diagnosis.next),
        )


@dataclass(frozen=True, slots=True)
class Sayings:
    """What was said from each kind of evidence that there was, `ALL` among them, and `unheard`: without the cause's own file."""

    by_kind: Mapping[str, Saying]
    unheard: Saying


def sayings(words: Sequence[str], right: Collection[str], probe: Request | None = None) -> Sayings:
    """Collect once what `words` name, and diagnose it over and over."""
    collected = gather(sort(words, {}), Options(probe=probe or Request())).facts
    known = {ALL: collected} | dict(alone(collected))
    said = {kind: Saying.of(diagnose(facts)) for kind, facts in known.items()}
    return Sayings(said, without(next(iter(right), ""), collected))


def without(cause: str, facts: Facts) -> Saying:
    """What a doctor says that has never heard of one cause."""
    return Saying.of(diagnose(facts, [one for one in catalogue() if one.id != cause]))


def alone(collected: Facts) -> Iterator[tuple[str, Facts]]:
    """The facts that each kind of evidence brings alone, by its name."""
    nothing = Facts(now=collected.now)
    for field in fields(Facts):
        value = getattr(collected, field.name)
        if (
            field.name in ("now", "wires", "sites", "correlations")
            or value in (getattr(nothing, field.name), ())
            or isinstance(value, Unknown)
        ):
            continue
        yield NAMES.get(field.name, field.name), replace(nothing, **{field.name: value})
    for kind, seen in (("recording", False), ("site", True)):
        wires = tuple(wire for wire in collected.wires if (wire.seen_by is Seen.SITE) is seen)
        if wires:
            facts = replace(nothing, wires=wires, sites=collected.sites if seen else (), correlations=Correlations())
            yield kind, replace(facts, correlations=correlate(facts, (), None, None))

"""What is said of a scene when the cause's own file is taken away: the right station must hold, and no other cause be sure."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lab.saying import Saying
from sessile.doctor.causes import cause_named
from sessile.doctor.diagnosis import LIKELY, Verdict


class Answer(StrEnum):
    """What came of one case."""

    STATION = "right station"
    AMONG = "several stations, the right one among them"
    NOWHERE = "no station, cannot tell"
    ELSEWHERE = "wrong station"
    HEALTHY = "healthy"


@dataclass(frozen=True, slots=True)
class Unheard:
    """One fault that people suffered from: the causes that are right, the taken one first, and what was said without it."""

    name: str
    right: Collection[str]
    said: Saying

    @property
    def answer(self) -> Answer:
        """Where the doctor put it."""
        stations = {cause.station for one in self.right if (cause := cause_named(one))}
        named = set(self.said.broken)
        if stations & named:
            return Answer.STATION
        if named or self.said.verdict is Verdict.SICK:
            return Answer.ELSEWHERE
        if self.said.verdict is Verdict.HEALTHY:
            return Answer.HEALTHY
        if self.said.stations:
            return Answer.AMONG if stations & set(self.said.stations) else Answer.ELSEWHERE
        return Answer.NOWHERE

    @property
    def asks(self) -> bool:
        """Whether it says what to collect, or that it cannot tell."""
        return self.said.asks > 0 or self.said.verdict is Verdict.CANNOT_TELL

    @property
    def likely_and_wrong(self) -> bool:
        """Whether a wrong cause stands first and is at least likely; `surely_wrong` of what was said is the worse half."""
        first = self.said.causes[0] if self.said.causes else None
        return first is not None and first.id not in self.right and first.probability >= LIKELY


def printed(cases: Sequence[Unheard]) -> Iterator[str]:
    """The counts in one line, and a line for each case whose station is not named."""
    answers = Counter(case.answer for case in cases)
    counts = ", ".join(f"{answer} {answers[answer]}" for answer in Answer)
    sure = sum(case.said.surely_wrong(case.right) for case in cases)
    likely = sum(case.likely_and_wrong for case in cases)
    asking = sum(case.asks for case in cases)
    yield (
        f"without the cause's own file: {len(cases)} cases, {counts}; "
        f"asks or cannot tell {asking}, wrong and likely {likely}, sure and wrong {sure}"
    )
    for case in cases:
        if case.answer is not Answer.STATION or case.likely_and_wrong:
            yield f"  unheard: {case.name}: {case.answer}{_told(case)}"


def _told(case: Unheard) -> str:
    stations = case.said.broken or case.said.stations
    named = [f"{one.id} ({one.confidence}, {one.probability:.2f})" for one in case.said.causes[:1]]
    return "".join(f"; {part}" for part in (", ".join(stations), *named) if part)

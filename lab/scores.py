"""The scores of the matrix: how often the doctor was right, by kind of evidence and by how sure it was."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from lab import unheard
from lab.saying import ALL, Named, Saying, Sayings
from lab.unheard import Unheard
from sessile.doctor.diagnosis import Verdict

BANDS = ((0.9, 1.01, "very likely, and confirmed"), (0.6, 0.9, "likely"), (0.0, 0.6, "possible"))


@dataclass(frozen=True, slots=True)
class Case:
    """One scene: what is wrong in it (the ids that are right, none for a healthy control), and what was said of it."""

    name: str
    right: Collection[str]
    said: Sayings


@dataclass
class Score:
    """What came of all cases by one kind of evidence."""

    cases: int = 0
    first: int = 0
    near: int = 0
    silent: int = 0
    wrong: list[str] = field(default_factory=list)
    claims: list[tuple[float, bool]] = field(default_factory=list)

    def add(self, case: Case, saying: Saying) -> None:
        """Count one saying."""
        place = saying.place(case.right)
        self.cases += 1
        self.first += place == 1
        self.near += 1 <= place <= 3
        self.silent += not saying.causes
        if saying.surely_wrong(case.right):
            self.wrong.append(f"{case.name}: {_named(saying.causes[0])}")
        self.claims += [(cause.probability, cause.id in case.right) for cause in saying.causes[:1]]


def printed(cases: Sequence[Case]) -> Iterable[str]:
    """The scores, line by line."""
    faults, controls = [case for case in cases if case.right], [case for case in cases if not case.right]
    scores: dict[str, Score] = {}
    for case in faults:
        for kind, saying in case.said.by_kind.items():
            scores.setdefault(kind, Score()).add(case, saying)
    yield f"{'evidence':<14}{'cases':>7}{'first':>8}{'top 3':>8}{'silent':>8}{'sure and wrong':>16}{'ECE':>7}"
    for kind, score in scores.items():
        shares = f"{score.first / score.cases:>8.1%}{score.near / score.cases:>8.1%}"
        yield f"{kind:<14}{score.cases:>7}{shares}{score.silent:>8}{len(score.wrong):>16}{calibration_error(score.claims):>7.3f}"
    yield from (f"  sure and wrong by {kind}: {wrong}" for kind, score in scores.items() for wrong in score.wrong)
    claims = [claim for score in scores.values() for claim in score.claims]
    yield "how sure, all kinds of evidence together"
    for low, high, word in BANDS:
        told = [(sure, right) for sure, right in claims if low <= sure < high]
        if told:
            mean, share = sum(sure for sure, _ in told) / len(told), sum(right for _, right in told) / len(told)
            yield f"  {word:<28}{len(told):>5} claims, said {mean:.2f}, right {share:.2f}"
    yield from unheard.printed([Unheard(case.name, case.right, case.said.unheard) for case in faults])
    alarms = [case for case in controls if any(_alarms(saying) for saying in case.said.by_kind.values())]
    yield f"{len(controls)} healthy controls, {len(alarms)} false alarms"
    yield from (f"  false alarm: {case.name}, {kind}" for case in alarms for kind, s in case.said.by_kind.items() if _alarms(s))


def calibration_error(claims: Sequence[tuple[float, bool]], bins: int = 10) -> float:
    """The expected calibration error: how far what was claimed lies from what was right, weighted over equal bins."""
    total = 0.0
    for number in range(bins):
        told = [(sure, right) for sure, right in claims if number / bins <= sure < (number + 1) / bins or sure == number == 1]
        if told:
            total += abs(sum(sure for sure, _ in told) - sum(right for _, right in told))
    return total / len(claims) if claims else 0.0


def _alarms(saying: Saying) -> bool:
    return saying.verdict is not Verdict.HEALTHY or bool(saying.causes)


def _named(cause: Named) -> str:
    return f"{cause.id} ({cause.confidence}, {cause.probability:.2f})"


__all__ = ["ALL", "Case", "calibration_error", "printed"]

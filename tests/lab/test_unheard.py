"""The labs' count of what is said without the cause's own file: the right station, a wrong one, or none."""

import pytest

from lab.saying import Named, Saying
from lab.unheard import Answer, Unheard, printed
from sessile.doctor.diagnosis import Confidence, Verdict

RIGHT = ("save-no-primary-key",)


def said(
    verdict: Verdict = Verdict.CANNOT_TELL, *causes: Named, broken: tuple[str, ...] = (), stations: tuple[str, ...] = ()
) -> Unheard:
    return Unheard("a case", RIGHT, Saying(verdict, causes, broken, stations, 1))


@pytest.mark.parametrize(
    ("case", "answer"),
    [
        (said(broken=("save",), stations=("save",)), Answer.STATION),
        (said(stations=("save", "find")), Answer.AMONG),
        (said(stations=("verify", "find")), Answer.ELSEWHERE),
        (said(broken=("find",)), Answer.ELSEWHERE),
        (said(), Answer.NOWHERE),
        (said(Verdict.HEALTHY), Answer.HEALTHY),
    ],
)
def test_each_case_is_counted_by_the_station_it_was_put_at(case: Unheard, answer: Answer) -> None:
    assert case.answer is answer


def test_a_wrong_cause_is_counted_by_how_sure_it_was() -> None:
    wrong = Named("find-row-security", "find", Confidence.CONFIRMED, 1.0)
    likely = Named("find-row-security", "find", Confidence.LIKELY, 0.7)
    right = Named(RIGHT[0], "save", Confidence.CONFIRMED, 1.0)
    cases = [said(Verdict.SICK, one, broken=(one.station,)) for one in (wrong, likely, right)]
    assert [case.likely_and_wrong for case in cases] == [True, True, False]
    first = next(iter(printed(cases)))
    assert "right station 1" in first
    assert "wrong station 2" in first
    assert first.endswith("wrong and likely 2, sure and wrong 1")

"""A new id at each request is a suspect where requests are refused after a login, and a remark where none is."""

from pathlib import Path

import pytest

from sessile.doctor.findings import Noted, Undecided
from tests.doctor.causes.code.cases.anew import ANEW, KEPT, ROTATED, rotating
from tests.doctor.causes.code.express import facts
from tests.doctor.facts_builder import AUTHORIZED, BOOT, LOGIN, UNAUTHORIZED, Line, judge, log

CODE = rotating(KEPT + ANEW)


def test_refusals_beside_requests_that_are_let_in_make_it_a_suspect(tmp_path: Path) -> None:
    finding = judge(ROTATED, facts(tmp_path, CODE, log(BOOT, LOGIN, *[AUTHORIZED, UNAUTHORIZED] * 5)))
    assert isinstance(finding, Undecided)
    assert finding.symptom
    assert len(finding.evidence) > 1


@pytest.mark.parametrize("guests", [(), (UNAUTHORIZED,)], ids=["nobody", "a guest"])
def test_it_is_a_remark_where_hardly_anybody_is_refused(tmp_path: Path, guests: tuple[Line, ...]) -> None:
    assert isinstance(judge(ROTATED, facts(tmp_path, CODE, log(BOOT, LOGIN, AUTHORIZED, *guests))), Noted)

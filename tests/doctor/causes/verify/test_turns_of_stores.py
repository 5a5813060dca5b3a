"""By turns let in and turned away with a session that has no row: two stores, for two secrets leave the row in the table."""

import pytest

from sessile.doctor.diagnose import diagnose
from sessile.doctor.facts import Facts
from sessile.doctor.facts.correlation import Missing, Stored
from sessile.doctor.findings import Undecided
from sessile.session.outcome import Station
from tests.doctor.recorded_facts import LIVING, correlated, judge, known, seen
from tests.doctor.recording import COOKIE, asked, login, recording

OF_SIGNATURES = ("verify-secret-differs-between-instances", "verify-versions-side-by-side")


def turns(row: Missing | Stored) -> Facts:
    exchanges = (login(), asked(1), asked(2, status=401), asked(3), asked(4, status=401))
    return seen(recording(*exchanges), found=correlated(known(COOKIE, row)))


@pytest.mark.parametrize("cause", OF_SIGNATURES)
def test_a_row_that_is_nowhere_speaks_for_no_second_secret(cause: str) -> None:
    assert isinstance(judge(cause, turns(LIVING)), Undecided)
    assert not isinstance(judge(cause, turns(Missing())), Undecided)


def test_without_a_cause_it_stops_at_find() -> None:
    said = diagnose(turns(Missing()), []).something_else
    assert said is not None
    assert said.stations == (Station.FIND,)

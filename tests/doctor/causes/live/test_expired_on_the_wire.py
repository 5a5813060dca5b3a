"""A row that has expired for this reader and not by its own cookie: a time zone."""

import pytest

from sessile.doctor.facts.correlation import Stored
from sessile.doctor.findings import Confirmed
from tests.doctor.facts_builder import NOW, database
from tests.doctor.recorded_facts import correlated, first, judge, known, seen
from tests.doctor.recording import COOKIE, asked, login, recording, sanitized

CAUSE = "live-time-zone-mismatch"
WIRE = recording(login(), asked(5, status=401))
HOUR = 3_600_000


def row(hours: float, meant: float = 2) -> Stored:
    at = NOW.timestamp() * 1000
    return Stored(expires=at + (meant + hours) * HOUR, cookie_expires=at + meant * HOUR, identities=("userId",), other_keys=1)


@pytest.mark.parametrize("hours", [-5, -5.75, -10])
def test_it_ended_whole_quarters_of_an_hour_too_early(hours: float) -> None:
    facts = seen(WIRE, database=database(), found=correlated(known(COOKIE, row(hours))))
    finding = judge(CAUSE, facts)
    assert isinstance(finding, Confirmed)
    assert finding.evidence[1].says == f"its row ends {-hours:g} h before the cookie's own time in sess"
    assert first(facts) == CAUSE


@pytest.mark.parametrize("found", [row(-5.1), row(5), row(-1, meant=4), row(0, meant=-1)])
def test_a_near_miss(found: Stored) -> None:
    assert not isinstance(judge(CAUSE, seen(WIRE, database=database(), found=correlated(known(COOKIE, found)))), Confirmed)


def test_nothing_is_said_of_a_recording_without_cookies() -> None:
    facts = seen(sanitized(WIRE), database=database(), found=correlated(known(COOKIE, row(-5))))
    assert not isinstance(judge(CAUSE, facts), Confirmed)

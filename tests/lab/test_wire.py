"""A sample of the wire's part of the lab: real nginx, real Chromium; the whole of it is `python -m lab.wire`."""

import pytest

from lab.wire.fault import WireFault
from lab.wire.faults import CONTROLS, FAULTS
from lab.wire.matrix import run
from sessile.doctor.causes import catalogue

SAMPLE = ("cross-site-lax", "domain-of-another-host", "answers-cached-unmarked", "same-site-strict")


@pytest.mark.parametrize("name", SAMPLE)
def test_it_is_named_first_wherever_it_shows_and_nobody_is_surely_wrong(name: str) -> None:
    chosen = [one for one in (*FAULTS, *CONTROLS) if one.name == name]
    for result in run(chosen, ("site", "har", "sanitized")):
        assert result.complaints == [], "\n".join(said.output[-2000:] for said in result.said.values())


def test_every_fault_names_a_cause_that_exists() -> None:
    known = {cause.id for cause in catalogue()}
    assert [fault.name for fault in FAULTS if not {fault.cause, *fault.alike} <= known] == []


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_it_shows_from_site_recording_and_both_or_a_reason_says_why_not(fault: WireFault) -> None:
    assert bool(fault.because) == bool(fault.hidden_from)


def test_every_cause_of_keeping_the_cookie_is_provoked() -> None:
    provoked = {fault.cause for fault in FAULTS}
    assert [cause.id for cause in catalogue() if cause.station == "keep" and cause.id not in provoked] == []

"""A Secure cookie over plain http, told from a service that only believes it is http."""

import pytest

from sessile.doctor.facts import Facts
from sessile.doctor.findings import Confirmed, RuledOut, Undecided, Unseen
from tests.doctor.causes.set.situations import NOT_SECURED, PLAIN, RENDER, SECURE, bare, between, option, over_http, rows
from tests.doctor.facts_builder import BOOT, log
from tests.doctor.recorded_facts import first, judge, proven, seen
from tests.doctor.recording import asked, login, recording, sanitized

CAUSE = "set-secure-on-plain-http"
OVER_HTTPS = recording(login(sets=SECURE), asked(5), source="https.har")
SITUATIONS = {
    "the log": seen(over_http(), logs=(NOT_SECURED,)),
    "https sets it": seen(over_http(), OVER_HTTPS),
}


@pytest.mark.parametrize("facts", SITUATIONS.values(), ids=SITUATIONS)
def test_it_is_proven_and_stands_first(facts: Facts) -> None:
    assert isinstance(judge(CAUSE, facts), Confirmed)
    assert first(facts) == CAUSE
    assert proven(facts) == {CAUSE}


def test_by_itself_it_is_open() -> None:
    assert isinstance(judge(CAUSE, seen(over_http())), Undecided)
    assert isinstance(judge(CAUSE, seen(logs=(NOT_SECURED,))), Undecided)


def test_https_that_sets_it_without_secure_proves_nothing() -> None:
    facts = seen(over_http(), recording(login(sets=PLAIN), asked(5), source="https.har"))
    assert isinstance(judge(CAUSE, facts), Undecided)


@pytest.mark.parametrize(
    "facts",
    [
        seen(bare(got=RENDER), logs=(NOT_SECURED,)),
        seen(between("http"), logs=(NOT_SECURED,)),
        seen(over_http(), found=rows(0)),
        seen(over_http(), logs=(log(BOOT, option()),)),
        seen(OVER_HTTPS),
    ],
    ids=["https", "https up to the proxy", "no row", "TypeError", "set"],
)
def test_a_near_miss(facts: Facts) -> None:
    assert isinstance(judge(CAUSE, facts), RuledOut)


def test_without_cookies_in_the_recording_nothing_is_sure() -> None:
    assert isinstance(judge(CAUSE, seen(sanitized(over_http()))), Unseen)
    assert CAUSE not in proven(seen(sanitized(over_http()), logs=(NOT_SECURED,)))

"""A proxy that says https to a service that does not believe it, told from what looks the same."""

import pytest

from sessile.doctor.facts import Facts
from sessile.doctor.findings import Confirmed, RuledOut, Undecided, Unseen
from tests.doctor.causes.set.situations import (
    DEBUGGED,
    NOT_SECURED,
    OWN_PROXY,
    PLAIN,
    RENDER,
    SECURE,
    bare,
    between,
    login_past_proxy,
    option,
    over_http,
    probed,
    rows,
)
from tests.doctor.facts_builder import BOOT, log
from tests.doctor.recorded_facts import first, judge, proven, seen
from tests.doctor.recording import asked, login, recording, sanitized

CAUSE = "set-secure-without-trust-proxy"
SITUATIONS = {
    "a platform that says https, and the log": seen(bare(got=RENDER), logs=(NOT_SECURED,)),
    "told https itself, and the log": seen(bare(got=OWN_PROXY), login_past_proxy(None), logs=(NOT_SECURED,)),
    "told https itself, and over https it sets it": seen(
        bare(got=OWN_PROXY), login_past_proxy(None), login_past_proxy(SECURE, "", "https://10.0.0.7:3443")
    ),
    "recorded behind the proxy, and the log": seen(between("https"), logs=(NOT_SECURED,)),
}


@pytest.mark.parametrize("facts", SITUATIONS.values(), ids=SITUATIONS)
def test_it_is_proven_and_stands_first(facts: Facts) -> None:
    assert isinstance(judge(CAUSE, facts), Confirmed)
    assert first(facts) == CAUSE
    assert proven(facts) == {CAUSE}


def test_the_row_alone_leaves_it_open_and_says_what_to_collect() -> None:
    facts = seen(bare(got=OWN_PROXY), found=rows(1))
    finding = judge(CAUSE, facts)
    assert isinstance(finding, Undecided)
    assert any("a row that was saved during this login" in one.says for one in finding.evidence)
    assert "it takes the log with DEBUG=express-session; the login asked past the proxy" in finding.evidence[-1].says
    assert first(facts) == CAUSE
    assert not proven(facts)


def test_the_log_alone_cannot_tell_who_is_to_blame() -> None:
    assert isinstance(judge(CAUSE, seen(logs=(NOT_SECURED,))), Undecided)
    assert not proven(seen(logs=(NOT_SECURED,)))


def test_a_proxy_of_ones_own_may_say_nothing() -> None:
    assert isinstance(judge(CAUSE, seen(bare(got=OWN_PROXY), logs=(NOT_SECURED,))), Undecided)


def test_a_service_that_sets_it_when_told_https_may_trust_only_who_asks() -> None:
    assert isinstance(judge(CAUSE, probed({"https": SECURE, "": None}, OWN_PROXY)), Undecided)


@pytest.mark.parametrize(
    "facts",
    [
        seen(recording(login(), asked(5))),
        seen(recording(login(sets=None), asked(5, sends=None))),
        seen(over_http(), logs=(NOT_SECURED,)),
        seen(bare(got=RENDER), found=rows(0)),
        seen(bare(got=RENDER), logs=(log(BOOT, DEBUGGED, option()),)),
        probed({"https": PLAIN, "": PLAIN}),
        seen(bare(got=RENDER), logs=(log(BOOT, *[DEBUGGED] * 120),)),
    ],
    ids=["set", "let in", "plain http", "no row", "TypeError", "set over plain http", "debugged, and not said"],
)
def test_a_near_miss(facts: Facts) -> None:
    assert isinstance(judge(CAUSE, facts), RuledOut)


def test_a_session_that_is_known_already_needs_no_cookie() -> None:
    """With saveUninitialized the page before the login sets it, and the login keeps it."""
    facts = seen(recording(login(sets=None, sends="connect.sid=s%3Aabc.def"), asked(5, status=401)), logs=(NOT_SECURED,))
    assert isinstance(judge(CAUSE, facts), RuledOut)


def test_what_was_said_before_the_last_start_is_mended() -> None:
    before = log(BOOT, DEBUGGED, *[(e.kind, e.code, e.text, e.values) for e in NOT_SECURED.events[2:]], BOOT)
    assert isinstance(judge(CAUSE, seen(bare(got=RENDER), logs=(before,))), Undecided)


def test_without_cookies_in_the_recording_nothing_is_sure() -> None:
    wire = sanitized(bare(got=RENDER))
    assert isinstance(judge(CAUSE, seen(wire)), Unseen)
    assert CAUSE not in proven(seen(wire, logs=(NOT_SECURED,)))

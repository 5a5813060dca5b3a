"""A proxy that does not say https, or says http first, told from a service that does not believe it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sessile.doctor.diagnose import diagnose
from sessile.doctor.facts import Facts
from sessile.doctor.facts.logs import Kind
from sessile.doctor.findings import Confirmed, RuledOut, Undecided, Unseen
from tests.doctor.causes.set.situations import (
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
from tests.doctor.facts_builder import BOOT, NOW, line, log
from tests.doctor.recorded_facts import first, judge, proven, seen
from tests.doctor.recording import asked, login, recording, sanitized

CAUSE = "set-proxy-hides-https"
THEME = asked(-6, "GET /theme", sends=None, sets="theme=dark; Path=/")
SITUATIONS = {
    "no field": seen(between(None), logs=(NOT_SECURED,)),
    "http": seen(between("http"), logs=(NOT_SECURED,)),
    "http first": seen(between("http,https"), logs=(NOT_SECURED,)),
    "asked directly, and the log": seen(bare(got=OWN_PROXY), login_past_proxy(SECURE), logs=(NOT_SECURED,)),
    "asked directly, with and without": probed({"https": SECURE, "": None}, OWN_PROXY, THEME),
}


@pytest.mark.parametrize("facts", SITUATIONS.values(), ids=SITUATIONS)
def test_it_is_proven_and_stands_first(facts: Facts) -> None:
    assert isinstance(judge(CAUSE, facts), Confirmed)
    assert first(facts) == CAUSE
    assert proven(facts) == {CAUSE}


@pytest.mark.parametrize(
    ("proto", "title"),
    [
        (None, "The proxy does not say X-Forwarded-Proto"),
        ("http,https", "The proxy says X-Forwarded-Proto: http,https"),
    ],
)
def test_what_reaches_the_service_is_named(proto: str | None, title: str) -> None:
    assert diagnose(seen(between(proto), logs=(NOT_SECURED,))).causes[0].title == title


def test_https_first_is_well() -> None:
    facts = seen(between("https,http"), logs=(NOT_SECURED,))
    assert isinstance(judge(CAUSE, facts), RuledOut)
    assert first(facts) == "set-secure-without-trust-proxy"


def test_a_proxy_through_which_no_cookie_comes_may_strip_them() -> None:
    facts = probed({"https": SECURE, "": None}, OWN_PROXY)
    assert isinstance(judge(CAUSE, facts), Undecided)
    assert isinstance(judge("set-proxy-strips-set-cookie", facts), Undecided)
    assert not proven(facts)


def test_what_the_probe_brought_about_itself_is_no_evidence() -> None:
    """Asked past the proxy over plain http, a service in debug mode says "not secured"."""
    own = log(BOOT, line(Kind.NOT_SECURED, "", "express-session not secured"), since=NOW)
    before = log(BOOT, line(Kind.NOT_SECURED, "", "express-session not secured"), since=NOW - timedelta(hours=1))
    facts = probed({"https": SECURE, "": None}, OWN_PROXY)
    assert isinstance(judge(CAUSE, replace(facts, logs=(own,))), Undecided)
    assert isinstance(judge("set-proxy-strips-set-cookie", replace(facts, logs=(own,))), Undecided)
    assert isinstance(judge(CAUSE, replace(facts, logs=(before,))), Confirmed)


def test_the_row_alone_leaves_it_open() -> None:
    assert isinstance(judge(CAUSE, seen(bare(got=OWN_PROXY), found=rows(1))), Undecided)


@pytest.mark.parametrize(
    "facts",
    [
        seen(recording(login(), asked(5))),
        seen(over_http(), logs=(NOT_SECURED,)),
        seen(bare(got=RENDER), logs=(NOT_SECURED,)),
        seen(bare(got=OWN_PROXY), login_past_proxy(None), logs=(NOT_SECURED,)),
        seen(bare(got=OWN_PROXY), found=rows(0)),
        seen(bare(got=OWN_PROXY), logs=(log(BOOT, option()),)),
        probed({"https": PLAIN, "": PLAIN}),
    ],
    ids=["set", "plain http", "a platform says it", "not believed", "no row", "TypeError", "set over plain http"],
)
def test_a_near_miss(facts: Facts) -> None:
    assert isinstance(judge(CAUSE, facts), RuledOut)


def test_without_cookies_in_the_recording_nothing_is_sure() -> None:
    wire = sanitized(between("http"))
    assert isinstance(judge(CAUSE, seen(wire)), Unseen)
    assert CAUSE not in proven(seen(wire, login_past_proxy(SECURE), logs=(NOT_SECURED,)))

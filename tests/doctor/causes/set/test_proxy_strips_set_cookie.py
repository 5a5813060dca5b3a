"""A proxy that takes Set-Cookie away, told from a service that sends none."""

from dataclasses import replace

import pytest

from sessile.doctor.facts import Facts
from sessile.doctor.facts.correlation import Login
from sessile.doctor.facts.logs import Kind
from sessile.doctor.facts.site import Comparison, Site
from sessile.doctor.facts.wire import Seen, Wire
from sessile.doctor.findings import Confirmed, RuledOut, Undecided, Unseen
from tests.doctor.facts_builder import BOOT, line, log
from tests.doctor.recorded_facts import correlated, first, judge, proven, seen
from tests.doctor.recording import COOKIE, asked, login, recording, sanitized

CAUSE = "set-proxy-strips-set-cookie"
EDGE = {"via": "1.1 edge", "x-cache": "MISS"}
PROXIED = recording(login(sets=None, got=EDGE), asked(5, status=401, sends=None, got=EDGE))
PLAIN = f"connect.sid={COOKIE}; Path=/; HttpOnly"
ROW = Login(source="shop.har", pointer="entries[0]", unclaimed=1, chance=0.0, complete=True)
NONE = Login(source="shop.har", pointer="entries[0]", unclaimed=0, chance=0.0, complete=True)


def directly(sets: str | None, **more: dict[str, str]) -> Wire:
    asked_there = login(60, what="POST http://10.0.0.7:3000/login", sets=sets, **more)
    return recording(asked_there, seen_by=Seen.SITE, source="http://10.0.0.7:3000")


def test_the_direct_answer_sets_the_cookie() -> None:
    facts = seen(PROXIED, directly(PLAIN))
    finding = judge(CAUSE, facts)
    assert isinstance(finding, Confirmed)
    assert "through the proxy (via, x-cache) sets no session cookie" in finding.evidence[0].says
    assert first(facts) == CAUSE


def test_the_page_before_the_login_is_enough() -> None:
    """The probe logs in once, but may ask for the page of the form twice: past the proxy it begins a session."""
    page = asked(-5, "GET /login", sends=None, got=EDGE)
    past = asked(-4, "GET http://10.0.0.7:3000/login", sends=None, sets=PLAIN, sent={"host": "shop.test"})
    wire = recording(*PROXIED.exchanges, page, past, seen_by=Seen.SITE)
    assert first(seen(wire)) == CAUSE


def probed(page: str | None, past: dict[str, str | None]) -> Facts:
    """A probe that asked for the first page through the proxy and past it, with each X-Forwarded-Proto."""
    proxied = asked(-5, "GET /", sends=None, sets=page)
    direct = {
        said: asked(-4, "GET http://10.0.0.7:3000/", sends=None, sets=line, sent={"x-forwarded-proto": said} if said else {})
        for said, line in past.items()
    }
    wire = recording(login(sets=None), asked(5, status=401, sends=None), proxied, seen_by=Seen.SITE, source="https://shop.test")
    comparisons = tuple(Comparison(proxied, one, said) for said, one in direct.items())
    return replace(seen(wire), sites=(Site(source="https://shop.test", direct=comparisons),))


def test_the_probe_past_the_proxy_gets_the_cookie_without_claiming_https() -> None:
    facts = probed(None, {"https": f"{PLAIN}; Secure", "": PLAIN})
    assert isinstance(judge(CAUSE, facts), Confirmed)
    assert first(facts) == CAUSE


def test_the_probe_past_the_proxy_gets_it_only_by_claiming_https() -> None:
    """So does a proxy that does not say X-Forwarded-Proto: another cause."""
    assert isinstance(judge(CAUSE, probed(None, {"https": f"{PLAIN}; Secure", "": None})), Undecided)


def test_the_direct_answer_sets_none_either() -> None:
    assert isinstance(judge(CAUSE, seen(PROXIED, directly(None))), RuledOut)


def test_a_direct_request_that_claims_https_leaves_it_open() -> None:
    """Then a proxy that does not say X-Forwarded-Proto looks the same."""
    claimed = directly(f"{PLAIN}; Secure", sent={"x-forwarded-proto": "https"})
    assert isinstance(judge(CAUSE, seen(PROXIED, claimed)), Undecided)


def test_the_row_is_there() -> None:
    finding = judge(CAUSE, seen(PROXIED, found=correlated(logins=(ROW,))))
    assert isinstance(finding, Undecided)
    assert finding.evidence[1].says.endswith("a row that was saved during this login, and its response sets no cookie")


def test_no_row_was_saved() -> None:
    assert isinstance(judge(CAUSE, seen(PROXIED, found=correlated(logins=(NONE,)))), RuledOut)


def test_the_service_says_itself_that_it_sent_none() -> None:
    not_secured = log(BOOT, line(Kind.NOT_SECURED, "", "express-session not secured"))
    assert isinstance(judge(CAUSE, seen(PROXIED, logs=(not_secured,))), RuledOut)


def test_a_cookie_that_cannot_be_written_is_not_stripped() -> None:
    refused = log(BOOT, line(Kind.ERROR, "COOKIE_OPTION", "TypeError: option domain is invalid"))
    assert isinstance(judge(CAUSE, seen(PROXIED, logs=(refused,), found=correlated(logins=(ROW,)))), RuledOut)


@pytest.mark.parametrize(
    "wire",
    [
        recording(login(sets="theme=dark; Path=/", got=EDGE), asked(5, status=401, sends=None)),
        recording(login(sets=None), asked(5, status=401, sends=None)),
        recording(login(got=EDGE), asked(5, status=401)),
    ],
    ids=["another cookie came through", "no proxy", "the cookie is set"],
)
def test_a_near_miss(wire: Wire) -> None:
    assert isinstance(judge(CAUSE, seen(wire)), RuledOut)


def test_without_cookies_in_the_recording_it_is_unseen() -> None:
    facts = seen(sanitized(PROXIED))
    assert isinstance(judge(CAUSE, facts), Unseen)
    assert CAUSE not in proven(seen(sanitized(PROXIED), directly(PLAIN)))


def test_without_a_recording_nobody_saw_it() -> None:
    assert isinstance(judge(CAUSE, seen()), Unseen)

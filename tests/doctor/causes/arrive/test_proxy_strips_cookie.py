"""A proxy that takes the cookie away, told by the direct answer, the row, the signature and the log."""

import pytest

from sessile.doctor.facts.correlation import Correlation, Missing, Unsigned
from sessile.doctor.facts.logs import Kind
from sessile.doctor.facts.wire import Seen, Wire
from sessile.doctor.findings import Confirmed, Need, RuledOut, Undecided, Unseen
from tests.doctor.facts_builder import BOOT, NO_SESSION, line, log
from tests.doctor.recorded_facts import correlated, first, judge, known, proven, seen
from tests.doctor.recording import COOKIE, asked, cookie, login, recording, sanitized

CAUSE = "arrive-proxy-strips-cookie"
THROUGH = {"via": "1.1 edge", "server": "cloudflare"}
PROXIED = recording(login(got=THROUGH), asked(5, status=401, got=THROUGH))
NO_COOKIE = log(BOOT, line(Kind.NO_COOKIE, "", "express-session no SID sent"))


def directly(status: int, sends: str = f"connect.sid={COOKIE}") -> Wire:
    return recording(
        asked(60, "GET http://10.0.0.7:3000/api/me", status, sends=sends), seen_by=Seen.SITE, source="http://10.0.0.7"
    )


def test_the_direct_answer_knows_the_session() -> None:
    facts = seen(PROXIED, directly(200))
    finding = judge(CAUSE, facts)
    assert isinstance(finding, Confirmed)
    assert [one.source for one in finding.evidence] == ["har", "site"]
    assert first(facts) == CAUSE


def test_a_proxy_without_any_mark_is_told_by_the_address() -> None:
    past = asked(9, "GET http://10.0.0.7:3000/api/me", sent={"host": "shop.test"})
    facts = seen(recording(login(), asked(5, status=401), past, seen_by=Seen.SITE))
    assert isinstance(judge(CAUSE, facts), Confirmed)
    assert first(facts) == CAUSE


def test_another_sites_answer_is_not_a_direct_one() -> None:
    past = asked(9, "GET http://10.0.0.7:3000/api/me", sent={"host": "blog.test"})
    finding = judge(CAUSE, seen(recording(login(), asked(5, status=401), past)))
    assert isinstance(finding, Unseen)
    assert finding.needs is Need.SITE


def test_the_direct_answer_is_the_same() -> None:
    assert isinstance(judge(CAUSE, seen(PROXIED, directly(401))), RuledOut)


def test_a_direct_request_with_another_cookie_proves_nothing() -> None:
    other = cookie(sid="Qy7xY0aB1cD2eF3gH4iJ5kL6mN7oP8qR")
    assert isinstance(judge(CAUSE, seen(PROXIED, directly(200, f"connect.sid={other}"))), Undecided)


@pytest.mark.parametrize(
    "found",
    [known(COOKIE, Missing()), known(COOKIE, signature=Unsigned(("SESSION_SECRET (.env:2)",)))],
    ids=["no row", "unsigned"],
)
def test_a_session_that_stops_further_on(found: Correlation) -> None:
    assert isinstance(judge(CAUSE, seen(PROXIED, found=correlated(found))), RuledOut)


def test_a_log_that_tells_of_cookies_that_came() -> None:
    assert isinstance(judge(CAUSE, seen(PROXIED, logs=(log(BOOT, NO_SESSION),))), RuledOut)


def test_a_log_that_says_no_cookie_came_makes_it_the_first() -> None:
    facts = seen(PROXIED, logs=(NO_COOKIE,), found=correlated(known(COOKIE)))
    assert isinstance(judge(CAUSE, facts), Undecided)
    assert first(facts) == CAUSE
    assert CAUSE not in proven(facts)


def test_a_request_without_the_cookie_is_none() -> None:
    assert isinstance(judge(CAUSE, seen(recording(login(), asked(5, status=401, sends=None)))), RuledOut)


def test_without_cookies_in_the_recording_it_is_never_sure() -> None:
    facts = seen(sanitized(PROXIED), directly(200))
    assert not isinstance(judge(CAUSE, facts), Confirmed)
    assert CAUSE not in proven(facts)


def test_without_a_recording_nobody_saw_it() -> None:
    assert isinstance(judge(CAUSE, seen()), Unseen)

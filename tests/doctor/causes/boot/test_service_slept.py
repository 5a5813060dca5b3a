"""A service that slept, told from an idle timeout, from a slow answer, and from a sleep that cost nothing."""

import pytest

from sessile.doctor.facts.wire import Wire
from sessile.doctor.findings import Confirmed, Noted, RuledOut, Undecided, Unseen
from tests.doctor.recorded_facts import correlated, first, judge, known, proven, seen
from tests.doctor.recording import COOKIE, SET, asked, login, recording, sanitized

CAUSE = "boot-service-slept"
HOST = "https://shop.onrender.com"
AFTER = 20 * 60.0


def slept(status: int = 401, *, host: str = HOST, wait: float = 31_000, after: float = AFTER, later: int = 401) -> Wire:
    return recording(
        login(what=f"POST {host}/login", sets=SET),
        *(asked(n, f"GET {host}/api/me") for n in (1, 2, 3)),
        asked(after, f"GET {host}/api/me", status, wait=wait),
        asked(after + 60, f"GET {host}/api/me", later),
    )


@pytest.mark.parametrize("wire", [slept(), slept(502, wait=40)], ids=["slow", "bad gateway"])
def test_the_same_cookie_is_turned_away_after_a_wake_up(wire: Wire) -> None:
    finding = judge(CAUSE, seen(wire))
    assert isinstance(finding, Confirmed)
    assert "after 20 minutes in which nobody asked" in finding.evidence[0].says
    assert first(seen(wire)) == CAUSE


def test_a_session_that_lives_through_it_is_a_note() -> None:
    assert isinstance(judge(CAUSE, seen(slept(200, later=200))), Noted)


@pytest.mark.parametrize(
    "wire", [slept(wait=30), slept(after=600.0), slept(wait=3000)], ids=["an idle timeout", "ten minutes", "hardly slow"]
)
def test_a_near_miss(wire: Wire) -> None:
    assert isinstance(judge(CAUSE, seen(wire)), RuledOut)


def test_a_row_that_still_lives_shows_another_cause() -> None:
    assert not isinstance(judge(CAUSE, seen(slept(), found=correlated(known(COOKIE)))), Confirmed)


def test_a_host_that_is_not_known_to_sleep_leaves_it_open() -> None:
    assert isinstance(judge(CAUSE, seen(slept(host="https://shop.test"))), Undecided)


def test_without_cookies_in_the_recording_it_is_never_sure() -> None:
    assert CAUSE not in proven(seen(sanitized(slept())))


def test_without_a_recording_nobody_saw_it() -> None:
    assert isinstance(judge(CAUSE, seen()), Unseen)

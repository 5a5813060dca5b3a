"""A cache that hands out a session cookie, told from one that stores the answer without it."""

from sessile.doctor.findings import Confirmed, RuledOut, Unseen
from tests.doctor.recorded_facts import first, judge, proven, seen
from tests.doctor.recording import SET, asked, cookie, login, recording, sanitized

CAUSE = "arrive-cached-set-cookie"
HIT = {"x-cache": "HIT", "age": "600"}
SOMEBODYS = f"connect.sid={cookie(sid='Qy7xY0aB1cD2eF3gH4iJ5kL6mN7oP8qR')}; Path=/; HttpOnly"


def test_an_image_from_the_cache_sets_somebody_elses_cookie() -> None:
    facts = seen(recording(login(), asked(3, "GET /logo.png", sets=SOMEBODYS, got=HIT), asked(5, status=401)))
    finding = judge(CAUSE, facts)
    assert isinstance(finding, Confirmed)
    assert "GET /logo.png 200 came from a shared cache" in finding.evidence[0].says
    assert first(facts) == CAUSE


def test_one_that_came_from_the_service_is_none() -> None:
    facts = seen(recording(login(), asked(3, "GET /logo.png", sets=SET), asked(5)))
    assert isinstance(judge(CAUSE, facts), RuledOut)


def test_another_cookie_from_a_cache_is_none() -> None:
    facts = seen(recording(login(), asked(3, "GET /logo.png", sets="theme=dark; Path=/", got=HIT), asked(5)))
    assert isinstance(judge(CAUSE, facts), RuledOut)


def test_without_cookies_in_the_recording_it_is_unseen() -> None:
    facts = seen(sanitized(recording(login(), asked(3, "GET /logo.png", sets=SOMEBODYS, got=HIT), asked(5, status=401))))
    assert isinstance(judge(CAUSE, facts), Unseen)
    assert CAUSE not in proven(facts)

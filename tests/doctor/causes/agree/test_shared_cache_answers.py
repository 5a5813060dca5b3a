"""A shared cache that answers for the service, told from a framework's cache, the browser's, and an answer that is right."""

import pytest

from sessile.doctor.facts.exchange import Exchange, Served
from sessile.doctor.findings import Confirmed, Noted, RuledOut, Undecided, Unseen
from tests.doctor.recorded_facts import correlated, first, judge, known, proven, seen
from tests.doctor.recording import COOKIE, asked, login, recording, sanitized

CAUSE = "agree-shared-cache-answers"
HIT = {"cf-cache-status": "HIT", "age": "40"}


@pytest.mark.parametrize("headers", [HIT, {"age": "3"}, {"x-cache": "Hit from cloudfront"}, {"cache-status": "edge; hit"}])
def test_a_cached_401_for_somebody_who_is_logged_in(headers: dict[str, str]) -> None:
    facts = seen(recording(login(), asked(5, status=401, got=headers)))
    finding = judge(CAUSE, facts)
    assert isinstance(finding, Confirmed)
    assert next(iter(headers)) in finding.evidence[0].says
    assert first(facts) == CAUSE


def test_it_stands_first_although_the_row_lives() -> None:
    facts = seen(recording(login(), asked(5, status=401, got=HIT)), found=correlated(known(COOKIE)))
    assert first(facts) == CAUSE


@pytest.mark.parametrize(
    "one",
    [
        asked(5, status=401),
        asked(5, status=401, got={"cf-cache-status": "MISS", "age": "0"}),
        asked(5, status=401, got={"x-cache": "Miss from cloudfront"}),
        asked(5, status=401, got={"x-nextjs-cache": "HIT"}),
        asked(5, status=401, served=Served.DISK),
        asked(5, status=401, got=HIT, sends=None),
    ],
    ids=["no cache", "missed", "another miss", "a framework's", "the browser's", "no cookie was sent"],
)
def test_what_is_not_a_shared_cache(one: Exchange) -> None:
    facts = seen(recording(login(), one))
    assert isinstance(judge(CAUSE, facts), RuledOut)
    assert CAUSE not in proven(facts)


def test_a_hit_that_lets_the_user_in_is_a_risk() -> None:
    facts = seen(recording(login(), asked(5, got=HIT)))
    assert isinstance(judge(CAUSE, facts), Noted)


def test_without_cookies_in_the_recording_it_is_never_sure() -> None:
    facts = seen(sanitized(recording(login(), asked(5, status=401, got=HIT))))
    assert isinstance(judge(CAUSE, facts), Undecided)
    assert CAUSE not in proven(facts)


@pytest.mark.parametrize(("let_in_past_it", "finding"), [((6, 8, 10), Confirmed), ((6,), Undecided)])
def test_let_in_past_it_again_and_again_and_not_by_chance(let_in_past_it: tuple[int, ...], finding: type) -> None:
    plain = [asked(second, status=401) for second in (3, 4, 5, 7, 9, 11)]
    past = [asked(second, "GET /api/me?unknown=1") for second in let_in_past_it]
    facts = seen(recording(login(), *sorted((*plain, *past), key=lambda one: one.started)))
    assert isinstance(judge(CAUSE, facts), finding)


def test_instances_of_which_not_every_one_knows_the_session_are_no_cache() -> None:
    plain = [asked(second, status=401) for second in (3, 4, 5, 7, 9)]
    past = [asked(6, "GET /api/me?unknown=1"), asked(8, "GET /api/me?unknown=2", status=401)]
    assert not isinstance(judge(CAUSE, seen(recording(login(), *plain, *past))), Confirmed | Undecided)


def test_without_a_recording_nobody_saw_it() -> None:
    assert isinstance(judge(CAUSE, seen()), Unseen)

"""A page that a framework keeps for everybody, told from a cache before the service."""

import pytest

from sessile.doctor.facts.exchange import Content, Sign
from sessile.doctor.findings import Confirmed, RuledOut, Undecided, Unseen
from tests.doctor.recorded_facts import first, judge, proven, seen
from tests.doctor.recording import asked, login, recording, sanitized

CAUSE = "agree-page-cached-by-framework"
NOBODY = frozenset({Sign.NOBODY})


@pytest.mark.parametrize(
    "headers",
    [
        {"x-nextjs-cache": "HIT", "cache-control": "s-maxage=31536000"},
        {"x-nextjs-cache": "STALE"},
        {"x-vercel-cache": "HIT", "cache-control": "public, s-maxage=31536000"},
        {"x-drupal-cache": "HIT"},
    ],
)
def test_a_page_for_nobody_from_the_frameworks_cache(headers: dict[str, str]) -> None:
    page = asked(5, "GET /dashboard", 307, to="/login", got=headers, content=Content.HTML)
    facts = seen(recording(login(), page))
    finding = judge(CAUSE, facts)
    assert isinstance(finding, Confirmed)
    assert next(iter(headers)) in finding.evidence[0].says
    assert first(facts) == CAUSE


def test_data_that_names_nobody_counts_as_well() -> None:
    facts = seen(recording(login(), asked(5, says=NOBODY, got={"x-nextjs-cache": "HIT"})))
    assert first(facts) == CAUSE


@pytest.mark.parametrize(
    "headers", [{}, {"x-nextjs-cache": "MISS"}, {"cf-cache-status": "HIT"}, {"cache-control": "s-maxage=31536000"}]
)
def test_a_near_miss(headers: dict[str, str]) -> None:
    facts = seen(recording(login(), asked(5, status=401, got=headers)))
    assert isinstance(judge(CAUSE, facts), RuledOut)


def test_a_kept_page_that_is_right_is_none() -> None:
    facts = seen(recording(login(), asked(5, got={"x-nextjs-cache": "HIT"})))
    assert isinstance(judge(CAUSE, facts), RuledOut)


def test_without_cookies_in_the_recording_it_is_never_sure() -> None:
    facts = seen(sanitized(recording(login(), asked(5, status=401, got={"x-nextjs-cache": "HIT"}))))
    assert isinstance(judge(CAUSE, facts), Undecided)
    assert CAUSE not in proven(facts)


def test_without_a_recording_nobody_saw_it() -> None:
    assert isinstance(judge(CAUSE, seen()), Unseen)

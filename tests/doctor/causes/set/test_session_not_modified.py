"""A login that leaves neither a cookie nor a row, told from those that leave a row."""

from datetime import datetime, timedelta

import pytest

from sessile.doctor.facts import Facts, Wire
from sessile.doctor.facts.logs import Kind
from sessile.doctor.findings import Confirmed, RuledOut, Undecided, Unseen
from tests.doctor.causes.set.situations import NOT_SECURED, OWN_PROXY, PLAIN, bare, login_past_proxy, option, over_http, rows
from tests.doctor.facts_builder import BOOT, LOGIN, NOW, SAVED, database, line, log, rows as row_figures
from tests.doctor.recorded_facts import first, judge, proven, seen
from tests.doctor.recording import asked, login, recording, sanitized

CAUSE = "set-session-not-modified"


@pytest.mark.parametrize("wire", [bare(), over_http(), bare(got=OWN_PROXY)], ids=["https", "http", "through a proxy"])
def test_no_cookie_and_no_row_where_others_leave_one(wire: Wire) -> None:
    facts = seen(wire, database=database(), found=rows(0))
    assert isinstance(judge(CAUSE, facts), Confirmed)
    assert first(facts) == CAUSE
    assert proven(facts) == {CAUSE}


@pytest.mark.parametrize("newest", [None, NOW - timedelta(days=30)], ids=["empty", "quiet"])
def test_an_empty_or_quiet_table_may_not_be_the_one_that_is_used(newest: datetime | None) -> None:
    facts = seen(bare(), database=database(rows=row_figures(newest=newest)), found=rows(0))
    assert isinstance(judge(CAUSE, facts), Undecided)
    assert CAUSE not in proven(facts)


def test_a_first_step_before_the_second_factor_needs_no_session() -> None:
    steps = recording(login(sets=None), login(20), asked(25))
    assert isinstance(judge(CAUSE, seen(steps, database=database(), found=rows(0))), RuledOut)


def test_nobody_turned_away_proves_nothing() -> None:
    facts = seen(recording(login(sets=None)), database=database(), found=rows(0))
    assert isinstance(judge(CAUSE, facts), Undecided)


def test_without_the_table_it_is_open() -> None:
    finding = judge(CAUSE, seen(bare()))
    assert isinstance(finding, Undecided)
    assert "the session table" in finding.evidence[-1].says


@pytest.mark.parametrize(
    "facts",
    [
        seen(bare(), database=database(), found=rows(1)),
        seen(bare(), logs=(NOT_SECURED,), found=rows(0)),
        seen(bare(), logs=(log(BOOT, option()),), found=rows(0)),
        seen(bare(), logs=(log(BOOT, SAVED, LOGIN),), found=rows(0)),
        seen(bare(), logs=(log(BOOT, line(Kind.SAVE_ERROR, "42501", "Session save error")),), found=rows(0)),
        seen(bare(got=OWN_PROXY), login_past_proxy(PLAIN, ""), found=rows(0)),
        seen(recording(login(), asked(5)), found=rows(0)),
    ],
    ids=["a row", "not secured", "TypeError", "saved", "save error", "set, asked directly", "set"],
)
def test_a_near_miss(facts: Facts) -> None:
    assert isinstance(judge(CAUSE, facts), RuledOut)


def test_without_cookies_in_the_recording_nothing_is_sure() -> None:
    facts = seen(sanitized(bare()), database=database(), found=rows(0))
    assert isinstance(judge(CAUSE, facts), Unseen)

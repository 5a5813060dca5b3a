"""Rows that were there when a request was let in, and are not any more."""

from datetime import timedelta

from sessile.doctor.facts.correlation import Missing
from sessile.doctor.findings import RuledOut, Undecided
from tests.doctor.facts_builder import NOW, database, rows
from tests.doctor.recorded_facts import correlated, judge, known, seen
from tests.doctor.recording import COOKIE, asked, login, recording

CAUSE = "find-rows-removed"
SINCE = database(rows=rows(newest=NOW + timedelta(seconds=30)))


def test_a_session_that_was_let_in_and_is_then_turned_away_without_a_row() -> None:
    wire = recording(login(), asked(5), asked(60, status=401))
    finding = judge(CAUSE, seen(wire, database=SINCE, found=correlated(known(COOKIE, Missing()))))
    assert isinstance(finding, Undecided)
    assert finding.evidence[0].says == 'GET /api/me 401 stops at find: "public"."session" has no row for it'


def test_one_that_was_never_let_in_may_never_have_been_saved() -> None:
    wire = recording(login(), asked(60, status=401))
    assert isinstance(judge(CAUSE, seen(wire, database=SINCE, found=correlated(known(COOKIE, Missing())))), RuledOut)

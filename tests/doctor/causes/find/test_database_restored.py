"""A database that was set up after a session was used is told from one that lost rows, and from one that was merely restarted."""

from datetime import datetime, timedelta

import pytest

from sessile.doctor.facts import Database, Facts, Unknown
from sessile.doctor.facts.correlation import Missing, Stored
from sessile.doctor.findings import Confirmed, RuledOut, Undecided, Unseen
from tests.doctor.facts_builder import NOW, database, rows, server
from tests.doctor.recorded_facts import LIVING, correlated, first, judge, known, seen
from tests.doctor.recording import COOKIE, asked, login, recording

CAUSE = "find-database-restored"
LATER = NOW + timedelta(seconds=30)
GONE = Missing()
BEFORE = NOW - timedelta(hours=2)


def restored(initialized: datetime | None = LATER, started: datetime = LATER, newest: datetime | None = BEFORE) -> Database:
    return database(server=server(initialized=initialized, started=started), rows=rows(newest=newest))


def facts(given: Database, row: Stored | Missing | Unknown = GONE) -> Facts:
    return seen(recording(login(), asked(5), asked(60, status=401)), database=given, found=correlated(known(COOKIE, row)))


def test_a_server_set_up_since_with_rows_from_before() -> None:
    finding = judge(CAUSE, facts(restored()))
    assert isinstance(finding, Confirmed)
    assert [one.says for one in finding.evidence][-2:] == [
        "the server was set up at 2026-11-23 12:00:30 UTC, after that",
        "its 15 live sessions were all saved before, the last at 2026-11-23 10:00:00 UTC",
    ]
    assert first(facts(restored())) == CAUSE
    assert isinstance(judge("find-sessions-kept-elsewhere", facts(restored())), RuledOut)


@pytest.mark.parametrize(
    "given",
    [restored(newest=LATER), restored(newest=None), restored(initialized=BEFORE), restored(initialized=None)],
    ids=["sessions were saved since", "an empty table", "the same server, started again", "a server that does not tell"],
)
def test_what_leaves_it_open(given: Database) -> None:
    assert isinstance(judge(CAUSE, facts(given)), Undecided)


def test_near_misses() -> None:
    assert isinstance(judge(CAUSE, facts(restored(initialized=BEFORE, started=BEFORE))), RuledOut)
    assert isinstance(judge(CAUSE, facts(restored(), LIVING)), Unseen)
    assert isinstance(judge(CAUSE, facts(restored(), Missing(hidden=True))), Unseen)
    assert isinstance(judge(CAUSE, facts(restored(), Unknown("no database was given"))), Unseen)

"""Sessions that the service finds and this table has not, told from rows that were removed, hidden or have ended."""

from datetime import UTC, datetime, timedelta

import pytest

from sessile.doctor.facts import Database, Facts, Unknown
from sessile.doctor.facts.correlation import Missing, Signature, Stored, Unsigned
from sessile.doctor.facts.exchange import Role
from sessile.doctor.findings import Confirmed, RuledOut, Undecided, Unseen
from sessile.stores.postgres.journal import Word
from tests.doctor.facts_builder import NOW, database, rows, table
from tests.doctor.recorded_facts import LIVING, SIGNED, correlated, first, judge, known, proven, seen
from tests.doctor.recording import COOKIE, asked, login, recording, sanitized

CAUSE = "find-sessions-kept-elsewhere"
OLD = database(rows=rows(newest=NOW - timedelta(days=3)))
GONE = Missing()
USED = recording(login(), asked(5), asked(60, status=401))


def facts(given: Database = OLD, row: Stored | Missing = GONE, signature: Signature | Unsigned = SIGNED) -> Facts:
    return seen(USED, database=given, found=correlated(known(COOKIE, row, signature)))


def test_a_session_that_was_let_in_has_no_row_and_nothing_was_saved_since() -> None:
    finding = judge(CAUSE, facts())
    assert isinstance(finding, Confirmed)
    assert [one.says for one in finding.evidence] == [
        "GET /api/me 200 was let in with session Zb3x…",
        '"public"."session" has no row of session Zb3x…',
        "GET /api/me 401 was not, with the same cookie",
    ]
    assert first(facts()) == CAUSE


def test_a_table_into_which_nothing_was_ever_inserted() -> None:
    empty = rows(read=0, live=0, expired=0, newest=None, returning=0, never_returned=0, offsets=())
    assert isinstance(judge(CAUSE, facts(database(rows=empty, table=table(inserts=0)))), Confirmed)
    assert isinstance(judge(CAUSE, facts(database(rows=empty, table=table(inserts=7)))), Undecided)


@pytest.mark.parametrize(
    ("given", "row"),
    [
        (OLD, LIVING),
        (OLD, Missing(hidden=True)),
        (OLD, Missing(ended=Word("logged out", datetime.now(UTC), timedelta(0)))),
    ],
    ids=["the row is there", "hidden", "logged out"],
)
def test_a_near_miss(given: Database, row: Stored | Missing) -> None:
    assert isinstance(judge(CAUSE, facts(given, row)), RuledOut)


def test_rows_saved_since_leave_it_open() -> None:
    since = database(rows=rows(newest=NOW + timedelta(seconds=30)))
    assert isinstance(judge(CAUSE, facts(since)), Undecided)
    assert CAUSE not in proven(facts(since))


def test_a_session_that_was_logged_out_afterwards_is_none() -> None:
    wire = recording(*USED.exchanges, asked(90, "POST /logout", role=Role.LOGOUT))
    assert isinstance(judge(CAUSE, seen(wire, database=OLD, found=correlated(known(COOKIE, Missing())))), RuledOut)


def test_a_cookie_of_another_service_proves_nothing() -> None:
    assert isinstance(judge(CAUSE, facts(signature=Unsigned(("SESSION_SECRET",)))), Unseen)


def test_without_cookies_or_a_database_it_is_unseen() -> None:
    assert isinstance(judge(CAUSE, seen(sanitized(USED), database=OLD)), Unseen)
    assert isinstance(judge(CAUSE, seen(USED, found=correlated(known(COOKIE, Unknown("no database was given"))))), Unseen)

"""Sessions that passport emptied are told from deleted users, from old passports' logouts, and from rows that hold their user."""

from dataclasses import replace
from pathlib import Path

import pytest

from sessile.doctor.facts.database import Rows
from sessile.doctor.findings import Confirmed, Noted, RuledOut, Undecided, Unseen
from tests.doctor.causes.code.express import PACKAGE, WITH_PASSPORT, facts
from tests.doctor.facts_builder import database, facts as without_code, judge, rows

CAUSE = "read-user-erased"
ERASED = rows(users_erased=6)
OLD_PASSPORT = PACKAGE.replace("^0.7.0", "^0.5.3")
KEEPING = WITH_PASSPORT + "app.post('/out', (req, res) => req.logout({ keepSessionInfo: true }, () => res.end()))\n"
LOOKING_UP_OBJECTS = WITH_PASSPORT.replace("done(null, user.id)", "done(null, { id: user.id })").replace(
    "done(null, { id })", "done(null, users.get(id))"
)


def test_emptied_rows_and_a_passport_that_destroys_sessions_at_logout(tmp_path: Path) -> None:
    finding = judge(CAUSE, facts(tmp_path, WITH_PASSPORT, database=database(rows=ERASED)))
    assert isinstance(finding, Confirmed)
    assert finding.evidence[0].says == "6 of 15 live sessions hold an empty passport: their user was taken out"
    assert "deserializeUser" in finding.evidence[1].says


@pytest.mark.parametrize(
    ("code", "package", "found", "kind"),
    [
        (WITH_PASSPORT, OLD_PASSPORT, ERASED, Undecided),
        (KEEPING, PACKAGE, ERASED, Undecided),
        (WITH_PASSPORT, PACKAGE, rows(live=15, users_erased=1), Noted),
        (WITH_PASSPORT, PACKAGE, rows(), RuledOut),
        (LOOKING_UP_OBJECTS, PACKAGE, ERASED, RuledOut),
    ],
    ids=[
        "an old passport's logouts leave them too",
        "a logout that keeps the session",
        "a deleted user",
        "healthy",
        "an object among ids",
    ],
)
def test_near_misses(tmp_path: Path, code: str, package: str, found: Rows, kind: type) -> None:
    assert isinstance(judge(CAUSE, facts(tmp_path, code, package=package, database=database(rows=found))), kind)


def test_without_code_it_stays_open_and_without_rows_unseen() -> None:
    assert isinstance(judge(CAUSE, without_code(database(rows=ERASED))), Undecided)
    assert isinstance(judge(CAUSE, without_code()), Unseen)
    assert isinstance(judge(CAUSE, without_code(replace(database(), rows=rows(users_erased=1)))), Noted)

"""A database without a session table beside a service that keeps its sessions in the cookie: nothing is missing."""

from pathlib import Path

from sessile.doctor.findings import Confirmed, RuledOut
from tests.doctor.causes.code.express import HEALTHY, SESSION, facts, swap
from tests.doctor.facts_builder import database, judge

EMPTY = database(table=None, relations=())
IN_COOKIES = "app.use(cookieSession({ name: 'shop', keys: [process.env.SESSION_SECRET] }))"


def test_no_table_is_missing(tmp_path: Path) -> None:
    known = facts(tmp_path, swap(SESSION, IN_COOKIES), database=EMPTY)
    assert isinstance(judge("boot-table-missing", known), RuledOut)


def test_one_is_missing_where_the_code_asks_for_it(tmp_path: Path) -> None:
    assert isinstance(judge("boot-table-missing", facts(tmp_path, HEALTHY, database=EMPTY)), Confirmed)


def test_one_is_missing_where_only_some_sessions_are_in_cookies(tmp_path: Path) -> None:
    known = facts(tmp_path, swap(SESSION, f"{SESSION}\n{IN_COOKIES}"), database=EMPTY)
    assert isinstance(judge("boot-table-missing", known), Confirmed)

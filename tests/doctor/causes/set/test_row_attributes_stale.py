"""Old cookie options in old rows are told from options that depend on the request, and are a remark until somebody suffers."""

import pytest

from sessile.doctor.facts import Facts
from sessile.doctor.facts.database import RowCookies
from sessile.doctor.findings import Confirmed, Noted, RuledOut, Undecided, Unseen
from tests.doctor.facts_builder import AUTHORIZED, BOOT, LOGIN, NOW, database, facts, judge, log, rows
from tests.doctor.recorded_facts import seen
from tests.doctor.recording import COOKIE, asked, login, recording

CAUSE = "set-row-attributes-stale"
MOMENT = NOW.timestamp() - 3600
OLD, NEW = "Path=/", "Path=/; Secure; SameSite=None"
AFTER_ANOTHER = (RowCookies(NEW, 5, MOMENT + 60, MOMENT + 3000), RowCookies(OLD, 10, MOMENT - 9000, MOMENT - 60))
SIDE_BY_SIDE = (RowCookies(NEW, 5, MOMENT - 9000, MOMENT + 3000), RowCookies(OLD, 10, MOMENT - 9000, MOMENT - 60))
SET_OLD, SET_NEW = f"connect.sid={COOKIE}; Path=/", f"connect.sid={COOKIE}; Path=/; Secure; SameSite=None"


def known(cookies: tuple[RowCookies, ...], *again: str) -> Facts:
    """A user whose cookie is set again with every answer, and who is turned away in the end."""
    renewed = [asked(number, sets=line) for number, line in enumerate(again, 1)]
    wire = recording(login(sets=SET_NEW), *renewed, asked(60, status=401, sends=None))
    return seen(wire, database=database(rows=rows(cookies=cookies)))


def test_old_attributes_set_again_after_the_change_while_users_suffer() -> None:
    finding = judge(CAUSE, known(AFTER_ANOTHER, SET_OLD))
    assert isinstance(finding, Confirmed)
    assert [one.says for one in finding.evidence] == [
        f"10 live sessions, all saved before the others, set {OLD}; those saved since set {NEW}",
        f"GET /api/me 200 still sets connect.sid with {OLD}",
    ]


def test_new_attributes_set_again_leave_it_open() -> None:
    assert isinstance(judge(CAUSE, known(AFTER_ANOTHER, SET_NEW)), Undecided)


@pytest.mark.parametrize("cookies", [SIDE_BY_SIDE, AFTER_ANOTHER[:1], ()], ids=["by the request", "all alike", "none"])
def test_near_misses(cookies: tuple[RowCookies, ...]) -> None:
    assert isinstance(judge(CAUSE, known(cookies, SET_OLD)), RuledOut)


def test_a_healthy_service_whose_options_changed_is_only_remarked_upon() -> None:
    healthy = log(BOOT, LOGIN, AUTHORIZED)
    assert isinstance(judge(CAUSE, facts(database(rows=rows(cookies=AFTER_ANOTHER)), healthy)), Noted)
    assert isinstance(judge(CAUSE, facts()), Unseen)


def test_what_secure_auto_sets_over_https_and_over_plain_http_is_no_change() -> None:
    secure = "Path=/; Secure"
    by_scheme = (RowCookies(OLD, 1, MOMENT + 60, MOMENT + 3000), RowCookies(secure, 1, MOMENT - 9000, MOMENT - 60))
    assert isinstance(judge(CAUSE, known(by_scheme, f"connect.sid={COOKIE}; {secure}")), Noted)

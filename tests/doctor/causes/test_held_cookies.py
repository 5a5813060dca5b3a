"""Cookies that hold the session's data, as recordings show them: too old, undone by a slower answer, and never in a table."""

from base64 import urlsafe_b64encode
from datetime import timedelta
from pathlib import Path

from sessile.doctor.facts import Wire
from sessile.doctor.findings import Confirmed, Noted, RuledOut
from tests.doctor.causes.frameworks import seen, starlette
from tests.doctor.facts_builder import NOW, database
from tests.doctor.recorded_facts import judge, seen as recorded
from tests.doctor.recording import asked, login, recording

TOO_OLD, UNDONE, IN_COOKIE = "live-signed-cookie-too-old", "read-older-cookie-wins", "find-session-in-cookie"


def cookie(age: timedelta = timedelta(), data: str = "eyJ1c2VyIjoxfQ") -> str:
    """A cookie of Flask's form, signed that long before the recording."""
    signed = int((NOW - age).timestamp()).to_bytes(4, "big")
    return f"session={data}.{urlsafe_b64encode(signed).rstrip(b'=').decode()}.t7t790kHRViaqeL3EnsqKLAsjJo"


def visit(age: timedelta, status: int = 401) -> Wire:
    return recording(login(sets=f"{cookie(age)}; Path=/"), asked(1, status=status, sends=cookie(age)))


class TestTooOld:
    def test_one_that_is_older_than_its_framework_accepts(self) -> None:
        finding = judge(TOO_OLD, recorded(visit(timedelta(days=32))))
        assert isinstance(finding, Confirmed)
        assert "signed 32 days before" in finding.evidence[0].says

    def test_a_younger_one_that_is_turned_away_has_another_cause(self) -> None:
        assert isinstance(judge(TOO_OLD, recorded(visit(timedelta(days=30)))), RuledOut)

    def test_an_old_one_that_is_let_in_is_none(self) -> None:
        assert isinstance(judge(TOO_OLD, recorded(visit(timedelta(days=32), status=200))), RuledOut)

    def test_starlettes_code_alone_is_a_note(self, tmp_path: Path) -> None:
        assert isinstance(judge(TOO_OLD, seen(tmp_path, starlette())), Noted)
        assert isinstance(judge(TOO_OLD, seen(tmp_path, starlette('secret_key="k", max_age=None'))), RuledOut)
        assert isinstance(judge(TOO_OLD, seen(tmp_path, starlette() | {"requirements.txt": "starlette==0.52.1\n"})), RuledOut)


class TestUndone:
    BEFORE, AFTER = cookie(data="e30"), cookie(data="eyJ1c2VyIjoxfQ")

    def test_a_slow_answer_that_sets_the_data_of_before(self) -> None:
        slow = asked(0, "GET /page", sends=self.BEFORE, sets=f"{self.BEFORE}; Path=/", wait=3000)
        quick = asked(1, "POST /login", sends=self.BEFORE, sets=f"{self.AFTER}; Path=/", wait=20)
        assert isinstance(judge(UNDONE, recorded(recording(slow, quick))), Confirmed)

    def test_one_that_ends_before_the_other_undoes_nothing(self) -> None:
        early = asked(0, "GET /page", sends=self.BEFORE, sets=f"{self.BEFORE}; Path=/", wait=20)
        later = asked(1, "POST /login", sends=self.BEFORE, sets=f"{self.AFTER}; Path=/", wait=20)
        assert isinstance(judge(UNDONE, recorded(recording(early, later))), RuledOut)

    def test_a_slow_answer_that_sets_nothing_undoes_nothing(self) -> None:
        slow = asked(0, "GET /page", sends=self.BEFORE, wait=3000)
        quick = asked(1, "POST /login", sends=self.BEFORE, sets=f"{self.AFTER}; Path=/", wait=20)
        assert isinstance(judge(UNDONE, recorded(recording(slow, quick))), RuledOut)


def test_a_cookie_that_holds_its_data_has_no_row() -> None:
    assert isinstance(judge(IN_COOKIE, recorded(visit(timedelta()), database=database())), Noted)
    assert isinstance(judge(IN_COOKIE, recorded(visit(timedelta()))), RuledOut)
    assert isinstance(judge(IN_COOKIE, recorded(recording(login()), database=database())), RuledOut)

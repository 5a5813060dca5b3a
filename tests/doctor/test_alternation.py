"""One cookie that is let in and turned away by turns, told from sessions that end and begin again."""

import pytest

from sessile.doctor.alternation import alternating
from sessile.doctor.diagnose import diagnose
from sessile.doctor.diagnosis import Verdict
from sessile.doctor.facts.wire import Wire
from tests.doctor.recorded_facts import seen
from tests.doctor.recording import asked, login, recording, sanitized

BY_TURNS = recording(login(), *(asked(n, status=401 if n % 2 else 200) for n in range(1, 5)))
RENEWED = recording(
    login(sets=None),
    *(
        one
        for n in (1, 11, 21)
        for one in (asked(n, sends=None), asked(n + 1, status=401, sends=None), asked(n + 2, "POST /refresh"))
    ),
)


def test_one_cookie_by_turns() -> None:
    (evidence,) = alternating(seen(BY_TURNS))
    assert evidence.says.startswith("GET /api/me was answered 401, 200, 401, 200, each time with the same connect.sid")


def test_a_recording_without_cookies_is_not_called_healthy() -> None:
    (evidence,) = alternating(seen(sanitized(BY_TURNS)))
    assert "with nothing between that could change its cookies" in evidence.says
    assert diagnose(seen(sanitized(BY_TURNS))).verdict is Verdict.CANNOT_TELL


@pytest.mark.parametrize("wire", [RENEWED, sanitized(RENEWED)], ids=["with cookies", "without"])
def test_a_token_that_is_renewed_is_none(wire: Wire) -> None:
    assert alternating(seen(wire)) == ()

"""Two versions that answer in turn, told from one change and from cookies that differ on purpose."""

import pytest

from sessile.doctor.facts.wire import Wire
from sessile.doctor.findings import Confirmed, RuledOut, Undecided, Unseen
from tests.doctor.recorded_facts import first, judge, proven, seen
from tests.doctor.recording import COOKIE, asked, login, recording, sanitized

CAUSE = "verify-versions-side-by-side"
OLD = f"connect.sid={COOKIE}; Path=/; HttpOnly"
NEW = f"shop.sid={COOKIE}; Path=/; HttpOnly; SameSite=Lax"
LAX = f"{OLD}; SameSite=Lax"


def turns(*lines: str) -> Wire:
    return recording(
        *(login(10 * n, sets=line) for n, line in enumerate(lines)),
        *(asked(10 * n + 5, status=401, sends=line.partition(";")[0]) for n, line in enumerate(lines)),
    )


@pytest.mark.parametrize("lines", [(OLD, NEW, OLD), (OLD, LAX, OLD, LAX)], ids=["two names", "two sets of attributes"])
def test_two_kinds_in_turn(lines: tuple[str, ...]) -> None:
    finding = judge(CAUSE, seen(turns(*lines)))
    assert isinstance(finding, Confirmed)
    assert "sets connect.sid" in finding.evidence[0].says
    assert first(seen(turns(*lines))) == CAUSE


def test_one_change_is_left_open() -> None:
    assert isinstance(judge(CAUSE, seen(turns(OLD, OLD, NEW))), Undecided)


@pytest.mark.parametrize(
    "wire",
    [
        turns(OLD, OLD),
        turns(OLD, f"{OLD}; Expires=Wed, 24 Nov 2027 12:00:00 GMT", OLD),
        turns(OLD, "connect.sid=; Path=/; Max-Age=0", OLD),
        recording(login(sets=OLD), asked(3, "POST /admin/login", sets=LAX), asked(6, sets=OLD)),
    ],
    ids=["one kind", "remember me", "a cookie that is cleared", "another path"],
)
def test_a_near_miss(wire: Wire) -> None:
    assert isinstance(judge(CAUSE, seen(wire)), RuledOut)


def test_without_cookies_in_the_recording_it_is_unseen() -> None:
    assert isinstance(judge(CAUSE, seen(sanitized(turns(OLD, NEW, OLD)))), Unseen)
    assert CAUSE not in proven(seen(sanitized(turns(OLD, NEW, OLD))))

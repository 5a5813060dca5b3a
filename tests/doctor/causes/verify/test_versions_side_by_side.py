"""Two versions that answer in turn, told from one change and from cookies that differ on purpose."""

from dataclasses import replace

import pytest

from sessile.doctor.facts.site import Site
from sessile.doctor.facts.wire import Seen, Wire
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


def test_two_names_for_strangers_at_a_site() -> None:
    given = recording(login(sets=OLD), asked(1), asked(2, status=401), asked(3), asked(4, status=401), seen_by=Seen.SITE)
    lines = (NEW, OLD, NEW, OLD)
    strangers = tuple(asked(5 + n, status=401, sends=None, sets=line) for n, line in enumerate(lines))
    facts = replace(seen(given), sites=(Site(source=given.source, strangers=strangers),))
    assert isinstance(judge(CAUSE, facts), Confirmed)
    assert first(facts) == CAUSE
    alike = tuple(asked(5 + n, status=401, sends=None, sets=OLD) for n in range(4))
    assert isinstance(judge(CAUSE, replace(facts, sites=(Site(source=given.source, strangers=alike),))), RuledOut)


def test_versions_that_understand_each_other_do_no_harm() -> None:
    let_in = recording(*(one for one in turns(OLD, NEW, OLD).exchanges if one.status == 200), asked(30))
    assert isinstance(judge(CAUSE, seen(let_in)), Undecided)
    assert proven(seen(let_in)) == set()


def test_two_cookies_of_one_version_are_no_two_versions() -> None:
    """As Koa sets a session and its signature, each HttpOnly."""
    signed = (f"koa.sess={COOKIE}; Path=/; HttpOnly", f"koa.sess.sig={COOKIE}; Path=/; HttpOnly; SameSite=Lax")
    calls = [login(10 * n, sets="\n".join(signed)) for n in range(3)]
    calls += [asked(40, "POST /login", sets=signed[1], sends=None), asked(50, "POST /login", sets=signed[0], sends=None)]
    turned_away = asked(60, status=401, sends=signed[0].partition(";")[0])
    assert isinstance(judge(CAUSE, seen(recording(*calls, turned_away))), RuledOut)


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

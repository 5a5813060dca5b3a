"""An answer that renews the cookie it refuses has loaded its session: what is left is whom it names, and who believes that."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sessile.doctor import elimination
from sessile.doctor.diagnose import diagnose
from sessile.doctor.diagnosis import Verdict
from sessile.doctor.facts import Facts
from sessile.doctor.facts.correlation import Stored
from sessile.doctor.facts.exchange import Exchange
from sessile.doctor.observations import AFTER_LOGIN
from sessile.doctor.placement import placed
from sessile.session.outcome import Station
from tests.doctor.facts_builder import NOW
from tests.doctor.recorded_facts import LIVING, correlated, known, proven, seen
from tests.doctor.recording import COOKIE, SET, asked, cookie, login, recording

RENEWED = asked(2, status=401, sets=SET)
NOBODY = replace(LIVING, identities=())
FRESH = cookie(sid="N3wN3wN3wN3wN3wN3wN3wN3wN3wN3wN3w")


def facts(*exchanges: Exchange, row: Stored = LIVING, other: Stored = LIVING) -> Facts:
    return seen(recording(login(), *exchanges), found=correlated(known(COOKIE, row), known(FRESH, other)))


def stations(told: Facts) -> list[Station | None]:
    return [one.station for one in placed(told)]


def test_a_session_that_was_loaded_leaves_who_it_is_of_and_who_believes_it() -> None:
    assert elimination.left(AFTER_LOGIN, facts(RENEWED)) == (Station.READ, Station.AGREE)
    assert Station.ARRIVE in elimination.left(AFTER_LOGIN, facts(asked(2, status=401)))


@pytest.mark.parametrize("zone", [0, 19_800_000])
def test_a_row_whose_end_was_moved_on_was_loaded(zone: float) -> None:
    saved = LIVING.expires or 0
    touched = replace(LIVING, expires=saved + 2500 - zone, cookie_expires=saved)
    untouched = replace(touched, expires=saved + 900 - zone)
    refused = asked(2, status=401)
    assert elimination.left(AFTER_LOGIN, facts(refused, row=touched)) == (Station.READ, Station.AGREE)
    assert Station.ARRIVE in elimination.left(AFTER_LOGIN, facts(refused, row=untouched))
    of_its_own = replace(touched, expires=saved + 100_000 - zone)
    assert Station.ARRIVE in elimination.left(AFTER_LOGIN, facts(refused, row=of_its_own))
    assert Station.ARRIVE in elimination.left(AFTER_LOGIN, facts(asked(1, "GET /logo"), refused, row=touched))


def test_another_cookie_in_the_answer_shows_nothing_loaded() -> None:
    begun = asked(2, status=401, sets=SET.replace(COOKIE, FRESH))
    assert Station.ARRIVE in elimination.left(AFTER_LOGIN, facts(begun))


def test_a_user_who_was_let_in_by_the_loaded_session_before_is_refused_by_the_guard() -> None:
    assert stations(facts(asked(1, sets=SET), RENEWED)) == [Station.AGREE]
    assert stations(facts(RENEWED)) == [None]
    assert stations(facts(asked(1), asked(2, status=401))) == [None]


def test_a_guard_that_refuses_a_loaded_session_shows_no_other_secret() -> None:
    turns = [asked(1, sets=SET), RENEWED, asked(3, sets=SET)]
    told = diagnose(facts(*turns[:2]))
    assert "verify-secret-differs-between-instances" not in {one.cause.id for one in told.causes}


def test_a_session_that_names_nobody_where_others_do_stops_at_read() -> None:
    refused = asked(3, status=401, sends=f"connect.sid={FRESH}")
    regenerated = asked(2, "POST /company", sets=SET.replace(COOKIE, FRESH))
    assert stations(facts(asked(1), regenerated, refused, other=NOBODY)) == [Station.READ]
    assert stations(facts(regenerated, refused, row=NOBODY, other=NOBODY)) == [None]


def test_a_row_that_is_over_minutes_after_the_login_stops_at_live_whatever_the_clocks_say() -> None:
    over = replace(LIVING, expires=(NOW + timedelta(seconds=1.5)).timestamp() * 1000)
    told = facts(asked(1), asked(2, status=401), row=over)
    assert stations(told) == [Station.LIVE]
    assert diagnose(told, []).verdict is Verdict.CANNOT_TELL


def test_a_cookie_that_is_over_when_it_is_set_stops_at_live() -> None:
    over = SET.replace("; Path=/", "; Path=/; Expires=Thu, 01 Jan 2026 00:00:00 GMT")
    told = seen(recording(login(sets=over), asked(1, status=401, sends=None)))
    assert stations(told) == [Station.LIVE]
    assert proven(told) == {"live-lifetime-too-short"}

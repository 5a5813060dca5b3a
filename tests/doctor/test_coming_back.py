"""A cookie that came back in vain: what is known of that very cookie leaves few stations, or tells the one."""

from collections.abc import Sequence

import pytest

from sessile.doctor.causes import cause_named
from sessile.doctor.diagnose import diagnose
from sessile.doctor.facts import Correlations, Facts, Unknown
from sessile.doctor.facts.correlation import Correlation, Held, Missing, Signature, Stored, Unsigned
from sessile.doctor.facts.exchange import Exchange
from sessile.doctor.placement import placed
from sessile.session.outcome import Station
from tests.doctor.facts_builder import NOW
from tests.doctor.recorded_facts import LIVING, SIGNED, known, seen
from tests.doctor.recording import COOKIE, SET, asked, cookie, login, recording

A_DAY = 86_400_000
HOLDING = Held(ends=NOW.timestamp() * 1000 + A_DAY, identities=("userId",))
CLEARED = "connect.sid=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Lax"
OTHER = cookie(secret="the secret of another middleware", sid="Ot3rOt3rOt3rOt3rOt3rOt3rOt3rOt3r")
OVER = f"{SET}; Max-Age=0"


def facts(exchanges: Sequence[Exchange], *cookies: Correlation) -> Facts:
    return seen(recording(*exchanges), found=Correlations(cookies))


def left(row: Stored | Held | Missing | Unknown, *exchanges: Exchange, signature: Signature | Unsigned = SIGNED) -> set[Station]:
    known_of_it = known(COOKIE, row, signature)
    *_, last = placed(facts((login(), *exchanges), known_of_it))
    assert last.station is None
    return set(last.left)


def test_a_cookie_that_holds_the_session_and_is_signed_may_be_ended_or_refused() -> None:
    assert left(HOLDING, asked(1, status=401)) == {Station.ARRIVE, Station.FIND, Station.READ, Station.AGREE}
    assert left(HOLDING, asked(1), asked(2, status=401)) == {Station.FIND, Station.READ, Station.AGREE}


def test_a_row_that_is_there_and_lives_is_not_what_lacks() -> None:
    assert left(LIVING, asked(1), asked(2, status=401)) == {Station.READ, Station.AGREE}


def test_what_follows_without_the_cookie_that_was_taken_away_is_left_the_same() -> None:
    taken = (asked(1), asked(2, status=401, sets=CLEARED), asked(3, status=401, sends=None))
    assert left(HOLDING, *taken) == {Station.FIND, Station.READ, Station.AGREE}


def test_let_in_by_turns_excludes_nothing() -> None:
    first, *_ = placed(facts((login(), asked(1, status=401), asked(2), asked(3, status=401)), known(COOKIE, LIVING)))
    assert not first.left


def test_one_that_holds_the_session_is_too_old_at_live() -> None:
    old = Held(ends=NOW.timestamp() * 1000 - A_DAY, identities=("userId",))
    [one] = placed(facts((login(), asked(1, status=401)), known(COOKIE, old)))
    assert one.station is Station.LIVE


@pytest.mark.parametrize("second", [Signature("secret_key (main.py:10)", "ffffffff"), Unsigned(("SECRET_KEY (.env:2)",))])
def test_a_login_that_sets_it_twice_by_two_secrets_stops_at_verify(second: Signature | Unsigned) -> None:
    twice = login(sets=f"{SET}\nconnect.sid={OTHER}; Path=/; HttpOnly; Secure; SameSite=Lax")
    refused = asked(1, status=401, sends=f"connect.sid={OTHER}")
    both = (known(COOKIE, HOLDING), known(OTHER, HOLDING, second))
    assert [one.station for one in placed(facts((twice, refused), *both))] == [Station.VERIFY]
    alike = (known(COOKIE, HOLDING), known(OTHER, HOLDING))
    assert [one.station for one in placed(facts((twice, refused), *alike))] == [None]


def test_a_cookie_that_is_over_at_once_stops_at_live() -> None:
    assert [one.station for one in placed(facts((login(sets=OVER), asked(1, status=401, sends=None))))] == [Station.LIVE]


def test_no_cause_of_a_signature_is_a_suspect_where_the_refused_cookie_is_signed_as_it_should_be() -> None:
    secret = cause_named("verify-secret-differs-between-instances")
    assert secret is not None
    exchanges = (login(), asked(1), asked(2, status=401), asked(3), asked(4, status=401))
    assert [one.cause for one in diagnose(facts(exchanges, known(COOKIE, LIVING)), [secret]).causes] == [secret]
    ended = (login(), asked(1), asked(2, status=401))
    assert not diagnose(facts(ended, known(COOKIE, HOLDING)), [secret]).causes

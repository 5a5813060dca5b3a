"""What was seen of the sessions that failed leaves some stations, and symptoms that nothing explains are never health."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from sessile.doctor import elimination
from sessile.doctor.diagnose import diagnose
from sessile.doctor.diagnosis import Verdict
from sessile.doctor.facts import Facts, Unknown
from sessile.doctor.facts.database import Offset, RowCookies, Rows
from sessile.doctor.facts.logs import Kind, Log
from sessile.doctor.facts.other_tables import Library, OtherTable
from sessile.doctor.findings import NotSeen, Seen
from sessile.doctor.observations import AFTER_LOGIN, OBSERVATIONS
from sessile.session.outcome import Station
from tests.doctor.facts_builder import AUTHORIZED, BOOT, LOGIN, NOW, UNAUTHORIZED, database, facts, line, log, rows, server
from tests.doctor.recorded_facts import correlated, known as known_of, seen
from tests.doctor.recording import COOKIE, asked, login, recording

LAST = NOW - timedelta(seconds=30)
"""When the log shows the last login."""
FORGED = line(Kind.WARNING, "CSRF_REFUSED", "Forbidden (CSRF)")
RETURNED = (Station.VERIFY, Station.READ, Station.AGREE)
RESTARTED = (Station.VERIFY, Station.FIND, Station.READ)


def logins(count: int, *more: tuple[Kind, str, str, tuple[str, ...]], refused: int = 0) -> Log:
    """A log of so many logins, the last one at LAST, one a second."""
    lines = (BOOT, *(LOGIN,) * count, *more)
    since = LAST - timedelta(seconds=count + 1)
    return log(*lines, minutes=1 / 60, since=since, login_then_401=refused)


def saved(count: int, oldest: datetime, newest: datetime, **changes: Any) -> Rows:
    """So many rows, all alive, the last one saved at `newest`."""
    cookies = (RowCookies("Path=/", count, oldest.timestamp(), newest.timestamp()),)
    told = rows(read=count, live=count, expired=0, returning=0, never_returned=0, newest=newest, cookies=cookies)
    return replace(told, **changes)


def left(stations: tuple[Station, ...], known: Rows, told: Log) -> tuple[Station, ...]:
    return elimination.left(stations, facts(database(rows=known), told))


def test_rows_of_every_login_leave_the_signature() -> None:
    known = saved(6, LAST - timedelta(seconds=6), LAST)
    assert left(RESTARTED, known, logins(6)) == (Station.VERIFY,)


def test_rows_of_some_other_time_leave_all() -> None:
    yesterday = LAST - timedelta(days=1)
    known = saved(600, yesterday - timedelta(days=9), yesterday)
    assert Station.FIND in left(RESTARTED, known, logins(6))


def test_an_empty_table_leaves_what_writes_and_what_removes() -> None:
    known = saved(0, LAST, LAST, live=0)
    assert left(AFTER_LOGIN, known, logins(3)) == (Station.SAVE, Station.FIND)


def test_rows_that_only_the_last_logins_lack_were_not_written() -> None:
    known = saved(3, LAST - timedelta(seconds=9), LAST - timedelta(seconds=5))
    assert left(AFTER_LOGIN, known, logins(6, refused=3)) == (Station.SAVE,)


def test_rows_that_only_the_first_logins_lack_are_gone() -> None:
    known = saved(3, LAST - timedelta(seconds=2), LAST)
    assert left(RESTARTED, known, logins(6)) == (Station.FIND,)


def test_only_those_who_were_let_in_at_first_have_a_row() -> None:
    known = saved(3, LAST - timedelta(seconds=1), LAST)
    told = logins(3, *(AUTHORIZED,) * 6, *(LOGIN,) * 3, *(UNAUTHORIZED,) * 6, refused=3)
    told = replace(told, runs=(replace(told.runs[0], login_then_authorized=3),))
    assert left(AFTER_LOGIN, known, told) == (Station.SAVE,)
    by_turns = logins(6, UNAUTHORIZED, *(AUTHORIZED,) * 2, UNAUTHORIZED, refused=3)
    by_turns = replace(by_turns, runs=(replace(by_turns.runs[0], login_then_authorized=3),))
    assert left(AFTER_LOGIN, known, by_turns) != (Station.SAVE,)


def test_rows_that_name_nobody_leave_what_saves_and_what_reads_them() -> None:
    known = saved(6, LAST - timedelta(seconds=6), LAST, of_nobody=6)
    assert left(AFTER_LOGIN, known, logins(6)) == (Station.SAVE, Station.READ)


def test_rows_that_are_used_again_leave_who_reads_them() -> None:
    known = saved(6, LAST - timedelta(seconds=6), LAST, returning=5)
    assert left(AFTER_LOGIN, known, logins(6)) == (Station.READ, Station.AGREE)


def test_that_others_rows_are_used_again_says_nothing_of_a_cookie_that_is_known() -> None:
    used = database(rows=saved(6, LAST - timedelta(seconds=6), LAST, returning=5))
    unverified = known_of(COOKIE, signature=Unknown("no secret was given"))
    wire = recording(login(), asked(1), asked(9, status=401))
    assert elimination.left(AFTER_LOGIN, seen(wire, database=used, found=correlated(unverified))) == RETURNED


def of_django(signed: int) -> Facts:
    table = OtherTable(
        library=Library.DJANGO,
        name="django_session",
        expiry_type="timestamp with time zone",
        rows=3,
        live=3,
        sampled=3,
        signed=signed,
        tried=("SECRET_KEY (.env:1)",),
    )
    return replace(facts(None, logins(3)), other_tables=(table,))


def test_django_s_rows_tell_who_signed_them() -> None:
    assert elimination.left(RESTARTED, of_django(0)) == (Station.VERIFY,)
    assert elimination.left(RESTARTED, of_django(3)) == (Station.READ,)


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("one login, then 401", facts(None, log(BOOT, LOGIN, UNAUTHORIZED, login_then_401=1))),
        ("refused as forged", facts(None, log(BOOT, *(FORGED,) * 3))),
        (
            "rows that cannot live",
            facts(database(rows=rows(read=6, live=3, null_expire=3)), log(BOOT, LOGIN, UNAUTHORIZED)),
        ),
        (
            "rows that cannot live",
            facts(database(rows=rows(offsets=(Offset(-18000, 3), Offset(19800, 3)))), log(BOOT, LOGIN, UNAUTHORIZED)),
        ),
        ("rows that cannot live", facts(database(rows=rows(live=0, expired=6)), logins(6, UNAUTHORIZED))),
        ("rows that cannot live", facts(database(rows=rows(read=6, short_lived=6)), logins(6, AUTHORIZED))),
    ],
)
def test_a_symptom_that_nothing_explains_is_no_health(name: str, known: Facts) -> None:
    assert isinstance(OBSERVATIONS[name].look(known), Seen)
    diagnosis = diagnose(known, [])
    assert diagnosis.verdict is Verdict.CANNOT_TELL


@pytest.mark.parametrize(
    ("name", "known"),
    [
        (
            "refused as forged",
            facts(None, log(BOOT, *(line(Kind.WARNING, "CSRF_REFUSED", "Forbidden (CSRF)"),) * 3, *(LOGIN,) * 3)),
        ),
        ("rows that cannot live", facts(database(rows=rows(live=0, expired=6)), logins(6, AUTHORIZED))),
        (
            "rows that cannot live",
            facts(database(rows=rows(offsets=(Offset(3600, 3), Offset(7200, 3)))), log(BOOT, LOGIN, UNAUTHORIZED)),
        ),
    ],
    ids=["somebody gets in", "nobody is turned away", "the clocks were put forward"],
)
def test_near_misses(name: str, known: Facts) -> None:
    assert isinstance(OBSERVATIONS[name].look(known), NotSeen)


def mixed(authorized: int, refused: int, before: int = 0) -> Facts:
    told = log(BOOT, LOGIN, LOGIN)
    run = replace(told.runs[0], logins=2, authorized=authorized, unauthorized=refused, unauthorized_before_login=before)
    return facts(None, replace(told, runs=(run,)))


def test_more_refusals_than_answers_after_logins_are_a_symptom() -> None:
    look = OBSERVATIONS["mostly refused"].look
    assert isinstance(look(mixed(4, 11)), Seen)
    assert isinstance(look(mixed(4, 3)), NotSeen)
    assert isinstance(look(mixed(4, 11, before=2)), NotSeen)


def test_401s_that_begin_with_the_database_s_start_are_told_like_those_after_a_deploy() -> None:
    known = database(server=server(started=NOW - timedelta(minutes=57, seconds=30)))
    told = log(BOOT, LOGIN, UNAUTHORIZED, since=NOW - timedelta(hours=1))
    worked = log(BOOT, AUTHORIZED, UNAUTHORIZED, since=NOW - timedelta(hours=1))
    assert not isinstance(OBSERVATIONS["401 after a restart"].look(facts(known, told)), Seen)
    look = OBSERVATIONS["401 after a restart"].look(facts(known, worked))
    assert isinstance(look, Seen)
    assert look.evidence[0].says.startswith("the database was started at 11:02:30 UTC")


def test_sessions_that_the_log_shows_in_use_are_not_called_unused() -> None:
    known = database(rows=rows(returning=0, never_returned=6, repeated_logins=3))
    told = log(BOOT, *(LOGIN,) * 6)
    used = replace(told, runs=(replace(told.runs[0], login_then_authorized=6),))
    for name in ("sessions never seen again", "same user logs in again and again"):
        assert isinstance(OBSERVATIONS[name].look(facts(known, told)), Seen)
        assert isinstance(OBSERVATIONS[name].look(facts(known, used)), NotSeen)

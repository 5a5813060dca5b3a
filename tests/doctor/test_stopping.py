"""An error of a log is put at a station by its code, and is a symptom unless sessions have worked since."""

from dataclasses import replace

import pytest

from sessile.doctor import stopping
from sessile.doctor.diagnose import diagnose
from sessile.doctor.diagnosis import Verdict
from sessile.doctor.facts.logs import SESSION_STORE, Event, Kind, Mark
from sessile.session.outcome import Station
from tests.doctor.facts_builder import AUTHORIZED, BOOT, LOGIN, database, facts, line, log, table, without

STORE = ("session", SESSION_STORE)


@pytest.mark.parametrize(
    ("code", "station"),
    [
        ("25006", Station.REACH),
        ("25P02", Station.SAVE),
        ("57014", Station.REACH),
        ("ECONNREFUSED", Station.REACH),
        ("55P03", Station.REACH),
        ("55000", Station.SAVE),
        ("42P10", Station.SAVE),
        ("P0001", Station.SAVE),
        ("22008", Station.SAVE),
        ("XX001", Station.FIND),
        ("42P01", Station.FIND),
        ("MINE", None),
    ],
)
def test_the_database_s_own_answer_tells_the_station(code: str, station: Station | None) -> None:
    assert stopping.of_code(code, facts(database())) is station


@pytest.mark.parametrize("known", [None, database(table=None), database(table=without("sess"))])
def test_what_the_start_has_not_made_stops_there(known: object) -> None:
    assert stopping.of_code("42P01", facts(known)) is Station.BOOT  # type: ignore[arg-type]  # mypy widens the parameters


def test_row_security_hides_rows_and_refuses_them_alike() -> None:
    assert stopping.of_code("42501", facts(database())) is Station.SAVE
    assert stopping.of_code("42501", facts(database(table=table(row_security=True)))) is Station.FIND


@pytest.mark.parametrize(
    ("error", "stations"),
    [
        (line(Kind.ERROR, "42P10", "no constraint", *STORE), [Station.SAVE]),
        (line(Kind.ERROR, "42P10", "no constraint", "orders"), []),
        (line(Kind.ERROR, "57014", "statement timeout", "orders"), [Station.REACH]),
        (line(Kind.ERROR, "DESERIALIZE_USER", "Failed to deserialize user"), [Station.READ]),
        (line(Kind.ERROR, "SESSION_REPLACED", "req.session.save is not a function"), [Station.BOOT, Station.SAVE]),
        (line(Kind.OUTCOME, "verify: bad_signature", "session stopped at verify"), [Station.VERIFY]),
    ],
)
def test_the_last_word_of_a_log(error: tuple[Kind, str, str, tuple[str, ...]], stations: list[Station]) -> None:
    told = log(BOOT, error, error)
    assert [station for station, _ in stopping.last_words(told, facts())] == stations


def test_an_error_that_sessions_have_survived_says_nothing() -> None:
    over = log(BOOT, line(Kind.ERROR, "57014", "statement timeout", *STORE), LOGIN, AUTHORIZED)
    assert stopping.last_words(over, facts()) == ()
    assert stopping.suffered(over, facts()) == ()


def test_what_strikes_some_stands_beside_the_success_of_others() -> None:
    some = log(BOOT, line(Kind.ERROR, "22P05", "no equivalent in encoding", *STORE), LOGIN, AUTHORIZED)
    diagnosis = diagnose(facts(None, some), [])
    assert diagnosis.verdict is Verdict.CANNOT_TELL
    assert diagnosis.something_else is not None
    assert diagnosis.something_else.stations == (Station.SAVE,)


def test_an_option_that_only_old_rows_break_is_no_matter_of_the_start() -> None:
    error = line(Kind.ERROR, "MAXAGE_TYPE", "maxAge must be a number or Date")
    assert [one for one, _ in stopping.last_words(log(BOOT, error, LOGIN, AUTHORIZED), facts())] == [Station.READ]
    assert [one for one, _ in stopping.last_words(log(BOOT, error, error), facts())] == [Station.BOOT]


def test_an_outcome_gives_way_to_the_error_that_tells_more() -> None:
    error, outcome = (
        line(Kind.SAVE_ERROR, "25006", "read-only transaction"),
        line(Kind.OUTCOME, "save: refused", "stopped at save"),
    )
    told = log(BOOT, error, outcome, error, outcome)
    assert [station for station, _ in stopping.last_words(told, facts())] == [Station.REACH]


def test_two_errors_by_turns_leave_it_open() -> None:
    marks = [(Mark(2, boot=1), Mark(5, boot=1)), (Mark(3, boot=1), Mark(6, boot=1))]
    events = [
        Event(Kind.ERROR, code, code, 2, first, last, STORE)
        for code, (first, last) in zip(("42P10", "COOKIE_OPTION"), marks, strict=True)
    ]
    told = replace(log(BOOT), events=(*log(BOOT).events, *events))
    assert {station for station, _ in stopping.last_words(told, facts())} == {Station.SAVE, Station.SET}


def test_a_failed_creation_of_the_table_that_outlives_it_keeps_requests_from_the_store() -> None:
    error = line(Kind.ERROR, "23505", "duplicate key", "pg_type_typname_nsp_index", "pg_type", SESSION_STORE)
    told = log(BOOT, error, error)
    assert [one for one, _ in stopping.last_words(told, facts(database()))] == [Station.REACH]
    assert [one for one, _ in stopping.last_words(told, facts(database(table=None)))] == [Station.BOOT]
    of_a_row = line(Kind.ERROR, "23505", "duplicate key", "session_pkey", *STORE)
    assert [one for one, _ in stopping.last_words(log(BOOT, of_a_row, of_a_row), facts(database()))] == [Station.SAVE]

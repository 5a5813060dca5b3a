"""The report for a person, as it comes out at a pipe's end."""

import os
import unicodedata
from dataclasses import replace

import pytest

from sessile.doctor.causes import Cause, catalogue
from sessile.doctor.diagnosis import Confidence, SomethingElse, Unchecked
from sessile.doctor.facts.evidence import Evidence
from sessile.doctor.findings import Need
from sessile.doctor.report.terminal import Surroundings
from sessile.session.outcome import Station
from tests.doctor.report.patients import NO_KEY, healthy, journey, puzzling, sick, told

SCREEN = 24
FIRST_SCREEN = """\
✗ SICK  "public"."session" has no key that ON CONFLICT (sid) can use (confirmed)
  looked at postgresql://app:***@db.example.com:5432/shop (from .env)

Journey   ✓ ok   ✗ broken   · not seen
  ✓─────✓──────✗     ·╌╌╌╌·╌╌╌╌╌·╌╌╌╌╌·╌╌╌╌╌╌╌·╌╌╌╌╌╌╌·╌╌╌╌╌·╌╌╌╌╌·╌╌╌╌╌·
  boot  reach  save  set  keep  send  arrive  verify  find  live  read  agree
  ✗ save broken: this must hold here: the login's row is committed before the
    response

Proof   3 of 4, -v shows all
  • 42P10 there is no unique or exclusion constraint matching the ON CONFLICT
    specification  [experiment: statement 'save', rolled back]
  • "public"."session" has IDX_session_expire (expire); none is unique on (sid)
    [postgres: pg_index]
  • Session save error: no unique constraint (12 times, last in line 340)  [log:
    app.log:17]

Fix
  Give sid its primary key, in place; duplicates keep the row that expires last.
  No session is lost.
    sessile fix save-no-primary-key "$DATABASE_URL"   a plan; --apply does it

"""


def test_the_first_screen_holds_verdict_journey_proof_and_fix() -> None:
    assert told(sick()).startswith(FIRST_SCREEN)
    assert len(FIRST_SCREEN.splitlines()) <= SCREEN


def test_without_signs_beyond_ascii_it_says_the_same() -> None:
    report = told(sick(), encoding="ascii")
    assert report.isascii()
    assert "\\u" not in report
    assert "X SICK" in report
    assert "  +-----+------X     .    .     .     .       .       .     .     .     .\n  boot  reach  save  set" in report


@pytest.mark.parametrize("cause", catalogue(), ids=lambda cause: cause.id)
def test_every_causes_fix_stands_in_the_first_screen(cause: Cause) -> None:
    told_at_length = Evidence("Session save error: " + "value " * 46, "log", "/var/log/shop/production.log:123456")
    report = told(sick(cause, (told_at_length,) * 5, cause.title))
    before_the_rest, _, _ = report.partition("\nAlso\n")
    lines = before_the_rest.rstrip("\n").split("\n")
    assert len(lines) <= SCREEN
    assert (cause.remedy.command or "Fix") in before_the_rest
    assert before_the_rest.count("production.log:123456") == 3


@pytest.mark.parametrize("width", [40, 50, 60, 72, 80, 100, 120])
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_nothing_but_a_command_is_wider_than_the_terminal(width: int, encoding: str) -> None:
    commands = ("sessile ",)
    for diagnosis in (sick(), healthy(), puzzling()):
        for line in told(diagnosis, width=width, encoding=encoding, verbose=True).splitlines():
            assert len(line) <= width or line.strip().startswith(commands), line
            assert line == line.rstrip(), line


def test_a_narrow_terminal_draws_the_journey_in_rows() -> None:
    report = told(sick(), width=60)
    assert "  ✓─────✓──────✗     ·╌╌╌╌·╌╌╌╌╌·\n  boot  reach  save  set  keep  send\n" in report
    assert "  ·╌╌╌╌╌╌╌·╌╌╌╌╌╌╌·╌╌╌╌╌·╌╌╌╌╌·╌╌╌╌╌·\n  arrive  verify  find  live  read  agree\n" in report


def test_all_twelve_stations_are_told_with_v_and_only_the_broken_one_without() -> None:
    assert "reach ok: about reach" in told(sick(), verbose=True)
    assert "about reach" not in told(sick())
    assert "12 logins were followed by a 401" in told(sick(), verbose=True)
    assert "12 logins were followed by a 401" not in told(sick())


def test_a_broken_station_with_a_reason_of_its_own_says_it() -> None:
    diagnosis = replace(sick(), journey=journey(sick().causes[0].cause.station, "the driver hung up"))
    assert "✗ save broken: the driver hung up" in told(diagnosis)


def test_confidence_is_said_in_words() -> None:
    first = sick().causes[0]
    for confidence, word in ((Confidence.VERY_LIKELY, "very likely"), (Confidence.POSSIBLE, "possible")):
        report = told(replace(sick(), causes=(replace(first, confidence=confidence),)))
        assert f"can use ({word})" in " ".join(report.split())
        assert "What speaks for it" in report


def test_healthy_says_what_was_not_seen() -> None:
    assert told(healthy()).startswith("✓ HEALTHY  No fault in what was seen. Not seen: the service's log.\n")


def test_cannot_tell_names_the_symptom() -> None:
    report = told(puzzling())
    assert report.startswith("? CANNOT TELL  A symptom was seen and stays unexplained: of 23 sessions saved")
    assert "Symptoms\n  • of 23 sessions saved" in report


def test_where_no_cause_is_likely_all_stand_by_name_and_none_is_prescribed() -> None:
    suspects = tuple(replace(one, confidence=Confidence.POSSIBLE) for one in sick().causes)
    report = " ".join(told(replace(puzzling(), causes=suspects)).split())
    assert f"Possible causes ✗ {suspects[0].title} (possible)" in report
    assert "Symptoms • of 23 sessions saved" in report
    assert "What speaks for it" not in report


def test_a_remedy_that_loses_sessions_says_whose_and_how_to_spare_them() -> None:
    first = sick().causes[0]
    remedy = replace(first.cause.remedy, logs_out="whoever came by night", instead="wait for the morning")
    report = told(replace(sick(), causes=(replace(first, cause=replace(first.cause, remedy=remedy)),)))
    assert "Logs out whoever came by night." in report
    assert "To spare them: wait for the morning." in report
    assert "No session is lost." not in report


def test_what_could_not_be_looked_at_stands_on_top() -> None:
    around = Surroundings(("app.log",), ("could not look at web.log, because it is empty",))
    assert told(sick(), around).splitlines()[2] == "  ! could not look at web.log, because it is empty"


def test_all_seven_items_of_the_checklist_are_told() -> None:
    _, _, items = told(healthy()).partition("Checklist\n")
    assert [line.split()[1] for line in items.splitlines() if line[2] in "✓✗?"] == [
        "no",
        "yes",
        "unknown",
        "unknown",
        "no",
        "yes",
        "unknown",
    ]


def test_nothing_in_it_steers_a_terminal() -> None:
    evil = "\x1b]0;pwned\x07 \x1b[2J\x9b31m\u202egnp.exe\u200b \r\n[bold]not markup[/bold] :smile: \udc80"
    first = replace(sick().causes[0], title=evil, evidence=(Evidence(evil, "log", evil),), against=(Evidence(evil, "log", "x"),))
    diagnosis = replace(sick(), causes=(first, first), symptoms=(Evidence(evil, "log", "x"),))
    report = told(diagnosis, Surroundings((evil,), (evil,)), verbose=True)
    unsafe = {character for character in report if unicodedata.category(character) in ("Cc", "Cf", "Cs") and character != "\n"}
    assert not unsafe
    assert "[bold]not markup[/bold] :smile:" in " ".join(report.split())


def test_a_pipe_gets_no_escape_sequence_even_where_colours_are_known() -> None:
    assert os.environ.get("FORCE_COLOR") is None
    assert "\x1b" not in told(sick())


def test_cannot_tell_says_where_sessions_stop_and_nothing_twice() -> None:
    symptom = puzzling().symptoms[0]
    further = Evidence("the row is there", "postgres", "sid")
    lost = replace(puzzling(), something_else=SomethingElse((Station.VERIFY, Station.FIND, Station.READ), (symptom, further)))
    report = " ".join(told(lost).split())
    assert "were never used again. Sessions stop at verify, find or read." in report
    assert "? stops at verify, find or read: it is not known at which of them" in report
    assert report.count("never used again [postgres: expire]") == 1
    assert "• the row is there" in report.partition("Unexplained")[2]


def test_what_could_not_be_checked_has_its_commonest_reason() -> None:
    whys = ("no table of Django's", "the database was not reached", "the database was not reached")
    lacking = replace(puzzling(), not_checked=tuple(Unchecked(NO_KEY, Need.DATABASE, why) for why in whys))
    assert "needs the database: the database was not reached  (3 causes)" in told(lacking)
    assert "needs the database: the database was not reached; no table of Django's" in told(lacking, verbose=True)


def test_possible_causes_are_not_denied_below() -> None:
    lost = replace(puzzling(), something_else=SomethingElse((Station.VERIFY,), ()))
    assert "None of the causes known here explains it. It stops sessions at verify." in told(lost)
    assert "If it is none of these, no cause known here explains it. It stops" in told(replace(lost, causes=sick().causes[1:]))


def test_all_that_was_looked_at_is_named_with_v() -> None:
    around = Surroundings(tuple(f"/srv/shop/{number}/production.log" for number in range(9)))
    assert "/srv/shop/8/production.log" not in told(sick(), around)
    assert "/srv/shop/8/production.log" in told(sick(), around, verbose=True)


def test_symptoms_that_are_not_shown_are_counted() -> None:
    many = tuple(Evidence(f"symptom {number}", "log", "app.log") for number in range(4))
    assert "Symptoms   3 of 4, -v shows all" in told(replace(puzzling(), symptoms=many))

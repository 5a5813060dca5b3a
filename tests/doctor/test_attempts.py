"""Logins that never came to a session are never called healthy: the service fails, or refuses the form as forged."""

from typing import Any

import pytest

from sessile.doctor.diagnose import diagnose
from sessile.doctor.diagnosis import Verdict
from sessile.doctor.facts import Wire
from sessile.doctor.facts.exchange import Sign
from sessile.doctor.facts.logs import Kind
from sessile.doctor.facts.wire import Seen
from sessile.session.outcome import Station
from tests.doctor.facts_builder import database, line, log, server
from tests.doctor.recorded_facts import seen
from tests.doctor.recording import asked, login, recording

FORGED = login(status=403, sets=None, says=frozenset({Sign.CSRF}))


def told(wire: Wire, **more: Any) -> tuple[Verdict, tuple[Station, ...]]:
    found = diagnose(seen(wire, **more), [])
    return found.verdict, found.something_else.stations if found.something_else else ()


@pytest.mark.parametrize("seen_by", list(Seen))
def test_a_login_that_fails_stops_no_later_than_at_the_save(seen_by: Seen) -> None:
    wire = recording(login(status=500, sets=None), asked(1, status=401, sends=None), seen_by=seen_by)
    assert told(wire) == (Verdict.CANNOT_TELL, (Station.BOOT, Station.REACH, Station.SAVE))


def test_what_is_shown_to_hold_before_the_save_does_not_come_into_question() -> None:
    started = (log(line(Kind.BOOT)),)
    wire = recording(login(status=500, sets=None))
    assert told(wire, logs=started) == (Verdict.CANNOT_TELL, (Station.REACH, Station.SAVE))
    assert told(wire, logs=started, database=database(server=server())) == (Verdict.CANNOT_TELL, (Station.SAVE,))


def test_a_login_that_fails_once_and_works_then_is_over() -> None:
    assert told(recording(login(status=500, sets=None), login(1), asked(2)))[0] is Verdict.HEALTHY


def test_a_form_that_is_refused_as_forged_does_not_arrive() -> None:
    assert told(recording(FORGED)) == (Verdict.CANNOT_TELL, (Station.ARRIVE,))
    assert told(recording(login(status=419, sets=None))) == (Verdict.CANNOT_TELL, (Station.ARRIVE,))


def test_the_doctor_s_own_try_without_the_page_s_script_shows_no_fault() -> None:
    assert told(recording(FORGED, seen_by=Seen.SITE))[0] is Verdict.HEALTHY

"""What the code of the lab's services in Python does tells the station of their faults, as far as sessions leave it open."""

from dataclasses import replace
from pathlib import Path

import pytest

from lab.frameworks.faults import CONTROLS, FAULTS
from lab.frameworks.service import source
from sessile.doctor import deeds, elimination
from sessile.doctor.causes import cause_named
from sessile.doctor.diagnose import diagnose
from sessile.doctor.evidence.source import collect
from sessile.doctor.facts import Facts, Unknown
from sessile.doctor.findings import RuledOut, Undecided
from sessile.session.outcome import Station
from tests.doctor.recorded_facts import correlated, judge, known, seen
from tests.doctor.recording import COOKIE, asked, login, recording

ALL = tuple(Station)
WITHOUT_COOKIE = recording(login(sets=None), asked(1, status=401, sends=None))
CONTROL = "starlette-plain"


def of(name: str, folder: Path, facts: Facts | None = None) -> Facts:
    """The facts with the source of one of the lab's faults."""
    fault = next(one for one in (*FAULTS, *CONTROLS) if one.name == name)
    added = {name: (("", text),) for name, text in fault.files.items()}
    return replace(facts or seen(), sources=collect(source(fault.kind, {**fault.edits, **added}, folder)).applications)


@pytest.mark.parametrize(
    "name",
    [
        *("starlette-nested", "fastapi-cookie-on-other-response", "fastapi-dictionary", "flask-hash-per-start"),
        *("flask-hook-clears", "django-locmem", "django-password", "django-inactive-user", "django-prefix-of-process"),
        "starlette-set-cookie-replaced",
    ],
)
def test_the_deed_tells_the_station(name: str, tmp_path: Path) -> None:
    cause = cause_named(next(one.cause for one in FAULTS if one.name == name))
    assert cause is not None
    assert deeds.narrowed(ALL, of(name, tmp_path)) == (cause.station,)


@pytest.mark.parametrize("control", [one.name for one in CONTROLS])
def test_a_healthy_service_does_nothing_of_the_kind(control: str, tmp_path: Path) -> None:
    assert deeds.narrowed(ALL, of(control, tmp_path)) == ALL


def test_a_login_that_nobody_notices_stops_at_the_save_and_not_at_its_cookie(tmp_path: Path) -> None:
    facts = of("starlette-nested", tmp_path, seen(WITHOUT_COOKIE))
    found = diagnose(facts, []).something_else
    assert found is not None
    assert found.stations == (Station.SAVE,)
    assert isinstance(judge("set-session-not-modified", facts), RuledOut)


def test_without_such_a_deed_it_stops_at_its_cookie(tmp_path: Path) -> None:
    facts = of(CONTROL, tmp_path, seen(WITHOUT_COOKIE))
    found = diagnose(facts, []).something_else
    assert found is not None
    assert found.stations == (Station.SET,)
    assert isinstance(judge("set-session-not-modified", facts), Undecided)


def test_a_dictionary_of_that_name_is_not_where_a_signed_cookie_s_session_is(tmp_path: Path) -> None:
    cookies = correlated(known(COOKIE, Unknown("no database was given")))
    assert Station.VERIFY not in elimination.kept(of("fastapi-dictionary", tmp_path))
    assert Station.VERIFY in elimination.kept(of("fastapi-dictionary", tmp_path / "signed", seen(found=cookies)))

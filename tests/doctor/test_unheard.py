"""A fault whose own cause the doctor has never heard of: it names the station and what to collect, and no wrong cause for sure.

The bundles are of lab scenes, as `sessile doctor --bundle` packs them.
"""

import io
from functools import cache
from pathlib import Path

import pytest
from rich.console import Console

from sessile.doctor.bundle import read
from sessile.doctor.causes import catalogue
from sessile.doctor.diagnose import diagnose
from sessile.doctor.diagnosis import VERY_LIKELY, Diagnosis, State, Verdict
from sessile.doctor.facts import Facts
from sessile.doctor.facts.database import Experiment
from sessile.doctor.report import html, json, markdown, terminal
from sessile.doctor.report.page import Page
from sessile.session.outcome import Station
from tests.doctor import facts_builder as build
from tests.doctor.report.contract import SCHEMA, conforms

BUNDLES = Path(__file__).parents[1] / "fixtures" / "unheard"
SCENES: dict[str, tuple[frozenset[str], tuple[Station, ...]]] = {
    "role-limit": (frozenset({"reach-role-connection-limit"}), (Station.REACH,)),
    "too-many-clients": (frozenset({"reach-connections-exhausted"}), (Station.REACH,)),
    "wrong-password": (frozenset({"reach-wrong-password"}), (Station.REACH,)),
    "refused": (frozenset({"reach-refused"}), (Station.REACH,)),
    "locked": (frozenset({"reach-lock-held"}), (Station.REACH,)),
    "table-missing": (frozenset({"boot-table-missing"}), (Station.BOOT,)),
    "no-key": (frozenset({"save-no-primary-key"}), (Station.SAVE,)),
    "invalid-index": (frozenset({"save-key-index-invalid"}), (Station.SAVE,)),
    "no-insert": (frozenset({"save-rights-missing"}), (Station.SAVE,)),
    "read-only": (frozenset({"reach-default-read-only"}), (Station.REACH,)),
    "secret-differs": (frozenset({"verify-secret-differs-between-instances"}), (Station.VERIFY,)),
    "secret-newline": (
        frozenset({"verify-secret-trailing-newline", "verify-secret-differs-between-instances"}),
        (Station.VERIFY,),
    ),
    "secret-quoted": (frozenset({"verify-secret-quoted", "verify-secret-differs-between-instances"}), (Station.VERIFY,)),
    "secret-random-per-boot": (frozenset({"verify-secret-random-per-boot"}), (Station.VERIFY,)),
}
"""Each scene with the causes that are right, and the stations that come into question without them."""


@cache
def facts_of(scene: str) -> Facts:
    return read(BUNDLES / f"{scene}.zip").facts


def unheard(scene: str) -> Diagnosis:
    """What is said of a scene without the causes that are right."""
    right, _ = SCENES[scene]
    return diagnose(facts_of(scene), [cause for cause in catalogue() if cause.id not in right])


def shown(diagnosis: Diagnosis) -> str:
    """The report in the terminal, its lines joined."""
    out = io.StringIO()
    page = Page(Console(file=out, width=80, highlight=False, markup=False))
    terminal.write(page, diagnosis, terminal.Surroundings())
    return " ".join(out.getvalue().split())


@pytest.mark.parametrize("scene", SCENES)
def test_the_cause_is_named_while_it_is_known(scene: str) -> None:
    assert diagnose(facts_of(scene)).causes[0].cause.id in SCENES[scene][0]


@pytest.mark.parametrize("scene", SCENES)
def test_no_other_cause_is_sure_without_it(scene: str) -> None:
    diagnosis = unheard(scene)
    assert diagnosis.verdict is Verdict.CANNOT_TELL
    assert not [one.cause.id for one in diagnosis.causes if one.probability >= VERY_LIKELY]


@pytest.mark.parametrize("scene", SCENES)
def test_the_station_and_what_to_collect_are_said(scene: str) -> None:
    diagnosis, stations = unheard(scene), SCENES[scene][1]
    assert diagnosis.something_else is not None
    assert diagnosis.something_else.stations == stations
    assert diagnosis.next
    if len(stations) == 1:
        assert next(stop for stop in diagnosis.journey if stop.state is State.BROKEN).station is stations[0]
    says = f"None of the causes known here explains it. It stops sessions at {' or '.join(stations)}."
    assert says in shown(diagnosis)
    assert says in markdown.text(diagnosis, terminal.Surroundings())
    assert says in html.page(diagnosis, terminal.Surroundings())
    conforms(json.document(diagnosis), SCHEMA)


@pytest.mark.parametrize("scene", SCENES)
def test_nothing_else_is_said_where_the_cause_is_known(scene: str) -> None:
    assert diagnose(facts_of(scene)).something_else is None


def test_a_server_that_turns_the_doctor_away_is_no_healthy_one() -> None:
    strange = build.unreachable("57P99", "a word that nobody knows")
    diagnosis = diagnose(build.facts(strange))
    assert diagnosis.verdict is Verdict.CANNOT_TELL
    assert diagnosis.something_else is not None
    assert diagnosis.something_else.stations == (Station.REACH,)
    assert "a word that nobody knows" in shown(diagnosis) or "could not connect" in shown(diagnosis)


def test_a_healthy_service_has_nothing_else() -> None:
    assert isinstance(build.HEALTHY_DATABASE.experiment, Experiment)
    assert diagnose(build.facts(build.HEALTHY_DATABASE, build.HEALTHY_LOG)).something_else is None

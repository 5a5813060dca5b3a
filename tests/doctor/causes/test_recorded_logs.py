"""The logs that a real Express service wrote under each fault name their cause without any other evidence."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from lab.express_logs import FAULTS as RECORDINGS
from sessile.doctor.diagnose import diagnose
from sessile.doctor.diagnosis import Confidence, State, Verdict
from sessile.doctor.evidence import logs
from sessile.doctor.facts import Facts

RECORDED = Path(__file__).parents[2] / "fixtures" / "logs" / "express"
ASIDE = ("ddl-rerun", "pool-starved")
"""Recordings that tell of a note, or of what was over again: each has a test of its own."""
FAULTS = {
    f"{name}-{instance}" if instance else name: fault.cause
    for name, fault in RECORDINGS.items()
    if fault.cause and name not in ASIDE
    for instance in fault.told_by or ("",)
}


SHARED = ("reach-default-read-only", "boot-table-missing", "boot-foreign-table", "save-no-primary-key")
"""Other causes show the very same error: a log alone makes these likely, and only the database tells which it is."""


def read(name: str) -> Facts:
    return Facts(now=datetime.now(UTC), logs=tuple(logs.collect(RECORDED / f"{name}.log")))


@pytest.mark.parametrize(("name", "cause"), FAULTS.items())
def test_the_fault_is_named_first(name: str, cause: str) -> None:
    diagnosis = diagnose(read(name))
    first = diagnosis.causes[0]
    assert (first.cause.id, diagnosis.verdict) == (cause, Verdict.SICK)
    assert (first.confidence is Confidence.CONFIRMED) is (cause not in SHARED)
    assert {stop.station for stop in diagnosis.journey if stop.state is State.BROKEN} == {first.cause.station}


@pytest.mark.parametrize("name", ["no-key-explicit", "read-only", "table-dropped"])
def test_what_shows_the_same_error_stands_beside_it_and_the_database_is_asked_for(name: str) -> None:
    diagnosis = diagnose(read(name))
    first = diagnosis.causes[0]
    assert {suspect.cause.id for suspect in diagnosis.causes} >= {first.cause.id, *first.cause.rivals}
    assert sum(suspect.probability for suspect in diagnosis.causes if suspect.cause.station is first.cause.station) > 0.6
    assert any("DATABASE_URL" in collection.command for collection in diagnosis.next)


def test_a_pool_that_starved_and_came_back_is_very_likely() -> None:
    first = diagnose(read("pool-starved")).causes[0]
    assert (first.cause.id, first.confidence) == ("reach-pool-exhausted", Confidence.VERY_LIKELY)


@pytest.mark.parametrize("name", ["healthy", "healthy-json", "healthy-debug", "create-race-web-2", "connections-terminated"])
def test_a_healthy_service_has_no_cause(name: str) -> None:
    diagnosis = diagnose(read(name))
    assert (diagnosis.verdict, diagnosis.causes) == (Verdict.HEALTHY, ())


def test_a_key_added_twice_is_a_note_on_a_healthy_service() -> None:
    diagnosis = diagnose(read("ddl-rerun"))
    assert diagnosis.verdict is Verdict.HEALTHY
    assert [note.id for note in diagnosis.notes] == ["boot-key-added-twice"]


def test_a_save_that_fails_behind_a_200_is_remarked_upon() -> None:
    assert "save-error-swallowed" in {note.id for note in diagnose(read("no-key-implicit")).notes}
    assert "save-error-swallowed" not in {note.id for note in diagnose(read("no-key-explicit")).notes}

"""The logs that a real Express service wrote under each fault name their cause without any other evidence."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from sessile.doctor.diagnose import diagnose
from sessile.doctor.diagnosis import Confidence, State, Verdict
from sessile.doctor.evidence import logs
from sessile.doctor.facts import Facts

RECORDED = Path(__file__).parents[2] / "fixtures" / "logs" / "express"
FAULTS = {
    "column-extra-not-null": "save-extra-column-required",
    "columns-foreign": "boot-foreign-table",
    "connection-refused": "reach-refused",
    "create-denied": "boot-creation-denied",
    "create-race-web-1": "reach-creation-failure-remembered",
    "create-race-web-3": "reach-creation-failure-remembered",
    "create-race-web-4": "reach-creation-failure-remembered",
    "database-missing": "reach-database-missing",
    "ddl-contradictory": "boot-table-half-created",
    "ddl-rerun-fatal": "boot-ddl-aborts-start",
    "deferrable-key": "save-key-deferrable",
    "expire-bigint": "save-expire-wrong-type",
    "expire-text": "save-expire-wrong-type",
    "host-unknown": "reach-host-not-found",
    "lock-timeout": "reach-lock-held",
    "memory-store": "boot-memory-store",
    "no-insert-right": "save-rights-missing",
    "no-key-explicit": "save-no-primary-key",
    "no-key-implicit": "save-no-primary-key",
    "no-key-json": "save-no-primary-key",
    "no-key-message": "save-no-primary-key",
    "no-select-right": "save-rights-missing",
    "no-update-right": "save-rights-missing",
    "password-wrong": "reach-wrong-password",
    "pool-ended": "reach-pool-ended",
    "prune-failed": "save-rights-missing",
    "read-only": "reach-default-read-only",
    "row-security": "find-row-security",
    "schema-missing": "boot-schema-missing",
    "sess-jsonb-nul": "save-text-rejected",
    "sid-too-short": "save-sid-too-short",
    "socket-missing": "reach-socket-missing",
    "statement-timeout": "reach-statement-timeout",
    "table-dropped": "boot-table-missing",
    "table-missing-explicit": "boot-table-missing",
    "table-missing-implicit": "boot-table-missing",
    "too-many-clients": "reach-connections-exhausted",
    "too-many-clients-reserved": "reach-connections-exhausted",
    "too-many-clients-role": "reach-role-connection-limit",
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

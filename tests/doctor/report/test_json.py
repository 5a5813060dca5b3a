"""The contract that other tools read: keys, words and order."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sessile.doctor.diagnosis import Diagnosis, SomethingElse
from sessile.doctor.report.commands import addressed
from sessile.doctor.report.json import document
from sessile.session.outcome import Station
from tests.doctor.report.contract import SCHEMA, conforms, words
from tests.doctor.report.patients import healthy, puzzling, sick


def as_read(diagnosis: Diagnosis) -> Any:
    """The document as another tool reads it."""
    return json.loads(json.dumps(document(diagnosis)))


@pytest.mark.parametrize("diagnosis", [sick(), healthy(), puzzling()], ids=["sick", "healthy", "puzzling"])
def test_the_document_keeps_the_contract(diagnosis: Diagnosis) -> None:
    conforms(as_read(diagnosis), SCHEMA)


def test_every_key_and_word_of_the_contract_is_documented() -> None:
    page = (Path(__file__).parents[3] / "docs/reports.md").read_text(encoding="utf-8")
    assert [word for word in words(SCHEMA) if f"`{word}`" not in page] == []


def test_the_journey_has_every_station_in_order() -> None:
    assert [stop["station"] for stop in as_read(sick())["journey"]] == [str(station) for station in Station]


def test_causes_stand_in_the_diagnosis_order_with_their_numbers() -> None:
    causes = as_read(sick())["causes"]
    assert [(cause["id"], cause["confidence"], cause["probability"]) for cause in causes] == [
        ("save-no-primary-key", "confirmed", 0.99),
        ("find-row-security", "likely", 0.72),
    ]
    assert causes[0]["fix"] == {
        "summary": "Give sid its primary key, in place; duplicates keep the row that expires last",
        "command": 'sessile fix save-no-primary-key "$DATABASE_URL"',
        "loses_sessions": False,
        "logs_out": "",
        "instead": "",
    }


def test_commands_name_the_database_as_the_person_did() -> None:
    read = as_read(addressed(sick(), ".env --table auth.session"))
    assert read["causes"][0]["fix"]["command"] == "sessile fix save-no-primary-key .env --table auth.session"
    assert read["next"][0]["command"] == "sessile doctor .env --table auth.session app.log"


def test_the_checklist_always_has_its_seven_items() -> None:
    assert len(as_read(healthy())["checklist"]) == 7


def test_a_verdict_without_a_cause_says_why() -> None:
    blind = as_read(replace(puzzling(), symptoms=(), reservation="app: no session was found in its code."))
    assert (blind["causes"], blind["stops_at"], blind["symptoms"]) == ([], [], [])
    assert blind["headline"].startswith("No session was seen, sound or broken. app: no session was found in its code.")
    lost = as_read(replace(puzzling(), something_else=SomethingElse((Station.VERIFY,), ())))
    assert lost["stops_at"] == ["verify"]
    assert lost["headline"].endswith("were never used again. Sessions stop at verify.")

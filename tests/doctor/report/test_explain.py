"""Explanations of causes and of lines from logs, told to a person."""

import io
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from rich.console import Console

from sessile.doctor.causes import Cause, catalogue
from sessile.doctor.evidence import logs
from sessile.doctor.explanation import Pointer, Weight, pointers
from sessile.doctor.facts import Facts
from sessile.doctor.findings import Need
from sessile.doctor.report import explain
from sessile.doctor.report.page import Page
from sessile.session.outcome import Station
from tests.doctor.report.patients import known


def told(write: Callable[[Page], None], width: int = 80) -> str:
    out = io.StringIO()
    write(Page(Console(file=out, width=width, highlight=False, markup=False)))
    return out.getvalue()


def pointed(line: str) -> tuple[Pointer, ...]:
    """What a pasted line points to."""
    return pointers(Facts(now=datetime(2026, 11, 23, tzinfo=UTC), logs=logs.collect("line", text=io.BytesIO(line.encode()))))


def test_the_list_has_every_cause_once_under_its_station() -> None:
    report = told(lambda page: explain.write_list(page, catalogue()), width=110)
    for cause in catalogue():
        assert report.count(f"  {cause.id}  ") == 1
    headings = [line.split()[0] for line in report.splitlines() if line and not line.startswith((" ", "sessile"))]
    assert headings == [str(station) for station in Station if any(cause.station is station for cause in catalogue())]


@pytest.mark.parametrize("cause", catalogue(), ids=lambda cause: cause.id)
def test_a_cause_is_told_with_all_its_sections_and_its_fix(cause: Cause) -> None:
    report = told(lambda page: explain.write_cause(page, cause))
    for heading in ("How it looks", "What proves it", "How it is told apart", "What cures it", "Fix"):
        assert f"\n{heading}" in report
    squeezed = "".join(report.split())
    for text in cause.sections.values():
        assert "".join(text.split())[1:] in squeezed
    document = explain.cause_document(cause)
    assert list(document) == ["version", "id", "station", "title", "entries", "sections", "fix"]
    assert list(document["sections"]) == ["symptom", "evidence", "tell_apart", "fix"]


def test_a_save_refused_for_want_of_a_key_points_to_the_commonest_cause_and_names_the_others() -> None:
    line = "Session save error: error: there is no unique or exclusion constraint matching the ON CONFLICT specification"
    first = pointed(line)[0]
    assert (first.cause.id, first.weight, first.needs) == ("save-no-primary-key", Weight.POINTS, Need.DATABASE)
    assert "save-partitioned-table" in first.says


def test_a_second_primary_key_is_called_harmless_and_never_proves_a_broken_table() -> None:
    found = pointed('error: multiple primary keys for table "session" are not allowed')
    assert [(one.cause.id, one.weight) for one in found] == [("boot-key-added-twice", Weight.HARMLESS)]
    report = told(lambda page: explain.write_line(page, (), found))
    assert "It is harmless by itself" in report
    assert "It proves" not in report


def test_what_a_line_does_not_prove_is_said() -> None:
    pointer = Pointer(known("find-row-security"), Weight.POINTS, "", needs=Need.DATABASE)
    report = " ".join(told(lambda page: explain.write_line(page, (), (pointer,))).split())
    assert "The line alone does not prove it: that takes the database." in report


def test_a_line_about_something_else_points_nowhere() -> None:
    assert pointed("GET /favicon.ico 404 1.2 ms") == ()

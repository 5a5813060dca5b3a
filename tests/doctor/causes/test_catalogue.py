"""Every cause is whole: texts, station, names, and a remedy that can be followed."""

import re
from pathlib import Path

import pytest

from sessile.doctor.causes import SECTIONS, Cause, catalogue, cause_named
from sessile.doctor.facts import Facts
from sessile.doctor.findings import Confirmed, Noted, Undecided
from sessile.doctor.observations import OBSERVATIONS
from sessile.session.outcome import Station
from tests.doctor.facts_builder import HEALTHY_LOG, NOW, database, facts

ENTRIES = (Path(__file__).parents[3] / "docs" / "entries.txt").read_text().split()


@pytest.mark.parametrize("cause", catalogue(), ids=lambda cause: cause.id)
class TestEachCause:
    def test_has_a_title_and_its_four_sections(self, cause: Cause) -> None:
        assert cause.title
        assert not cause.title.endswith(".")
        assert [section for section in SECTIONS if len(cause.sections.get(section, "")) > 20] == list(SECTIONS)

    def test_leaves_nothing_to_fill_in(self, cause: Cause) -> None:
        assert "TODO" not in " ".join((cause.title, *cause.sections.values(), cause.remedy.summary))

    def test_is_named_after_its_station(self, cause: Cause) -> None:
        assert re.fullmatch(rf"{cause.station}-[a-z0-9]+(-[a-z0-9]+)*", cause.id)

    def test_names_entries_of_the_catalogue(self, cause: Cause) -> None:
        assert set(cause.entries) <= set(ENTRIES)

    def test_links_to_observations_that_are_made(self, cause: Cause) -> None:
        assert set(cause.links) <= set(OBSERVATIONS)

    def test_tells_what_to_do(self, cause: Cause) -> None:
        assert cause.remedy.summary
        assert cause.remedy.command is None or cause.remedy.command.strip()

    def test_says_whom_it_logs_out_and_how_they_are_spared(self, cause: Cause) -> None:
        assert bool(cause.remedy.logs_out) is bool(cause.remedy.instead) is cause.remedy.loses_sessions
        assert not (cause.remedy.loses_sessions and re.search("No session is lost", cause.sections["Fix"]))

    def test_sends_to_the_fix_of_its_own_name(self, cause: Cause) -> None:
        named = re.search(r"sessile fix (\S+)", cause.remedy.command or "")
        assert named is None or named[1] == cause.id

    def test_never_cures_by_dropping_what_holds_sessions(self, cause: Cause) -> None:
        assert not re.search(r"\b(DROP TABLE|TRUNCATE)\b", cause.remedy.command or "", re.IGNORECASE)

    def test_has_no_proof_where_there_is_no_evidence(self, cause: Cause) -> None:
        assert not isinstance(cause.judge(Facts(now=NOW)), Confirmed | Undecided | Noted)

    def test_has_no_proof_against_a_healthy_service(self, cause: Cause) -> None:
        assert not isinstance(cause.judge(facts(database(), HEALTHY_LOG)), Confirmed | Undecided | Noted)


def test_the_entries_are_those_of_the_whole_catalogue() -> None:
    assert len(ENTRIES) == len(set(ENTRIES)) == 224


def test_ids_are_unique() -> None:
    ids = [cause.id for cause in catalogue()]
    assert sorted(set(ids)) == sorted(ids)


def test_causes_stand_in_the_order_of_the_journey() -> None:
    positions = [cause.station.position for cause in catalogue()]
    assert positions == sorted(positions)
    assert {Station.BOOT, Station.REACH, Station.SAVE, Station.FIND, Station.LIVE, Station.READ} <= {
        cause.station for cause in catalogue()
    }


@pytest.mark.parametrize("entry", ENTRIES)
def test_every_entry_has_a_cause(entry: str) -> None:
    assert cause_named(entry) is not None


def test_rivals_are_causes_and_none_is_its_own() -> None:
    known = {cause.id for cause in catalogue()}
    assert [cause.id for cause in catalogue() if not known - {cause.id} >= set(cause.rivals)] == []

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
COVERED = [
    "db-refused",
    "db-host-not-found",
    "db-unix-socket-enoent-silent",
    "db-url-missing-fallback-localhost",
    "db-url-unescaped-password",
    "db-auth-or-name-rejected",
    "db-ssl-required",
    "db-ssl-cert-rejected",
    "db-ssl-not-offered",
    "db-too-many-connections",
    "pool-exhausted-hang",
    "pool-ended",
    "shared-client-in-app-transaction",
    "store-init-promise-poisoned",
    "db-target-is-standby",
    "db-default-read-only",
    "statement-timeout",
    "lock-held-by-migration",
    "disk-full",
    "ddl-rerun-42p16-benign",
    "ddl-self-contradictory-42p16-no-table",
    "ddl-batch-rolled-back",
    "ddl-error-kills-boot",
    "ddl-concurrent-create-race",
    "table-missing",
    "table-dropped-while-running",
    "table-sql-not-bundled-enoent",
    "create-blocked-by-public-schema",
    "create-blocked-by-constraint-name",
    "schema-missing",
    "table-belongs-to-other-library",
    "no-unique-on-sid",
    "unique-not-an-arbiter",
    "unique-deferrable",
    "unique-index-invalid",
    "partitioned-session-table",
    "sid-too-short",
    "sid-wrong-type",
    "sess-wrong-type",
    "expire-wrong-type-loud",
    "expire-date-silent",
    "extra-constraint-rejects-insert",
    "trigger-swallows-insert",
    "rls-hides-rows",
    "privilege-partial",
    "search-path-shadow",
    "unlogged-table",
    "duplicate-sids",
    "index-order-corrupt-collation",
    "index-physically-corrupt",
    "jsonb-rejects-text",
    "db-encoding-not-utf8",
    "expire-null",
    "tz-writer-reader-mismatch",
    "expire-unit-mismatch",
    "maxage-in-seconds",
]


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


@pytest.mark.parametrize("entry", COVERED)
def test_what_the_database_and_the_log_can_tell_has_a_cause(entry: str) -> None:
    assert cause_named(entry) is not None


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("secure-without-trust-proxy", "samesite-value-invalid"),
        ("cross-site-samesite-lax", "websocket-separate-session"),
        ("fetch-credentials-omitted", "cors-response-cached-for-other-origin"),
        ("cdn-caches-auth-response", "preview-or-alternate-host"),
        ("client-clock-wrong", "service-worker-cache"),
    ],
)
def test_what_the_wire_can_tell_has_a_cause(first: str, last: str) -> None:
    entries = ENTRIES[ENTRIES.index(first) : ENTRIES.index(last) + 1]
    assert [entry for entry in entries if cause_named(entry) is None] == []


def test_rivals_are_causes_and_none_is_its_own() -> None:
    known = {cause.id for cause in catalogue()}
    assert [cause.id for cause in catalogue() if not known - {cause.id} >= set(cause.rivals)] == []

"""What the doctor asks for next: where users suffer, their browser's own word first; nothing twice, and nothing once it knows."""

from dataclasses import replace

from sessile.doctor.diagnose import diagnose
from sessile.doctor.diagnosis import Confidence
from sessile.doctor.facts.logs import Kind
from sessile.doctor.facts.wire import Seen
from tests.doctor.facts_builder import database, facts, line, log, without
from tests.doctor.recording import asked, login, recording

SUFFERING = facts(database(), log(*(line(Kind.NOT_SECURED) for _ in range(40))))


def test_a_recording_comes_first_where_users_suffer() -> None:
    diagnosis = diagnose(SUFFERING)
    assert diagnosis.symptoms
    assert diagnosis.next[0].command == "sessile doctor recording.har"
    assert "HAR with sensitive data" in diagnosis.next[0].collect


def test_what_is_at_hand_is_not_asked_for() -> None:
    recorded = diagnose(replace(SUFFERING, wires=(recording(login(sets=None), asked(1, status=401, sends=None)),)))
    assert not any("recording.har" in collection.command for collection in recorded.next)
    probed = diagnose(replace(SUFFERING, wires=(recording(login(sets=None), asked(1, sends=None), seen_by=Seen.SITE),)))
    assert not any("YOUR-SITE" in collection.command for collection in probed.next)


def test_nothing_is_asked_for_once_a_cause_is_proven() -> None:
    diagnosis = diagnose(replace(SUFFERING, database=database(table=without("expire"))))
    assert diagnosis.causes[0].confidence is Confidence.CONFIRMED
    assert diagnosis.next == ()


def test_what_tells_a_suspect_from_its_rivals_comes_first_and_names_the_pair() -> None:
    refused = line(Kind.SAVE_ERROR, "42P10", "no unique or exclusion constraint matching the ON CONFLICT specification")
    first = diagnose(facts(None, log(refused))).next[0]
    assert first.command == 'sessile doctor "$DATABASE_URL"'
    assert first.separates[0] == "save-no-primary-key"
    assert set(first.separates) & {"save-partitioned-table", "save-duplicate-sids", "save-key-index-invalid"}

"""A secret that is easy to guess is a risk, and no cause of a logout."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from sessile.doctor.diagnose import diagnose
from sessile.doctor.diagnosis import Verdict
from sessile.doctor.facts import Facts
from sessile.doctor.findings import Noted, RuledOut, Unseen
from tests.doctor.causes.secret_scenes import EXPRESS, SECRET, env, judge, log, process

CAUSE = "verify-secret-known-default"


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("keyboard cat", "SESSION_SECRET is a known default"),
        ("Changeme123", "SESSION_SECRET is a known default"),
        ("x9f2k", "SESSION_SECRET is short, or of little variety"),
    ],
)
def test_it_is_a_note_and_the_verdict_stays_healthy(tmp_path: Path, value: str, says: str) -> None:
    place = env(tmp_path, f"SESSION_SECRET='{value}'")
    finding = judge(CAUSE, place)
    assert isinstance(finding, Noted)
    assert [evidence.says for evidence in finding.evidence] == [says]
    assert value not in str(finding)
    diagnosis = diagnose(Facts(now=datetime.now(UTC), environments=(place,), logs=(log(*EXPRESS),)))
    assert diagnosis.verdict is Verdict.HEALTHY
    assert CAUSE in [note.id for note in diagnosis.notes]


def test_a_log_that_tells_of_a_fallback_is_enough() -> None:
    assert isinstance(judge(CAUSE, log("SESSION_SECRET is not set, using a fallback", *EXPRESS)), Noted)


def test_a_good_secret_rules_it_out() -> None:
    assert isinstance(judge(CAUSE, process(SESSION_SECRET=SECRET)), RuledOut)


def test_nothing_given() -> None:
    assert isinstance(judge(CAUSE, process()), Unseen)

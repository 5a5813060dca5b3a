"""Secrets that change from start to start: made up at each, or changed once."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from sessile.doctor.causes import cause_named
from sessile.doctor.diagnose import diagnose
from sessile.doctor.facts import Environment, Facts, Log
from sessile.doctor.findings import Confirmed, RuledOut, Undecided, Unseen
from tests.doctor.causes.secret_scenes import (
    EXPRESS,
    OTHER,
    REJECTED,
    SECRET,
    THIRD,
    env,
    judge,
    key,
    log,
    process,
    recorded,
    starts,
)

NOW = datetime(2026, 11, 23, 21, 0, tzinfo=UTC)
RANDOM = "verify-secret-random-per-boot"
ROTATED = "verify-secret-rotated-without-keyring"
RESTARTED = (*EXPRESS, *(line.replace("20:10:2", "20:11:2") for line in EXPRESS))
REJECTING = (*RESTARTED[:5], REJECTED, *RESTARTED[5:])


class TestRandomPerBoot:
    def test_each_of_three_starts_signs_with_another_key(self) -> None:
        finding = judge(RANDOM, starts(SECRET, OTHER, THIRD))
        assert isinstance(finding, Confirmed)
        assert [evidence.says for evidence in finding.evidence] == [
            f"start {number} signs with key {key(secret)}" for number, secret in enumerate((SECRET, OTHER, THIRD), 1)
        ]

    def test_two_starts_prove_it_where_neither_key_is_set(self) -> None:
        assert isinstance(judge(RANDOM, starts(SECRET, OTHER), process()), Confirmed)
        assert isinstance(judge(RANDOM, starts(SECRET, OTHER), process(SESSION_SECRET=THIRD)), Confirmed)
        assert isinstance(judge(RANDOM, starts(SECRET, OTHER)), Undecided)

    def test_express_without_a_secret_rejects_cookies_after_a_restart(self) -> None:
        finding = judge(RANDOM, log(*REJECTING), process())
        assert isinstance(finding, Confirmed)
        assert finding.certainty == 0.95
        assert "cookie signature invalid" in finding.evidence[-1].says

    def test_express_that_tells_of_its_fallback_needs_no_environment(self) -> None:
        assert isinstance(judge(RANDOM, log("SESSION_SECRET is not set, using a fallback", *REJECTING)), Confirmed)

    @pytest.mark.parametrize(
        "evidence",
        [
            pytest.param((starts(SECRET, SECRET, SECRET),), id="the same key at each start"),
            pytest.param((starts(SECRET, (OTHER, SECRET)),), id="a new key before the old one"),
            pytest.param((process(SESSION_SECRET=SECRET), log(*REJECTING)), id="a fixed secret is set"),
        ],
    )
    def test_it_is_ruled_out(self, evidence: tuple[Environment | Log, ...]) -> None:
        assert isinstance(judge(RANDOM, *evidence), RuledOut)

    @pytest.mark.parametrize(
        "evidence",
        [
            pytest.param((starts(SECRET, OTHER, OTHER, OTHER),), id="changed once"),
            pytest.param((starts(SECRET, OTHER), process(SESSION_SECRET=OTHER)), id="changed to the secret that is set"),
            pytest.param((log(*RESTARTED), process()), id="no cookie rejected"),
            pytest.param((log(*EXPRESS[:2], REJECTED, *EXPRESS[2:]), process()), id="rejected before any restart"),
            pytest.param((log(*RESTARTED[:2], REJECTED, *RESTARTED[2:]), process()), id="rejected before the restart only"),
            pytest.param((starts(SECRET, OTHER, SECRET, OTHER),), id="two instances in one log"),
        ],
    )
    def test_near_misses_prove_nothing(self, evidence: tuple[Environment | Log, ...]) -> None:
        assert not isinstance(judge(RANDOM, *evidence), Confirmed)

    def test_nothing_given(self) -> None:
        assert isinstance(judge(RANDOM), Unseen)

    def test_it_ranks_first_where_people_are_logged_out_by_a_restart(self) -> None:
        refused = [line.replace("/api/me 200", "/api/me 401") for line in RESTARTED[4:] if "login" not in line]
        diagnosis = diagnose(Facts(now=NOW, environments=(process(),), logs=(log(*RESTARTED[:4], *refused),)))
        assert diagnosis.causes[0].cause.id == RANDOM


class TestRotated:
    def test_one_change_in_three_starts(self) -> None:
        finding = judge(ROTATED, starts(SECRET, SECRET, OTHER, OTHER))
        assert isinstance(finding, Confirmed)
        assert [evidence.says for evidence in finding.evidence] == [
            f"start 2 signs with key {key(SECRET)}",
            f"start 3 signs with key {key(OTHER)}",
        ]

    def test_one_change_to_the_secret_that_is_set(self, tmp_path: Path) -> None:
        assert isinstance(judge(ROTATED, starts(SECRET, OTHER), env(tmp_path, f"SESSION_SECRET={OTHER}")), Confirmed)

    def test_express_rejects_cookies_and_an_earlier_file_has_another_secret(self, tmp_path: Path) -> None:
        files = env(tmp_path, f"SESSION_SECRET={SECRET}"), env(tmp_path, f"SESSION_SECRET={OTHER}", ".env.bak")
        assert isinstance(judge(ROTATED, *files, recorded("secret-changed-debug")), Confirmed)
        assert isinstance(judge(ROTATED, *files, recorded("healthy-debug")), Undecided)

    def test_express_alone_leaves_it_open_and_first(self, tmp_path: Path) -> None:
        seen = env(tmp_path, f"SESSION_SECRET={SECRET}"), recorded("secret-changed-debug")
        assert isinstance(judge(ROTATED, *seen), Undecided)
        diagnosis = diagnose(Facts(now=NOW, environments=seen[:1], logs=seen[1:]))
        assert diagnosis.causes[0].cause.id == ROTATED

    @pytest.mark.parametrize(
        "evidence",
        [
            pytest.param((starts(SECRET, (OTHER, SECRET), OTHER),), id="in two steps"),
            pytest.param((starts(SECRET, SECRET),), id="never changed"),
            pytest.param((process(), log(*REJECTING)), id="no secret to change"),
        ],
    )
    def test_it_is_ruled_out(self, evidence: tuple[Environment | Log, ...]) -> None:
        assert isinstance(judge(ROTATED, *evidence), RuledOut)

    @pytest.mark.parametrize(
        "evidence",
        [
            pytest.param((starts(SECRET, OTHER, THIRD),), id="at every start"),
            pytest.param((starts(SECRET, OTHER, SECRET, OTHER),), id="two instances in one log"),
            pytest.param((starts(SECRET, OTHER),), id="one change in two starts"),
        ],
    )
    def test_near_misses_prove_nothing(self, evidence: tuple[Environment | Log, ...]) -> None:
        assert not isinstance(judge(ROTATED, *evidence), Confirmed)

    def test_nothing_given(self) -> None:
        assert isinstance(judge(ROTATED), Unseen)

    def test_the_remedy_keeps_the_sessions(self) -> None:
        cause = cause_named(ROTATED)
        assert cause is not None
        assert not cause.remedy.loses_sessions

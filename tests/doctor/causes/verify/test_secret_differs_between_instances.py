"""Two instances with different secrets, told from two stages, two services and one instance seen twice."""

from pathlib import Path

import pytest

from sessile.doctor.findings import Confirmed, RuledOut, Undecided, Unseen
from tests.doctor.causes.secret_scenes import OTHER, SECRET, THIRD, env, judge, key, process, starts

CAUSE = "verify-secret-differs-between-instances"
SHOP = "DATABASE_URL=postgres://shop:hunter2@db.example/shop"
BLOG = "DATABASE_URL=postgres://blog:hunter2@db.example/blog"


def test_two_files_of_one_database(tmp_path: Path) -> None:
    one = env(tmp_path, f"{SHOP}\nSESSION_SECRET={SECRET}", "web-1.env")
    other = env(tmp_path, f"{SHOP}\nSESSION_SECRET={OTHER}", "web-2.env")
    finding = judge(CAUSE, one, other)
    assert isinstance(finding, Confirmed)
    assert finding.certainty == 0.99
    assert [evidence.says for evidence in finding.evidence] == [
        f"SESSION_SECRET is key {key(secret)} of 32 characters" for secret in (SECRET, OTHER)
    ]
    assert [evidence.pointer for evidence in finding.evidence] == [f"{tmp_path / name}:3" for name in ("web-1.env", "web-2.env")]


def test_two_files_whose_database_is_not_known(tmp_path: Path) -> None:
    files = env(tmp_path, f"SESSION_SECRET={SECRET}", "web-1.env"), env(tmp_path, f"SESSION_SECRET={OTHER}", "web-2.env")
    finding = judge(CAUSE, *files)
    assert isinstance(finding, Confirmed)
    assert finding.certainty == 0.95


def test_two_logs_of_the_same_time() -> None:
    finding = judge(CAUSE, starts(SECRET, SECRET, name="web-1.log"), starts(OTHER, name="web-2.log"))
    assert isinstance(finding, Confirmed)
    assert [evidence.pointer for evidence in finding.evidence] == ["web-1.log:6", "web-2.log:2"]


def test_two_processes_that_write_one_log() -> None:
    assert isinstance(judge(CAUSE, starts(SECRET, OTHER, SECRET, OTHER)), Confirmed)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param((f"{SHOP}\nSESSION_SECRET={SECRET}", "a.env"), (f"{BLOG}\nSESSION_SECRET={OTHER}", "b.env"), id="databases"),
        pytest.param((f"SESSION_SECRET={SECRET}", ".env"), (f"SESSION_SECRET={OTHER}", ".env.production"), id="stages"),
        pytest.param((f"{SHOP}\nSESSION_SECRET={SECRET}", ".env"), (f"{SHOP}\nSESSION_SECRET={OTHER}", ".env.local"), id="local"),
        pytest.param((f"SESSION_SECRET={SECRET}", "staging/.env"), (f"SESSION_SECRET={OTHER}", "production/.env"), id="folders"),
        pytest.param(
            (f"NODE_ENV=production\nSESSION_SECRET={SECRET}", "a.env"),
            (f"NODE_ENV=development\nSESSION_SECRET={OTHER}", "b.env"),
            id="NODE_ENV",
        ),
        pytest.param((f"SESSION_SECRET={SECRET}", ".env"), (f"SESSION_SECRET={OTHER}", ".env.example"), id="an example"),
        pytest.param((f"SESSION_SECRET={SECRET}", ".env"), (f"SESSION_SECRET={OTHER}", ".env.sessile-backup"), id="a backup"),
        pytest.param((f"SESSION_SECRET={SECRET}", "a.env"), (f"SECRET_KEY={OTHER}", "b.env"), id="another variable"),
        pytest.param((f"SESSION_SECRET={SECRET}", "a.env"), ("REDIS_URL=redis://h", "b.env"), id="one has none"),
    ],
)
def test_what_is_not_two_instances_proves_nothing(tmp_path: Path, one: tuple[str, str], other: tuple[str, str]) -> None:
    assert isinstance(judge(CAUSE, env(tmp_path, *one), env(tmp_path, *other)), Unseen)


def test_a_process_and_its_file_are_one_instance(tmp_path: Path) -> None:
    assert isinstance(judge(CAUSE, env(tmp_path, f"SESSION_SECRET={SECRET}"), process(SESSION_SECRET=OTHER)), Undecided)


@pytest.mark.parametrize(
    "content",
    [
        f"SESSION_SECRET={SECRET}",
        f"SESSION_SECRET='{SECRET}'",
        f"SESSION_SECRETS={SECRET},{OTHER}",
        f"SESSION_SECRET={SECRET}\nSESSION_SECRET_PREVIOUS={OTHER}",
    ],
)
def test_the_same_secret_rules_it_out(tmp_path: Path, content: str) -> None:
    assert isinstance(judge(CAUSE, env(tmp_path, f"SESSION_SECRET={SECRET}", "a.env"), env(tmp_path, content, "b.env")), RuledOut)


def test_each_accepting_the_other_rules_it_out(tmp_path: Path) -> None:
    one = env(tmp_path, f"SESSION_SECRET={SECRET}\nSESSION_SECRET_PREVIOUS={OTHER}", "a.env")
    other = env(tmp_path, f"SESSION_SECRET={OTHER}\nSESSION_SECRET_PREVIOUS={SECRET}", "b.env")
    assert isinstance(judge(CAUSE, one, other), RuledOut)


def test_a_rotation_in_one_step_is_left_open(tmp_path: Path) -> None:
    one = env(tmp_path, f"SESSION_SECRET={OTHER}\nSESSION_SECRET_PREVIOUS={SECRET}", "a.env")
    other = env(tmp_path, f"SESSION_SECRET={SECRET}", "b.env")
    assert isinstance(judge(CAUSE, one, other), Undecided)
    assert isinstance(judge(CAUSE, other, one), Undecided)


def test_logs_of_different_days_are_left_open() -> None:
    early, late = starts(SECRET, SECRET, name="web-1.log", hour=8), starts(OTHER, OTHER, name="web-2.log", hour=20)
    assert isinstance(judge(CAUSE, early, late), Undecided)


def test_secrets_made_up_at_every_start_are_another_cause() -> None:
    one, other = starts(SECRET, OTHER, THIRD, name="web-1.log"), starts(SECRET + "1", OTHER + "1", THIRD + "1", name="web-2.log")
    assert not isinstance(judge(CAUSE, one, other), Confirmed)
    assert isinstance(judge("verify-secret-random-per-boot", one, other), Confirmed)


@pytest.mark.parametrize("written", [f"'\"{SECRET}\"'", f'"{SECRET}\\n"', f"{SECRET}#{OTHER}"])
def test_a_flaw_is_another_cause(tmp_path: Path, written: str) -> None:
    bare = f"'{SECRET}#{OTHER}'" if "#" in written else SECRET
    one, other = env(tmp_path, f"SESSION_SECRET={bare}", "a.env"), env(tmp_path, f"SESSION_SECRET={written}", "b.env")
    assert not isinstance(judge(CAUSE, one, other), Confirmed)


def test_nothing_given() -> None:
    assert isinstance(judge(CAUSE), Unseen)

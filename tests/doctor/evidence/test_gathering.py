"""Everything that was given is looked at, and a failure of one loses nothing of the rest."""

import os
import time
from pathlib import Path

import pytest

from sessile.doctor.evidence.gathering import Gathered, Options, gather
from sessile.doctor.evidence.sorting import NotEvidence, sort
from sessile.doctor.facts import Database, Unknown

SECRET = "correct-horse-battery-staple-0123456789"
UNREACHABLE = "postgresql://app:hunter2@127.0.0.1:1/shop"


def gathered(*words: object, environ: dict[str, str] | None = None, patience: float = 20.0) -> Gathered:
    return gather(sort([str(word) for word in words], {}), Options(experiment=False), environ=environ, patience=patience)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "app.log"
    path.write_text("2026-11-23T12:00:00Z Session saved for user: 17\n")
    return path


def test_a_database_a_log_and_an_environment_come_together(database: str, log: Path, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"SESSION_SECRET={SECRET}\n")
    found = gathered(database, log, tmp_path / ".env")
    assert isinstance(found.facts.database, Database)
    assert found.facts.database.failure is None
    assert [one.source for one in found.facts.logs] == [str(log)]
    assert [one.source for one in found.facts.environments] == [str(tmp_path / ".env")]
    assert found.failures == ()
    assert len(found.looked_at) == 3


def test_the_database_that_a_file_names_is_looked_at_and_said_to_come_from_there(database: str, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f'DATABASE_URL="{database}"\n')
    found = gathered(tmp_path / ".env")
    assert isinstance(found.facts.database, Database)
    assert found.facts.database.failure is None
    assert found.looked_at[0].endswith(f"(from {tmp_path}/.env)")
    assert found.database is not None
    assert found.database.written == str(tmp_path / ".env")


def test_a_given_database_goes_before_one_in_a_file_which_is_then_named(database: str, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"DATABASE_URL={UNREACHABLE}\n")
    found = gathered(database, tmp_path / ".env")
    assert isinstance(found.facts.database, Database)
    assert found.facts.database.failure is None
    assert found.failures == (f"{tmp_path}/.env names another database, which was not looked at",)


def test_what_cannot_be_read_is_said_and_the_rest_is_there(log: Path, tmp_path: Path) -> None:
    (tmp_path / "image.log").write_bytes(bytes(range(256)) * 40)
    (tmp_path / "empty.log").write_text("")
    found = gathered(log, tmp_path / "image.log", tmp_path / "empty.log", UNREACHABLE)
    assert [one.source for one in found.facts.logs] == [str(log)]
    assert any("image.log" in failure and "is no text" in failure for failure in found.failures)
    assert any("empty.log, because it is empty" in failure for failure in found.failures)
    assert "hunter2" not in "".join((*found.failures, *found.looked_at))


def test_nothing_that_can_be_read_is_no_evidence(tmp_path: Path) -> None:
    (tmp_path / "empty.log").write_text("")
    with pytest.raises(NotEvidence, match="because it is empty"):
        gathered(tmp_path / "empty.log")


@pytest.mark.parametrize("content", ["", "\n\n", "# PORT=3000\n"])
def test_neither_is_an_environment_that_sets_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / ".env").write_text(content)
    with pytest.raises(NotEvidence, match="because it is empty: it sets no variable"):
        gathered(tmp_path)


def test_a_collector_that_never_ends_is_given_up(log: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    begun = time.monotonic()
    found = gathered(log, tmp_path / "pipe", patience=0.5)
    assert time.monotonic() - begun < 5
    assert found.failures == (f"could not look at {tmp_path}/pipe, because it took longer than 0.5 s",)
    assert len(found.facts.logs) == 1
    (tmp_path / "pipe").open("w").close()


def test_the_environment_of_a_mere_shell_is_no_evidence() -> None:
    with pytest.raises(NotEvidence, match="nothing to look at"):
        gathered(environ={"HOME": "/root", "PATH": "/bin"})


def test_the_environment_of_a_service_is() -> None:
    found = gathered(environ={"SESSION_SECRET": SECRET, "PORT": "3000"})
    assert found.looked_at == ("environment",)
    assert isinstance(found.facts.database, Unknown)
    assert [one.source for one in found.facts.environments] == ["environment"]

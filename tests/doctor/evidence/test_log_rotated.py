"""The files that a rotated log was split into are read as one log, the oldest first."""

import gzip
from pathlib import Path

from sessile.doctor.evidence.log_rotated import logs_in
from sessile.doctor.evidence.logs import collect, name_of
from sessile.doctor.evidence.sorting import sort
from sessile.doctor.evidence.watch import Watch
from sessile.doctor.facts.logs import Kind, Log

STARTED = b"Server running on port 3000\n"
LOGIN = b"POST /api/auth/login 200\n"
REFUSED = b"GET /api/me 401\n"
ERROR = b"error: code: '42P10'\n"


def split(folder: Path) -> None:
    (folder / "app.log").write_bytes(REFUSED)
    (folder / "app.log.1").write_bytes(STARTED + LOGIN[:-1])
    (folder / "app.log.2.gz").write_bytes(gzip.compress(ERROR, mtime=0))


def read(folder: Path, watch: Watch | None = None) -> Log:
    ((*older, path),) = logs_in(folder)
    (log,) = collect(path, older=older, watch=watch)
    return log


def test_the_files_of_a_log_follow_one_another_in_time(tmp_path: Path) -> None:
    for name in (
        *("app.log", "app.log.1", "app.log.2.gz", "app.log.10.gz", "other.log-20261129.gz", "other.log-20261130", "other.log"),
        *("app-2026-11-30.log", "py.log.2026-11-30", "py.log.2026-11-29", "app.log.bak", "app.log.2.xz", "notes.txt"),
    ):
        (tmp_path / name).touch()
    assert [[path.name for path in log] for log in logs_in(tmp_path)] == [
        ["app-2026-11-30.log"],
        ["app.log.10.gz", "app.log.2.gz", "app.log.1", "app.log"],
        ["other.log-20261129.gz", "other.log-20261130", "other.log"],
        ["py.log.2026-11-29", "py.log.2026-11-30"],
    ]


def test_a_login_before_the_rotation_and_a_401_after_it_are_one_story(tmp_path: Path) -> None:
    split(tmp_path)
    log = read(tmp_path)
    assert (log.lines, log.login_then_401, log.cut_off) == (4, 1, False)
    assert [(event.kind, event.first.line) for event in log.events] == [
        (Kind.ERROR, 1),
        (Kind.BOOT, 2),
        (Kind.LOGIN, 3),
        (Kind.UNAUTHORIZED, 4),
    ]


def test_an_older_file_that_cannot_be_read_is_said_to_be_missing(tmp_path: Path) -> None:
    split(tmp_path)
    (tmp_path / "app.log.2.gz").write_bytes(b"\x7fELF" + bytes(range(32)) * 100)
    log = read(tmp_path)
    assert (log.lines, log.cut_off) == (3, True)


def test_how_far_it_has_come_counts_all_files(tmp_path: Path) -> None:
    split(tmp_path)
    watch = Watch()
    read(tmp_path, watch)
    ((*older, path),) = logs_in(tmp_path)
    assert str(watch) == f"{name_of(path, older)} 100 %"


def test_a_reading_that_was_ended_opens_no_further_file(tmp_path: Path) -> None:
    split(tmp_path)
    watch = Watch()
    watch.stop()
    log = read(tmp_path, watch)
    assert ([event.kind for event in log.events], log.lines, log.cut_off) == ([Kind.ERROR], 1, True)


def test_a_folder_gives_its_logs_with_their_older_files(tmp_path: Path) -> None:
    split(tmp_path)
    (item,) = sort([str(tmp_path)], {})
    assert (item.path, item.older) == (tmp_path / "app.log", (tmp_path / "app.log.2.gz", tmp_path / "app.log.1"))
    (alone,) = sort([str(tmp_path / "app.log")], {})
    assert alone.older == ()

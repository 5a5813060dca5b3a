"""`sessile doctor` with recordings, whole and damaged, as files and through a pipe."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import Command

RECORDED = Path(__file__).parents[1] / "fixtures" / "har"
WHOLE = (RECORDED / "chrome-http2-full.har").read_bytes()
SANITIZED = (RECORDED / "chrome-http2-sanitized.har").read_bytes()


def turned_away(command: Command, *words: str, **given: Any) -> None:
    """The recording's 401 in spite of its cookie is found, whatever is blamed for it."""
    ended = command("doctor", *words, **given)
    assert ended.status in (1, 3)
    assert ended.err == ""
    said = " ".join(ended.out.split())
    assert "came back as it was set, and the user was turned away" in said or "GET /api/me 401 stops at" in said


def test_a_recording_is_known_by_its_name_its_content_and_at_a_pipes_end(command: Command) -> None:
    (command.folder / "login.har").write_bytes(WHOLE)
    (command.folder / "login.har.gz").write_bytes(gzip.compress(WHOLE))
    (command.folder / "saved-as").write_bytes(WHOLE.decode().encode("utf-16"))
    for name in ("login.har", "login.har.gz", "saved-as"):
        turned_away(command, name)
    turned_away(command, "-", stdin=WHOLE)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "login.har is empty: export the recording again"),
        (b"<html>", "login.har is a web page, no HAR: save the recording with the network panel's export button"),
        (
            b"{}",
            "login.har is JSON, but no HAR: it has no log.entries; export the recording of the browser's network panel as HAR",
        ),
        (
            b'{"log":{"entries":[]}}',
            "login.har holds no request: open the browser's network panel first, then log in, then export",
        ),
        (WHOLE[:2000], "login.har breaks off before its first request is whole: export it again, as HAR"),
        (gzip.compress(WHOLE, mtime=0)[:40], "login.har "),
        (
            bytes(range(256)) * 50,
            "login.har is no HAR, which begins with {: export the recording of the browser's network panel as",
        ),
    ],
    ids=["empty", "page", "object", "no request", "cut off", "gzip cut off", "garbage"],
)
def test_a_bad_file_is_one_line_and_status_2(command: Command, content: bytes, complaint: str) -> None:
    (command.folder / "login.har").write_bytes(content)
    ended = command("doctor", "login.har")
    assert ended.status == 2
    assert complaint in ended.complaint


def test_half_a_recording_is_looked_at_and_the_report_says_where_it_ends(command: Command) -> None:
    (command.folder / "half.har").write_bytes(WHOLE[: len(WHOLE) // 2])
    ended = command("doctor", "half.har")
    assert ended.status in (1, 3)
    assert "half.har is read up to entries[" in ended.out
    assert "it breaks off there" in ended.out


def test_a_bad_file_beside_a_good_one_loses_only_itself(command: Command) -> None:
    (command.folder / "good.har").write_bytes(WHOLE)
    (command.folder / "bad.har").write_bytes(b"<html>")
    ended = command("doctor", "good.har", "bad.har")
    assert ended.status in (1, 3)
    assert "bad.har is a web page, no HAR" in " ".join(ended.out.split())


def test_an_export_without_cookies_is_never_sure_and_says_what_to_do(command: Command) -> None:
    (command.folder / "login.har").write_bytes(SANITIZED)
    report = json.loads(command("doctor", "--json", "login.har").out)
    assert "confirmed" not in [cause["confidence"] for cause in report["causes"]]
    assert "login.har was exported without cookies, or holds none: export it again" in " ".join(
        command("doctor", "login.har").out.split()
    )

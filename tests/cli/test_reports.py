"""`sessile doctor --html --markdown --bundle`: files that hold what was seen, and no secret that was planted in it."""

import json
import zipfile
from pathlib import Path
from urllib.parse import quote

import pytest

from sessile.cli.files import Files
from sessile.doctor.evidence.sorting import NotEvidence
from tests.cli.command import Command
from tests.cli.conftest import cookie

SECRET = "Kq7wZ2mP9xT4vB6nL1sR8yD3fH5jC0gA"
DB_PASSWORD = "p4ssw0rd-of-the-db"
TOKEN = "Tk9fQ2mP7xV4bB6nL1sR8yD3fH5jC0gE"
EMAIL = "zoe.wiseman@example.net"
LOGIN_PASSWORD = "hunter2-hunter2"
COOKIE = cookie()
PLANTED = (SECRET, DB_PASSWORD, TOKEN, EMAIL, "zoe.wiseman", LOGIN_PASSWORD, COOKIE, COOKIE[4:36], COOKIE[-30:])


def entry(method: str, path: str, status: int, second: int, *, sets: bool = False, sends: bool = False) -> dict[str, object]:
    asked = [("Host", "shop.example"), ("Authorization", f"Bearer {TOKEN}"), ("X-Custom", TOKEN)]
    asked += [("Cookie", f"connect.sid={COOKIE}; other={TOKEN}")] if sends else []
    asked += [("Referer", f"https://shop.example/start?mail={quote(EMAIL)}&t={TOKEN}")]
    answered = [("Content-Type", "application/json"), ("X-Debug", TOKEN)]
    answered += [("Set-Cookie", f"connect.sid={COOKIE}; Path=/; HttpOnly; Comment={TOKEN}")] if sets else []
    body = json.dumps({"email": EMAIL, "password": LOGIN_PASSWORD})
    return {
        "startedDateTime": f"2026-11-23T10:00:{second:02d}.000Z",
        "time": 20,
        "request": {
            "method": method,
            "url": f"https://shop.example{path}?session={TOKEN}&user={quote(EMAIL)}",
            "httpVersion": "HTTP/1.1",
            "headers": [{"name": name, "value": value} for name, value in asked],
            **({"postData": {"mimeType": "application/json", "text": body}} if method == "POST" else {}),
        },
        "response": {
            "status": status,
            "httpVersion": "HTTP/1.1",
            "headers": [{"name": name, "value": value} for name, value in answered],
            "content": {"size": 40, "mimeType": "application/json", "text": json.dumps({"error": f"no session for {EMAIL}"})},
        },
        "timings": {"send": 1, "wait": 15, "receive": 1},
    }


@pytest.fixture
def evidence(command: Command) -> tuple[str, ...]:
    """A recording, a log and an environment, all of them full of secrets."""
    entries = [
        entry("POST", "/api/login", 200, 0, sets=True),
        entry("GET", f"/api/me/{TOKEN}", 401, 1, sends=True),
        entry("GET", "/api/me", 401, 2, sends=True),
    ]
    har = {"log": {"version": "1.2", "creator": {"name": f"maker {TOKEN}"}, "entries": entries}}
    (command.folder / "visit.har").write_text(json.dumps(har))
    (command.folder / ".env").write_text(
        f"SESSION_SECRET={SECRET}\nDATABASE_URL=postgresql://app:{DB_PASSWORD}@127.0.0.1:1/shop\nAPI_TOKEN={TOKEN}\n"
    )
    (command.folder / "app.log").write_text(
        "Server running on port 3000\n"
        f"POST /api/login 200 cookie: connect.sid={COOKIE} user {EMAIL}\n"
        f"Error: session save failed for {EMAIL}, DATABASE_URL=postgresql://app:{DB_PASSWORD}@127.0.0.1:1/shop\n"
        f"express-session no session found for s:{COOKIE[4:36]}\nGET /api/me 401 token={TOKEN}\n"
    )
    return "visit.har", ".env", "app.log"


def holds(*places: str) -> list[str]:
    return [secret for secret in PLANTED for place in places if secret in place or quote(secret, safe="") in place]


def unpacked(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return [archive.read(name).decode("utf-8", "replace") for name in archive.namelist()]


def test_no_output_holds_what_was_planted_in_the_input(command: Command, evidence: tuple[str, ...]) -> None:
    page, bundle = command.folder / "report.html", command.folder / "bundle.zip"
    first = command("doctor", *evidence, "-v", "--html", page, "--bundle", bundle)
    assert (first.status, page.exists(), bundle.exists()) == (1, True, True), first.err
    shown = [page.read_text()]
    told = command("doctor", *evidence, "--markdown")
    again = command("doctor", bundle, "-v", "--html", page)
    written = [one.out + one.err for one in (first, told, again)]
    assert holds(*written, *shown, page.read_text(), *unpacked(bundle)) == []
    understood = "".join(unpacked(bundle))
    assert "connect.sid" in understood
    assert "no session found" in understood


def test_a_bundle_is_diagnosed_as_its_evidence_was(command: Command, evidence: tuple[str, ...]) -> None:
    told = command("doctor", *evidence, "--json", "--bundle", "bundle.zip")
    again = command("doctor", "bundle.zip", "--json")
    assert (again.status, json.loads(again.out)) == (told.status, json.loads(told.out))
    assert holds(told.out, again.out, told.err, again.err) == []
    alone = command("doctor", "bundle.zip", "app.log")
    assert (alone.status, alone.complaint.startswith("a bundle is diagnosed by itself")) == (2, True)


def test_a_file_that_cannot_be_written_is_told_before_anything_is_done(command: Command, evidence: tuple[str, ...]) -> None:
    assert "there is no folder" in command("doctor", *evidence, "--html", "nowhere/report.html").complaint
    with pytest.raises(NotEvidence, match="that is a folder"):
        Files(bundle=str(command.folder)).check()
    assert "--screenshot needs --browser" in command("doctor", *evidence, "--screenshot", "page.png").complaint


def test_another_archive_is_no_bundle(command: Command) -> None:
    with zipfile.ZipFile(command.folder / "photos.zip", "w") as archive:
        archive.writestr("a.txt", "a")
    assert "is a zip archive, but no bundle" in command("doctor", "photos.zip").complaint

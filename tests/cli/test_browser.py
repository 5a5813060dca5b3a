"""`sessile doctor https://... --browser`: what the user gets of a visit by real Chromium, and what nobody gets."""

import base64
import json
import sys
import zipfile
from pathlib import Path

from tests.cli.command import Command
from tests.doctor.evidence.site.service import NAME, PASSWORD, Shop, serving

LOGIN = (
    "--login",
    "/login",
    "--data",
    f"name={NAME}",
    "--data",
    "password=@password",
    "--protected",
    "/me",
    "--logout",
    "/logout",
)


def test_the_reports_of_a_visit_hold_its_picture_and_no_secret(tmp_path: Path) -> None:
    command = Command(Path(sys.executable), tmp_path)
    (tmp_path / "password").write_text(PASSWORD)
    shop = Shop(attributes="Path=/admin; HttpOnly; SameSite=Lax")
    files = ("--screenshot", "page.png", "--html", "report.html", "--bundle", "bundle.zip")
    with serving(shop.app()) as port:
        told = command("-m", "sessile", "doctor", f"http://127.0.0.1:{port}", "--browser", *LOGIN, *files, "--json")
    again = command("-m", "sessile", "doctor", "bundle.zip", "--json")
    assert told.status == again.status == 1, told.err
    diagnosis = json.loads(told.out)
    assert diagnosis == json.loads(again.out)
    assert (diagnosis["causes"][0]["station"], diagnosis["causes"][0]["evidence"][0]["source"]) == ("send", "browser")
    picture = (tmp_path / "page.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    page = (tmp_path / "report.html").read_text()
    assert base64.b64encode(picture).decode() in page
    with zipfile.ZipFile(tmp_path / "bundle.zip") as bundle:
        assert bundle.read("page.png") == picture
        packed = "".join(bundle.read(name).decode() for name in bundle.namelist() if name != "page.png")
    assert not [secret for secret in (PASSWORD, *shop.issued) if secret in told.out + told.err + again.out + page + packed]
    assert (shop.attempts, shop.sessions) == (1, {})

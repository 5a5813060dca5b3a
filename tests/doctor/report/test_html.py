"""The report as a page: whole, quiet, and holding nothing that a browser would run, load or be led astray by."""

import re
from html.parser import HTMLParser

import pytest

from sessile.doctor.causes import Cause, catalogue
from sessile.doctor.diagnosis import Diagnosis
from sessile.doctor.facts.evidence import Evidence
from sessile.doctor.report import html
from sessile.doctor.report.terminal import Surroundings
from sessile.session.outcome import Station
from tests.doctor.report.patients import TITLE, healthy, puzzling, sick

AROUND = Surroundings(("postgresql://app:***@db.example.com/shop",), ("the log is cut off",))
ATTACK = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>\u202e\x1b[31m"
VOID = {"meta", "img", "br", "link"}


class Reader(HTMLParser):
    """The tags, in order, each closed as it was opened, and the text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data if "style" not in self._open else ""


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    assert reader._open == []
    return reader


@pytest.mark.parametrize("diagnosis", [sick(), healthy(), puzzling()], ids=["sick", "healthy", "puzzling"])
def test_all_that_the_terminal_says_is_there(diagnosis: Diagnosis) -> None:
    page = read(html.page(diagnosis, AROUND))
    said = [station.value for station in Station] + [item.item for item in diagnosis.checklist]
    said += [one.says for suspect in diagnosis.causes for one in (*suspect.evidence, *suspect.against)]
    said += [one.pointer for suspect in diagnosis.causes for one in suspect.evidence]
    said += [suspect.cause.remedy.command for suspect in diagnosis.causes if suspect.cause.remedy.command]
    said += [one.because for one in diagnosis.ruled_out] + [one.command for one in diagnosis.next]
    said += [one.cause.id for one in diagnosis.not_checked] + [one.says for one in diagnosis.symptoms]
    said += [*AROUND.looked_at, *AROUND.failures]
    assert [one for one in said if one not in page.text] == []


@pytest.mark.parametrize("cause", catalogue(), ids=lambda cause: cause.id)
def test_every_causes_fix_is_there(cause: Cause) -> None:
    page = read(html.page(sick(cause), AROUND))
    remedy = cause.remedy
    assert " ".join(remedy.summary.split()).removesuffix(".") in " ".join(page.text.split())
    for change in remedy.changes:
        for line in (*change.before.splitlines(), *change.after.splitlines()):
            assert line in page.text


def test_nothing_is_loaded_and_nothing_is_run() -> None:
    page = html.page(sick(), AROUND, picture=b"\x89PNG\r\n\x1a\n")
    tags = read(page).tags
    assert {tag for tag, _ in tags} & {"script", "link", "iframe", "object", "form", "a"} == set()
    assert [attributes["src"] for tag, attributes in tags if tag == "img"] == ["data:image/png;base64,iVBORw0KGgo="]
    assert "url(" not in page
    assert "@import" not in page
    policy = next(attributes["content"] for tag, attributes in tags if attributes.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'")


def test_what_was_seen_stays_text() -> None:
    proof = (Evidence(ATTACK, "log", f"app.log:{ATTACK}"),)
    page = html.page(sick(evidence=proof, title=ATTACK), Surroundings((ATTACK,), (ATTACK,)))
    tags = read(page).tags
    assert [tag for tag, _ in tags if tag in ("script", "img")] == []
    assert not any(name.startswith("on") for _, attributes in tags for name in attributes)
    assert "\u202e" not in page
    assert "\x1b" not in page
    assert r"\u202e" in read(page).text


def test_where_sessions_stop_is_marked_once() -> None:
    page = html.page(sick(), AROUND)
    stops = [attributes["class"] for tag, attributes in read(page).tags if tag == "li" and "title" in attributes]
    assert len(stops) == 12
    assert stops.count("broken") == 1
    assert re.search(r"<title>✗ SICK: ", page)
    assert TITLE in read(page).text

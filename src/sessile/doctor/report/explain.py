"""What is known of a cause, of all of them, or of a line from a log, told to a person or as JSON."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from sessile.doctor.causes import Cause
from sessile.doctor.explanation import Pointer, Weight
from sessile.doctor.facts.logs import Event
from sessile.doctor.report.json import fix
from sessile.doctor.report.lacking import NEEDS
from sessile.doctor.report.page import Page
from sessile.doctor.report.terminal import changes, remedy

MOST = 6
NOTHING = "This says nothing that sessile knows; give sessile doctor the whole log."
HEADINGS = {"Symptom": "How it looks", "Evidence": "What proves it", "Tell apart": "How it is told apart", "Fix": "What cures it"}

WEIGHTS = {
    Weight.PROVES: "It proves",
    Weight.POINTS: "It points to",
    Weight.HARMLESS: "It is harmless by itself",
    Weight.BEARS: "It is no line of a log that sessile knows, and has the words of",
}


def write_list(page: Page, causes: Sequence[Cause]) -> None:
    """Every cause under the station where it stops a session."""
    for station, group in groupby(causes, key=lambda cause: cause.station):
        page.heading(station, station.holds)
        for cause in group:
            page.paragraph((cause.id, "cyan"), f"  {cause.title}")
    page.line()
    page.line(("sessile explain CAUSE tells all about one, sessile explain 'a line from a log' what the line means", "dim"))


def write_cause(page: Page, cause: Cause) -> None:
    """Everything about one cause."""
    page.paragraph((cause.title, "bold"), indent=0)
    page.paragraph((f"{cause.id}, at station {cause.station}: {cause.station.holds}", "dim"), indent=0)
    for section, text in cause.sections.items():
        page.heading(HEADINGS.get(section, section))
        page.paragraph(_sentence(text))
    remedy(page, cause.remedy)
    changes(page, cause.remedy)


def write_line(page: Page, events: Sequence[Event], pointers: Sequence[Pointer]) -> None:
    """What a pasted line means, the causes it points to, and what it does not prove."""
    for event in events:
        page.paragraph((event.text, "dim"), indent=0)
        page.paragraph((f"{event.kind}{f' ({event.code})' if event.code else ''}", "bold"), indent=0)
    if not pointers:
        page.paragraph("It points to no cause." if events else NOTHING, indent=0)
        return
    for weight, group in groupby(pointers, key=lambda pointer: pointer.weight):
        page.heading(WEIGHTS[weight])
        several = list(group)
        for pointer in several[:MOST]:
            page.paragraph((pointer.cause.id, "cyan"), f": {pointer.cause.title}", lead=f"{page.glyphs.bullet} ")
            told = () if weight is Weight.BEARS else (pointer.says, _lacks(pointer), pointer.cause.sections["Tell apart"])
            for text in told:
                if text:
                    page.paragraph(_sentence(text), indent=4)
        if len(several) > MOST:
            further = "and" if weight is Weight.BEARS else "and, less likely,"
            page.paragraph((f"{further} {', '.join(pointer.cause.id for pointer in several[MOST:])}", "dim"))
    page.line()
    page.line(("sessile explain CAUSE tells all about a cause, and its fix", "dim"))


def list_document(causes: Sequence[Cause]) -> dict[str, Any]:
    """The list as plain values."""
    return {"version": 1, "causes": [{"id": cause.id, "station": cause.station, "title": cause.title} for cause in causes]}


def cause_document(cause: Cause) -> dict[str, Any]:
    """One cause as plain values."""
    return {
        "version": 1,
        "id": cause.id,
        "station": cause.station,
        "title": cause.title,
        "entries": list(cause.entries),
        "sections": {section.lower().replace(" ", "_"): text for section, text in cause.sections.items()},
        "fix": fix(cause.remedy),
    }


def line_document(events: Sequence[Event], pointers: Sequence[Pointer]) -> dict[str, Any]:
    """What a line means as plain values."""
    return {
        "version": 1,
        "means": [{"kind": event.kind.name.lower(), "code": event.code, "text": event.text} for event in events],
        "causes": [
            {
                "id": pointer.cause.id,
                "station": pointer.cause.station,
                "title": pointer.cause.title,
                "weight": pointer.weight.name.lower(),
                "says": pointer.says,
                "needs": pointer.needs,
            }
            for pointer in pointers
        ],
    }


def _lacks(pointer: Pointer) -> str:
    return f"The line alone does not prove it: that takes {NEEDS[pointer.needs]}." if pointer.needs else ""


def _sentence(text: str) -> str:
    """The text with a capital and a full stop; what is no word at its beginning stays as it is."""
    word = text.split(" ", 1)[0]
    begun = text[0].upper() + text[1:] if word.isalpha() and word.islower() else text
    return begun if begun.endswith((".", "?", "!")) else f"{begun}."

"""The answer for one cookie: the line of its journey, and the sentence that says where it stops."""

from datetime import UTC
from typing import Any

from sessile.doctor.diagnosis import State
from sessile.doctor.report import journey
from sessile.doctor.report.page import Page
from sessile.doctor.why import Answer, Status

VERDICTS = {
    Status.LIVES: ("LIVES:", "bold green"),
    Status.STOPS: ("STOPS", "bold red"),
    Status.CANNOT_TELL: ("CANNOT TELL:", "bold yellow"),
}


def write(page: Page, found: Answer) -> None:
    """Write the verdict, the stations that one cookie can tell about, and what was seen at each."""
    word, style = VERDICTS[found.status]
    signs = {Status.LIVES: page.glyphs.ok, Status.STOPS: page.glyphs.broken, Status.CANNOT_TELL: page.glyphs.unsure}
    page.paragraph((found.says, "bold"), indent=0, lead=(f"{signs[found.status]} {word} ", style))
    page.heading("Journey", journey.legend(page.glyphs))
    journey.draw(page, found.stops)
    page.line()
    for stop in found.stops:
        sign, style = journey.sign(page.glyphs, stop.state), journey.STYLES[stop.state]
        page.paragraph(stop.because, lead=(f"{sign} {stop.station:<8}", style))


def document(found: Answer) -> dict[str, Any]:
    """The answer as plain values."""
    return {
        "version": 1,
        "verdict": {Status.LIVES: "lives", Status.STOPS: "stops", Status.CANNOT_TELL: "cannot_tell"}[found.status],
        "station": found.station,
        "says": found.says,
        "ended": found.ended and {"event": found.ended.event, "at": f"{found.ended.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"},
        "journey": [{"station": stop.station, "state": State(stop.state), "because": stop.because} for stop in found.stops],
    }

"""The twelve stations drawn as a line, with the break in it."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from sessile.doctor.diagnosis import State, Stop
from sessile.doctor.report.page import Glyphs, Page, Part

STYLES = {State.OK: "green", State.BROKEN: "bold red", State.UNSEEN: "dim"}
WORDS = {State.OK: "ok", State.BROKEN: "broken", State.UNSEEN: "not seen"}
GAP = 2


def draw(page: Page, journey: Sequence[Stop]) -> None:
    """Draw the stations, in as many rows as the page's width asks for."""
    for stops in _rows(journey, page.width - GAP):
        page.line(" " * GAP, *_rail(stops, page.glyphs))
        page.line(*(part for stop in stops for part in (" " * GAP, _name(stop))))


def legend(glyphs: Glyphs) -> str:
    """What the signs mean, in words."""
    return "   ".join(f"{sign(glyphs, state)} {word}" for state, word in WORDS.items())


def sign(glyphs: Glyphs, state: State) -> str:
    """The sign of a station's state."""
    return {State.OK: glyphs.ok, State.BROKEN: glyphs.broken, State.UNSEEN: glyphs.unseen}[state]


def _rows(journey: Sequence[Stop], width: int) -> Iterator[Sequence[Stop]]:
    count = 1
    while sum(len(stop.station) + GAP for stop in journey) / count > width and count < len(journey):
        count += 1
    size = -(-len(journey) // count)
    for start in range(0, len(journey), size):
        yield journey[start : start + size]


def _name(stop: Stop) -> Part:
    return stop.station, STYLES[stop.state]


def _rail(stops: Sequence[Stop], glyphs: Glyphs) -> Iterator[Part]:
    for stop, following in pairwise([*stops, None]):
        if stop is None:
            continue
        yield sign(glyphs, stop.state), STYLES[stop.state]
        if following is not None:
            piece, style = _track(stop.state, following.state, glyphs)
            yield piece * (len(stop.station) + GAP - 1), style


def _track(state: State, following: State, glyphs: Glyphs) -> tuple[str, str]:
    if state is State.BROKEN:
        return " ", ""
    return (glyphs.gap, "dim") if State.UNSEEN in (state, following) else (glyphs.rail, STYLES[State.OK])

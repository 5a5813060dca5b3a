"""The results as a picture: requests a second, a panel for each load and a bar for each server, drawn in SVG by hand."""

from collections.abc import Iterator
from html import escape

from bench.contenders import CONTENDERS, Contender
from bench.load import EVERY_LOAD, Load
from bench.runs import Journal, Spread

WIDTH, LABELS, FIGURES = 860, 330, 90
BAR, GAP, HEADING, MARGIN = 18, 8, 34, 16

OURS, PEER, LIMIT = "#0f766e", "#94a3b8", "#e2e8f0"
STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#1e293b}.load{font-weight:600;font-size:14px}"
    ".spread{stroke:#1e293b;stroke-width:1.5}.label{text-anchor:end}"
)


def picture(journal: Journal) -> str:
    """The SVG document; whiskers show the least and the greatest of the rounds."""
    lines: list[str] = []
    top = MARGIN
    for load in EVERY_LOAD:
        bars = [(c, spread) for c in CONTENDERS if (spread := Spread.of(run.rate for run in journal.of(c.name, load)))]
        if bars:
            lines += _panel(load, bars, top)
            top += HEADING + len(bars) * (BAR + GAP) + MARGIN
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" width="{WIDTH}" height="{top}" role="img">',
            "<title>Requests a second: sessile and its peers</title>",
            f"<style>{STYLE}</style>",
            f'<rect width="{WIDTH}" height="{top}" fill="#fff"/>',
            *lines,
            "</svg>\n",
        ]
    )


def _panel(load: Load, bars: list[tuple[Contender, Spread]], top: int) -> Iterator[str]:
    scale = (WIDTH - LABELS - FIGURES - 2 * MARGIN) / max(spread.greatest for _, spread in bars)
    connections = "1 connection" if load.connections == 1 else f"{load.connections} connections"
    yield f'<text class="load" x="{MARGIN}" y="{top + 16}">/{load.route}, {connections}: requests a second</text>'
    for place, (contender, spread) in enumerate(bars):
        y = top + HEADING + place * (BAR + GAP)
        yield from _bar(contender, spread, y, scale)


def _bar(contender: Contender, spread: Spread, y: int, scale: float) -> Iterator[str]:
    start, middle = LABELS + MARGIN, y + BAR / 2
    yield f'<text class="label" x="{start - 8}" y="{y + 14}">{escape(contender.title)}</text>'
    yield f'<rect x="{start}" y="{y}" width="{spread.median * scale:.1f}" height="{BAR}" rx="2" fill="{_colour(contender)}"/>'
    if spread.greatest > spread.least:
        ends = f'x1="{start + spread.least * scale:.1f}" x2="{start + spread.greatest * scale:.1f}"'
        yield f'<line class="spread" {ends} y1="{middle}" y2="{middle}"/>'
    yield f'<text x="{start + spread.greatest * scale + 8:.1f}" y="{y + 14}">{spread.median:,.0f}</text>'


def _colour(contender: Contender) -> str:
    return {"sessile": OURS, "none": LIMIT}.get(contender.sessions, PEER)

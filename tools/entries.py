"""The table from each entry of the catalogue to the causes that cover it, and to what brings them about here."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path

from lab.provoked import Way, ways
from sessile.doctor.causes import Cause, catalogue

NAMES = (Path(__file__).parents[1] / "docs" / "entries.txt").read_text(encoding="utf-8").split()
HEADER = """# Entries

Every entry of the catalogue of known faults, in its order: which of the doctor's [causes](README.md) covers it, where it stops a
session, and what brings it about here. The commands of the labs are told in [CONTRIBUTING.md](../../CONTRIBUTING.md).

| entry | station | cause | brought about by |
|---|---|---|---|
"""


def entries() -> str:
    """The page, in Markdown."""
    known = ways()
    return HEADER + "".join(f"| `{name}` | {' | '.join(_cells(name, known))} |\n" for name in NAMES)


def told(several: Iterable[Way]) -> list[str]:
    """The commands that bring a cause about, one for each lab with all its names."""
    return [
        f"{command} {' '.join(way.name for way in group)}" for command, group in groupby(several, key=lambda way: way.command)
    ]


def _cells(name: str, known: Mapping[str, tuple[Way, ...]]) -> tuple[str, str, str]:
    causes = [cause for cause in catalogue() if name in cause.entries]
    stations = ", ".join(dict.fromkeys(cause.station for cause in causes))
    links = ", ".join(f"[{cause.id}]({cause.id}.md)" for cause in causes)
    return stations, links, "<br>".join(_how(cause, known.get(cause.id, ())) for cause in causes)


def _how(cause: Cause, several: tuple[Way, ...]) -> str:
    if cause.unprovoked:
        return f"nothing here: [why]({cause.id}.md#brought-about)"
    return "; ".join(f"`{command}`" for command in told(several))

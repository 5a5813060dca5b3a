"""The table from each entry of the catalogue to the causes that cover it, and to what brings them about here."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path

from lab.provoked import Way, ways
from sessile.doctor.causes import Cause, catalogue

NAMES = (Path(__file__).parents[1] / "docs" / "entries.txt").read_text(encoding="utf-8").split()
UNCOVERED: Mapping[str, str] = {
    "replica-lag-read": "The row is on both servers by the time that anybody looks: only the two of them, asked within the lag,"
    " would show it. Give the sessions the primary's address; a standby that is written to as well is reach-standby.",
    "driver-runtime-incompatible-hang": "pg before 8.0.3 on Node.js 14 or later waits for ever, and writes nothing. Both are out"
    " of support for years, so that lock files are not searched for them.",
    "db-restored-or-branched": "What is gone with a restore is known only to those who saw the table before it, and the doctor"
    " keeps nothing of its last visit.",
    "row-cookie-attributes-stale": "The doctor does not read the cookies' attributes that a row keeps. A login that works and an"
    " older session that does not, under the same settings, speak for it.",
    "passport-user-erased": "A row with an empty `passport` is what a deleted user leaves as well: nothing in it says that a"
    " look-up failed.",
}
"""Why nothing covers an entry."""
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
    if not causes:
        return "", "none", UNCOVERED[name]
    stations = ", ".join(dict.fromkeys(cause.station for cause in causes))
    links = ", ".join(f"[{cause.id}]({cause.id}.md)" for cause in causes)
    return stations, links, "<br>".join(_how(cause, known.get(cause.id, ())) for cause in causes)


def _how(cause: Cause, several: tuple[Way, ...]) -> str:
    if cause.unprovoked:
        return f"nothing here: [why]({cause.id}.md#brought-about)"
    return "; ".join(f"`{command}`" for command in told(several))

"""Write `docs/causes/`, one page a cause, from the causes themselves: `python -m tools.pages`."""

from collections.abc import Iterable
from pathlib import Path

from lab.provoked import Way, ways
from sessile.doctor.causes import Cause, catalogue
from sessile.doctor.findings import Change
from sessile.doctor.report.change import changed
from sessile.session.outcome import Station
from tools.entries import entries, told

FOLDER = Path(__file__).parents[1] / "docs" / "causes"
HEADER = """# Causes

Every cause that the doctor knows, in the order of a session's journey. From the catalogue of known faults, [entries](entries.md)
leads to them.
"""


def page(cause: Cause, brought_about: Iterable[Way] = ()) -> str:
    """The page of one cause, in Markdown."""
    sections = "\n\n".join(f"## {heading}\n\n{_sentence(text)}" for heading, text in cause.sections.items())
    command = f"\n\n```console\n$ {cause.remedy.command}\n```" if cause.remedy.command else ""
    diffs = "".join(_diff(change) for change in cause.remedy.changes)
    loss = f"It logs out {cause.remedy.logs_out}." if cause.remedy.loses_sessions else "No live session is lost by it."
    spared = f"\n\nTo spare them: {cause.remedy.instead}." if cause.remedy.instead else ""
    names = ", ".join(f"`{entry}`" for entry in cause.entries) or "none"
    how = _sentence(cause.unprovoked) or "\n".join(("```console", *(f"$ {command}" for command in told(brought_about)), "```"))
    return (
        f"# {cause.title}\n\n`{cause.id}`, station *{cause.station}* ({cause.station.holds})\n\n{sections}\n\n"
        f"## Remedy\n\n{cause.remedy.summary}. {loss}{spared}{command}{diffs}\n\n"
        f"## Brought about\n\n{how}\n\nCatalogue: {names}\n"
    )


def index() -> str:
    """The list of all pages, by station."""
    parts = [HEADER]
    for station in Station:
        causes = [cause for cause in catalogue() if cause.station is station]
        if causes:
            lines = "\n".join(f"- [{cause.id}]({cause.id}.md): {cause.title}" for cause in causes)
            parts.append(f"## {station}: {station.holds}\n\n{lines}\n")
    return "\n".join(parts)


def pages() -> dict[str, str]:
    """Every page by its file name."""
    known = ways()
    causes = {f"{cause.id}.md": page(cause, known.get(cause.id, ())) for cause in catalogue()}
    return {"README.md": index(), "entries.md": entries(), **causes}


def main() -> None:
    """Write all pages, and remove those of causes that are gone."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = pages()
    for path in FOLDER.glob("*.md"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


def _diff(change: Change) -> str:
    lines = "\n".join(f"{sign} {line}".rstrip() for sign, line in changed(change))
    return f"\n\n{change.where[:1].upper()}{change.where[1:]}:\n\n```diff\n{lines}\n```"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


if __name__ == "__main__":
    main()

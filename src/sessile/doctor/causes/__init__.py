"""Every known cause: one file each, in the folder of the station where it stops a session."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from sessile.doctor.facts import Facts
from sessile.doctor.findings import Finding, Frequency, Level, Remedy
from sessile.session.outcome import Station

SECTIONS = ("Symptom", "Evidence", "Tell apart", "Fix")


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause: what it is called, how it is told, and what cures it.

    `entries` are the catalogue's names for it (`causes.md`), `links` how often it shows each observation (by the observation's
    name). `rivals` are the ids of causes that a log shows by the very same error. `unprovoked` says why no lab brings it about on
    real software, and what it is tested on instead; it is empty where one does.
    """

    id: str
    station: Station
    title: str
    sections: Mapping[str, str]
    judge: Callable[[Facts], Finding]
    remedy: Remedy
    entries: tuple[str, ...]
    frequency: Frequency = Frequency.COMMON
    links: Mapping[str, Level] = field(default_factory=dict)
    rivals: tuple[str, ...] = ()
    unprovoked: str = ""


@cache
def catalogue() -> tuple[Cause, ...]:
    """All causes, by station and then by name. Adding a file to a station's folder is all that adding a cause takes."""
    from sessile.doctor.causes import errors

    causes = [*errors.CAUSES]
    for station in Station:
        causes += [_in_file(station, name) for name in _files(station)]
    return tuple(sorted(causes, key=lambda cause: (cause.station.position, cause.id)))


def cause_named(cause_id: str) -> Cause | None:
    """The cause of that id, or None; a catalogue entry's name (`no-unique-on-sid`) finds the cause that covers it.

    Only the file that the id names is read where there is one.
    """
    station, _, name = cause_id.replace("-", "_").partition("_")
    for known in Station:
        if known == station and name in _files(known):
            return _in_file(known, name)
    causes = catalogue()
    by_id = next((cause for cause in causes if cause.id == cause_id), None)
    return by_id or next((cause for cause in causes if cause_id in cause.entries), None)


def from_module(station: Station, name: str, module: ModuleType) -> Cause:
    """Read a cause from its file: the docstring is its text, its path is its id.

    Raises ValueError if the docstring lacks its title or one of the four sections.
    """
    title, sections = _read(module.__doc__ or "", module.__name__)
    return Cause(
        id=f"{station}-{name.replace('_', '-')}",
        station=station,
        title=title,
        sections=sections,
        judge=module.judge,
        remedy=module.REMEDY,
        entries=module.ENTRIES,
        frequency=getattr(module, "FREQUENCY", Frequency.COMMON),
        links=getattr(module, "LINKS", {}),
        rivals=getattr(module, "RIVALS", ()),
        unprovoked=getattr(module, "UNPROVOKED", ""),
    )


def _files(station: Station) -> list[str]:
    """The names of the causes' modules in the folder of a station."""
    if not any(module.name == station for module in iter_modules(__path__)):
        return []
    return sorted(module.name for module in iter_modules(import_module(f"{__name__}.{station}").__path__))


@cache
def _in_file(station: Station, name: str) -> Cause:
    return from_module(station, name, import_module(f"{__name__}.{station}.{name}"))


def _read(docstring: str, where: str) -> tuple[str, dict[str, str]]:
    title, _, rest = docstring.strip().partition("\n")
    sections: dict[str, str] = {}
    current = ""
    for line in rest.splitlines():
        heading, colon, text = line.partition(": ")
        if colon and heading in SECTIONS:
            current, sections[heading] = heading, text.strip()
        elif current:
            sections[current] = f"{sections[current]} {line.strip()}".strip()
    lacking = [section for section in SECTIONS if not sections.get(section)]
    if not title or lacking:
        raise ValueError(f"{where}: the docstring lacks {', '.join(lacking) or 'a title'}")
    return title.rstrip("."), sections

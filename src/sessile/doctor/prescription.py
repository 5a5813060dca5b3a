"""What of a remedy concerns this service: where its code was seen, settings of other frameworks are left out."""

from dataclasses import replace

from sessile.doctor.diagnosis import Suspect
from sessile.doctor.facts import Facts
from sessile.doctor.facts.source import Framework
from sessile.doctor.findings import Change

_BEGINS = {
    Framework.EXPRESS: ("Express", "NestJS"),
    Framework.STARLETTE: ("Starlette and FastAPI",),
    Framework.FASTAPI: ("Starlette and FastAPI",),
    Framework.FLASK: ("Flask",),
    Framework.DJANGO: ("Django",),
}
"""How a change begins that is spelt for a framework (`Change.where`); one that begins otherwise is for everybody."""


def prescribed(suspect: Suspect, facts: Facts) -> Suspect:
    """The suspect with the changes that can be made in the service whose code was given; all of them where none was."""
    frameworks = {source.framework for source in facts.sources}
    remedy = suspect.cause.remedy
    if not frameworks or not frameworks <= _BEGINS.keys():
        return suspect
    ours = tuple(word for framework in frameworks for word in _BEGINS[framework])
    theirs = tuple(word for words in _BEGINS.values() for word in words if word not in ours)
    changes = tuple(change for change in remedy.changes if not _spelt(change, theirs))
    if not changes or changes == remedy.changes:
        return suspect
    return replace(suspect, cause=replace(suspect.cause, remedy=replace(remedy, changes=changes)))


def _spelt(change: Change, words: tuple[str, ...]) -> bool:
    return change.where.startswith(words)

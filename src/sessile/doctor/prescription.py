"""What of a remedy concerns this service: its framework's settings, its table's and its secret's own name."""

import re
import shlex
from dataclasses import replace

from sessile.doctor import written
from sessile.doctor.causes import sight
from sessile.doctor.diagnosis import Suspect
from sessile.doctor.facts import Facts
from sessile.doctor.facts.source import Framework
from sessile.doctor.findings import Change
from sessile.stores.postgres.shape import TableShape

_BEGINS = {
    Framework.EXPRESS: ("Express", "NestJS"),
    Framework.STARLETTE: ("Starlette and FastAPI",),
    Framework.FASTAPI: ("Starlette and FastAPI",),
    Framework.FLASK: ("Flask",),
    Framework.DJANGO: ("Django",),
}
"""How a change begins that is spelt for a framework (`Change.where`); one that begins otherwise is for everybody."""


_OUR_SECRET = re.compile(r"\bSESSION_SECRET\b")
_OUR_TABLE = re.compile(r"(?P<before>\b(?:TABLE|CONCURRENTLY|FROM|INTO|UPDATE|ON)|\s-t) session\b")
"""The table as a remedy's command names it, by the name that connect-pg-simple gives it."""
_SHELL_QUOTED = re.compile(r"""'[^']*'?|"(?:\\.|[^"\\])*"?""", re.DOTALL)


def prescribed(suspect: Suspect, facts: Facts) -> Suspect:
    """The suspect with the changes that can be made in the service whose code was given, all of them where none was, and with the
    command for the very table and secret that were seen.
    """
    remedy = suspect.cause.remedy
    changes = _of_frameworks(remedy.changes, facts) or remedy.changes
    command = _for_table(_signing(remedy.command, facts), sight.table(facts)) if remedy.command else None
    fitting = replace(remedy, summary=_signing(remedy.summary, facts), changes=changes, command=command)
    return suspect if fitting == remedy else replace(suspect, cause=replace(suspect.cause, remedy=fitting))


def _signing(text: str, facts: Facts) -> str:
    """The text with the variable that the code reads its secret from, where that is one of another name."""
    variables = written.variables(facts)
    return _OUR_SECRET.sub(next(iter(variables)), text) if len(variables) == 1 else text


def _of_frameworks(changes: tuple[Change, ...], facts: Facts) -> tuple[Change, ...]:
    frameworks = {source.framework for source in facts.sources}
    if not frameworks or not frameworks <= _BEGINS.keys():
        return changes
    ours = tuple(word for framework in frameworks for word in _BEGINS[framework])
    theirs = tuple(word for words in _BEGINS.values() for word in words if word not in ours)
    return tuple(change for change in changes if not _spelt(change, theirs))


def _for_table(command: str, table: object) -> str:
    """The command with the table's own quoted name, written as the shell's quotes around it demand."""
    if not isinstance(table, TableShape) or (table.name == sight.DEFAULT_NAME and table.in_search_path):
        return command
    quotes = [(one.start(), one.end(), one[0][0]) for one in _SHELL_QUOTED.finditer(command)]

    def written(found: re.Match[str]) -> str:
        around = next((quote for start, end, quote in quotes if start < found.start() < end), "")
        return f"{found['before']} {_in_shell(table.qualified, around)}"

    return _OUR_TABLE.sub(written, command)


def _in_shell(name: str, quote: str) -> str:
    if quote == '"':
        return re.sub(r'([\\"$`])', r"\\\1", name)
    return name.replace("'", "'\\''") if quote else shlex.quote(name)


def _spelt(change: Change, words: tuple[str, ...]) -> bool:
    return change.where.startswith(words)

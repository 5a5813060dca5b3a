"""What else touches the table of sessions: statements that delete by age or by user, and schema pushes that drop it."""

import re
from collections.abc import Iterator
from typing import Final

from sessile.doctor.evidence.project import Project
from sessile.doctor.evidence.source.javascript.module import Module, Modules
from sessile.doctor.evidence.source.javascript.place import place, shown
from sessile.doctor.evidence.source.javascript.tree import arguments, line, method, text, within
from sessile.doctor.facts.source import Act, Deed, Place
from sessile.doctor.masking import excerpt

_TABLE: Final = r"""["'\\]*(?:\w+["'\\]*\.)?["'\\]*\w*sessions?\w*["'\\]*"""
_REMOVAL: Final = r"(?:TRUNCATE(?:\s+TABLE)?|DROP\s+TABLE(?:\s+IF\s+EXISTS)?|DELETE\s+FROM)"
_NOW: Final = r"(?:(?:now|clock_timestamp|statement_timestamp)\s*\(\s*\)|(?:current|local)_?timestamp)"
_LIVES: Final = rf"""\bexpires?\b["'\\]*\s*(?:>=?\s*{_NOW}|<=?\s*{_NOW}\s*(?:::\s*\w+\s*)?\+)"""
_STATEMENTS: Final = (
    (re.compile(rf"\bDELETE\s+FROM\s+{_TABLE}[^;]*{_LIVES}", re.IGNORECASE), Deed.REMOVES_LIVING),
    (re.compile(rf"\bDELETE\s+FROM\s+{_TABLE}[^;]*\bsess\b", re.IGNORECASE), Deed.ENDS_OTHERS),
    (re.compile(rf"\bDELETE\s+FROM\s+{_TABLE}[^;]*\bexpires?\b", re.IGNORECASE), Deed.PRUNES),
    (re.compile(rf"\b{_REMOVAL}\s+{_TABLE}\s*(?:;|$|CASCADE)", re.IGNORECASE), Deed.DROPS_TABLE),
)
_PUSHES: Final = re.compile(
    r"drizzle-kit\s+push|prisma\s+(?:db\s+push|migrate\s+reset)|sequelize\s+db:drop|typeorm\s+schema:(?:sync|drop)"
)
_KNOWN_TO_ORM: Final = re.compile(
    rb"""(?:pgTable|define|tableName\s*:|@Entity\s*\(\s*(?:\{\s*name\s*:\s*)?|@@map\s*)\(?\s*["'`]\w*sessions?\w*["'`]|tablesFilter"""
    rb"""|model\s+[Ss]essions?\b"""
)
_OPTIONS_OF_MADE: Final = re.compile(rb"new\s+(?:[\w.]+|\([^{}]*?\))\s*\(\s*\{[^{}]*\}")
"""What something is made with, as `new Store({ tableName: 'session' })`: no schema, whose columns have braces of their own."""
_ZONE: Final = re.compile(
    rb"""-c\s*TimeZone=(?P<option>[\w/+-]+)|SET\s+(?:SESSION\s+|LOCAL\s+)?TIME\s*ZONE\s*(?:TO\s+|=\s*)?'(?P<set>[\w/+-]+)'""",
    re.IGNORECASE,
)
_NO_ZONE: Final = re.compile(rb"(?:Etc/)?(?:UTC|GMT)", re.IGNORECASE)


def acts(project: Project, modules: Modules) -> Iterator[Act]:
    """Every such statement and push of a project."""
    known = any(_KNOWN_TO_ORM.search(_OPTIONS_OF_MADE.sub(b"", content)) for content in project.files.values())
    for path, number, name, command in project.scripts():
        if (push := _PUSHES.search(command)) and not known:
            yield Act(Deed.DROPS_TABLE, Place(path, number, excerpt(f'"{name}": "{command}"', 160)), push[0])
    for module in modules:
        if modules.late:
            return
        yield from _statements(module)
        if not known and (b"sync" in module.content or b"dropSchema" in module.content):
            yield from _synchronised(module)


def _statements(module: Module) -> Iterator[Act]:
    zone = _zone(module)
    for act in _of_tables(module):
        yield act
        if zone and act.deed is Deed.PRUNES:
            yield Act(Deed.PRUNES_IN_ZONE, act.place, zone)


def _zone(module: Module) -> str:
    """The one time zone other than UTC that a file gives its connections, "" for none."""
    found = _ZONE.search(module.content)
    name = (found["option"] or found["set"]) if found else b""
    return "" if _NO_ZONE.fullmatch(name) else name.decode("ascii", "replace")


def _of_tables(module: Module) -> Iterator[Act]:
    if not re.search(rb"session", module.content, re.IGNORECASE):
        return
    for node in within(module.root, "string", "template_string"):
        written = text(node)[1:-1]
        for pattern, deed in _STATEMENTS:
            if found := pattern.search(written):
                row = line(node) + written[: found.start()].count("\n")
                shown_line = module.lines[row - 1] if row <= len(module.lines) else written
                yield Act(deed, Place(module.path, row, shown(shown_line)), excerpt(" ".join(found[0].split()), 120))
                break


def _synchronised(module: Module) -> Iterator[Act]:
    """An ORM told to make the database like its models, whatever else is in it."""
    for call in module.calls:
        given = text(arguments(call)[0]) if arguments(call) else ""
        if method(call) == "sync" and re.search(r"\bforce\s*:\s*true\b", given):
            yield Act(Deed.DROPS_TABLE, place(module, call), "sync({ force: true })")
        elif re.search(r"\bdropSchema\s*:\s*true\b", given) and b"typeorm" in module.content:
            yield Act(Deed.DROPS_TABLE, place(module, call), "dropSchema: true")

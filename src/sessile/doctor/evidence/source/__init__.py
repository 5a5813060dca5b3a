"""Reads a service's own code by its syntax tree: the order of its middleware, its settings, what its handlers do."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sessile.doctor.evidence.project import Project, languages, project
from sessile.doctor.evidence.sorting import NotEvidence
from sessile.doctor.evidence.source.frameworks import frameworks
from sessile.doctor.facts.source import UNREAD, Source, Unread


class CodeNotRead(NotEvidence):
    """No service was found in code that was given; `unread` tells what it is instead."""

    def __init__(self, unread: Unread) -> None:
        super().__init__(f"{unread.says}; {unread.instead}")
        self.unread = unread


@dataclass(frozen=True, slots=True)
class Code:
    """The applications found in a folder or a file; `files` counts what was read, `remarks` say what was not and why.

    `passed_over` are the folders that hold no code of the service's own.
    """

    source: str
    applications: tuple[Source, ...]
    files: int
    passed_over: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """What was looked at, in words."""
        over = f", passed over {', '.join(self.passed_over)}" if self.passed_over else ""
        return f"{self.source} ({self.files} file{'s' if self.files != 1 else ''} of code{over})"


def collect(path: Path) -> Code:
    """Read a folder or a file of code. Raises OSError if it cannot be read, CodeNotRead if no service is found in it."""
    found = project(path)
    applications = tuple(source for read in _readers() for source in read(found) if source.framework not in UNREAD)
    if not applications:
        raise CodeNotRead(Unread(found.source, frameworks(found), languages(path)))
    remarks = tuple(dict.fromkeys((*found.skipped, *(remark for one in applications for remark in one.skipped))))
    return Code(found.source, applications, len(found.files), found.passed_over, remarks)


def _readers() -> tuple[Callable[[Project], Iterator[Source]], ...]:
    """One reader a language; each gives the applications that it finds among the files."""
    from sessile.doctor.evidence.source import javascript, python

    return (javascript.read, python.read)

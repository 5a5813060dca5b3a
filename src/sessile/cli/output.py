"""Where a command writes: the report to standard output, progress to a person's standard error only."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread
from time import monotonic
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.status import Status

from sessile.doctor.evidence.watch import Watch
from sessile.doctor.report.page import Page

LONG = 10.0
PAUSE = 0.25

Json = Annotated[bool, typer.Option("--json", help="Print JSON for other tools.")]
NoColor = Annotated[bool, typer.Option("--no-color", help="No colour, as NO_COLOR=1 does.")]


@dataclass(frozen=True, slots=True)
class Show:
    """Shows one result on standard output: as JSON, or as a page that is plain where it is no terminal."""

    as_json: bool = False
    no_color: bool = False

    def __call__(self, document: Mapping[str, Any], write: Callable[[Page], None]) -> None:
        """Show the document, or have the page written."""
        if self.as_json:
            print(json.dumps(document, indent=2))  # ASCII only, so that it is the same document in every encoding
        else:
            write(self.page)

    @property
    def page(self) -> Page:
        """A page on standard output."""
        return Page(Console(no_color=self.no_color or None, highlight=False, markup=False, emoji=False))


@contextmanager
def working(what: str, watch: Watch | None = None) -> Iterator[None]:
    """Show a person that something goes on, how far it has come, and after ten seconds that it takes long."""
    console = Console(stderr=True, highlight=False, markup=False)
    if not sys.stderr.isatty():
        yield
        return
    ended = Event()
    with console.status(what) as status:
        showing = Thread(target=_show, args=(status, what, watch or Watch(), ended), daemon=True)
        showing.start()
        try:
            yield
        finally:
            ended.set()
            showing.join()


def _show(status: Status, what: str, watch: Watch, ended: Event) -> None:
    began = monotonic()
    while not ended.wait(PAUSE):
        long = ", which takes long; Ctrl-C ends it with what was seen so far" if monotonic() - began > LONG else ""
        status.update(f"{what} {watch}".rstrip() + long)

"""Where a command writes: the report to standard output, progress to a person's standard error only."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Timer
from typing import Annotated, Any

import typer
from rich.console import Console

from sessile.doctor.report.page import Page

LONG = 10.0

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
def working(what: str) -> Iterator[None]:
    """Show a person that something goes on, and after ten seconds that it takes long."""
    console = Console(stderr=True, highlight=False, markup=False)
    if not sys.stderr.isatty():
        yield
        return
    with console.status(what) as status:
        timer = Timer(LONG, lambda: status.update(f"{what}, which takes long"))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

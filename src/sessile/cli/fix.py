"""`sessile fix`: a plan that puts a cause right; with --apply it is done, diagnosed again, and can be undone."""

import re
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from sessile.cli.given import Table, gathered, kept_off_the_line, named
from sessile.cli.output import NoColor, Show, working
from sessile.doctor import fixes
from sessile.doctor.causes import Cause, find
from sessile.doctor.diagnose import diagnose
from sessile.doctor.diagnosis import Confidence, Diagnosis
from sessile.doctor.evidence.gathering import Gathered, Options
from sessile.doctor.evidence.sorting import NotEvidence
from sessile.doctor.facts import Database
from sessile.doctor.report import fix as report
from sessile.doctor.report.commands import addressed
from sessile.doctor.report.page import Page
from sessile.session.outcome import Station
from sessile.stores.postgres.address import Address
from sessile.stores.postgres.table import TableName

NOT_GONE = 1

_CAUSE_LIKE = re.compile(rf"(?:{'|'.join(Station)})-[a-z0-9-]+")

Words = Annotated[
    list[str] | None,
    typer.Argument(metavar="[CAUSE] [WHAT]...", help="The cause to fix, and the database. No cause: the first that can be fixed."),
]


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def fix(
        words: Words = None,
        *,
        apply: Annotated[bool, typer.Option("--apply", help="Do it, then diagnose again.")] = False,
        undo: Annotated[bool, typer.Option("--undo", help="Take the last fix back.")] = False,
        admin: Annotated[
            str | None, typer.Option("--as", metavar="URL", help="The table owner's URL, if the service's role may not; - or @FILE.")
        ] = None,
        table: Table = None,
        no_color: NoColor = False,
    ) -> int:
        """Show the plan that puts a cause right, and do it with --apply. No live session is lost; --undo takes it back.

        Exit status: 0 planned, or the cause is gone; 1 it is not; 2 wrong usage.
        """
        if apply and undo:
            raise NotEvidence("--apply and --undo exclude each other: give one of them")
        cause, what = _cause_and_what(words or ())
        ...

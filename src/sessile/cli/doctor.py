"""`sessile doctor`: at which station sessions stop, why, and what cures it."""

import sys
from typing import Annotated

import typer

from sessile.cli.given import Table, What, gathered, named
from sessile.cli.output import Json, NoColor, Show, working


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def doctor(
        what: What = None,
        *,
        json: Json = False,
        verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show all evidence, and what passed.")] = False,
        table: Table = None,
        experiment: Annotated[
            bool | None,
            typer.Option(help="Run a login's statements and roll them back; default: only where nothing can escape it."),
        ] = None,
        scan: Annotated[bool, typer.Option("--scan", help="Read all rows, however many; default: a sample.")] = False,
        no_color: NoColor = False,
    ) -> int:
        """Say where sessions stop and why, with proof and fix.

        Changes nothing, leaves nothing behind.

        Exit status: 0 healthy, 1 sick, 2 wrong usage, 3 cannot tell.
        """
        from sessile.doctor.diagnose import diagnose
        from sessile.doctor.evidence.gathering import Options
        from sessile.doctor.report import json as report, terminal
        from sessile.doctor.report.commands import addressed

        with working("looking"):
            found = gathered(what, Options(table=table, full_scan=scan, experiment=experiment))
            diagnosis = addressed(diagnose(found.facts), named(found.database, table))
        around = terminal.Surroundings(found.looked_at, found.failures)
        show = Show(json, no_color)
        show(report.document(diagnosis), lambda page: terminal.write(page, diagnosis, around, verbose=verbose))
        if json:
            sys.stderr.writelines(f"sessile: {failure}\n" for failure in found.failures)
        return diagnosis.verdict.exit_status

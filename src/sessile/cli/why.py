"""`sessile why`: one cookie, one answer: the station at which it stops, and why."""

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from sessile.cli.given import Table, What, kept_off_the_line
from sessile.cli.output import Json, NoColor, Show, working
from sessile.doctor.evidence import cookie as evidence
from sessile.doctor.evidence.cookie import NamedSecret, secrets_in_file, secrets_in_process
from sessile.doctor.evidence.gathering import choose_database
from sessile.doctor.evidence.sorting import Item, Kind, NotEvidence, from_file, offered, sort
from sessile.doctor.report import why as report
from sessile.doctor.why import answer


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def why(
        cookie: Annotated[
            str | None,
            typer.Argument(
                metavar="COOKIE", help="Its value, name=value, or the Cookie header; - or @FILE holds it. None: asks."
            ),
        ] = None,
        what: What = None,
        *,
        secret: Annotated[
            list[str] | None, typer.Option("--secret", metavar="@FILE|-", help="A secret besides those of .env and environment.")
        ] = None,
        table: Table = None,
        json: Json = False,
        no_color: NoColor = False,
    ) -> int:
        """Follow one cookie to the station at which it stops.

        Is it whole, which secret signed it, is its row there, does it live, does it name a user.

        Exit status: 0 it lives, 1 it stops, 2 wrong usage, 3 cannot tell.
        """
        arrivals = evidence.arrivals(kept_off_the_line(cookie, "cookie"))
        items = sort(what, os.environ) if what else offered(Path(), os.environ)
        secrets = _secrets(items, secret or ())
        with working("following the cookie"):
            database, _ = choose_database(items)
            found = answer(evidence.examine(arrivals, secrets, database.url if database else None, table))
        Show(json, no_color)(report.document(found), partial(report.write, found=found))
        return int(found.status)


def _secrets(items: Sequence[Item], given: Sequence[str]) -> tuple[NamedSecret, ...]:
    """Those that were given and those of .env files; where there are neither, those of this process's environment."""
    if any(value != "-" and not value.startswith("@") for value in given):
        raise NotEvidence("a secret does not belong on the command line: put it into a file and give --secret @FILE")
    values = [NamedSecret(f"--secret {value}", from_file(value)) for value in given]
    for item in items:
        if item.kind is Kind.ENVIRONMENT and item.path:
            values += secrets_in_file(item.path)
    return tuple(values) or secrets_in_process(os.environ)

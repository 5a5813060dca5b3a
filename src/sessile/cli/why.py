"""`sessile why`: one cookie, one answer: the station at which it stops, and why."""

import os
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from sessile.cli.given import Table, What, kept_off_the_line
from sessile.cli.output import Json, NoColor, Show, working
from sessile.doctor import why_framework
from sessile.doctor.evidence import cookie as evidence, framework_cookie, source
from sessile.doctor.evidence.cookie import NamedSecret, secrets_in_file, secrets_in_process
from sessile.doctor.evidence.gathering import choose_database, choose_redis
from sessile.doctor.evidence.pasted import as_header
from sessile.doctor.evidence.sorting import Item, Kind, NotEvidence, from_file, offered, sort
from sessile.doctor.facts import Source
from sessile.doctor.report import why as report
from sessile.doctor.why import Answer, answer


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
        text = as_header(kept_off_the_line(cookie, "cookie"))
        items = sort(what, os.environ) if what else offered(Path(), os.environ)
        with working("following the cookie"):
            found = _follow(text, items, secret or (), table)
        Show(json, no_color)(report.document(found), partial(report.write, found=found))
        return int(found.status)


def _follow(text: str, items: Sequence[Item], given: Sequence[str], table: str | None) -> Answer:
    """The answer for the first cookie that is a session's: Express's or sessile's, else one of another framework."""
    database, _ = choose_database(items)
    in_redis, _ = choose_redis(items)
    url = database.url if database else None
    sources = _sources(items)
    secrets = _secrets(items, given, framework_cookie.secrets_in(sources))
    if not evidence.holds_signed(text):
        if found := framework_cookie.held(text):
            return why_framework.answer(framework_cookie.examine_held(*found, secrets, sources))
        if key := framework_cookie.key(text):
            return why_framework.answer(framework_cookie.examine_key(*key, secrets, url))
    return answer(evidence.examine(evidence.arrivals(text), secrets, url, table, in_redis.url if in_redis else None))


def _sources(items: Sequence[Item]) -> tuple[Source, ...]:
    """The code that was given; what cannot be read as a service's says nothing of a cookie."""
    found: list[Source] = []
    for item in items:
        if item.kind is Kind.SOURCE and item.path:
            with suppress(NotEvidence):
                found += source.collect(item.path).applications
    return tuple(found)


def _secrets(items: Sequence[Item], given: Sequence[str], written: Sequence[NamedSecret]) -> tuple[NamedSecret, ...]:
    """Those that were given, those of .env files and of the code; where there are none, those of this process's environment."""
    if any(value != "-" and not value.startswith("@") for value in given):
        raise NotEvidence("a secret does not belong on the command line: put it into a file and give --secret @FILE")
    values = [NamedSecret(f"--secret {value}", from_file(value)) for value in given]
    for item in items:
        if item.kind is Kind.ENVIRONMENT and item.path:
            values += secrets_in_file(item.path)
    return (*values, *written) or secrets_in_process(os.environ)

"""What the commands have in common on the command line: what to look at, and values that should not stand there."""

import getpass
import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sessile.doctor.evidence.opening import NotEvidence

if TYPE_CHECKING:  # what it takes to look at anything is imported only where something is looked at
    from sessile.doctor.evidence.gathering import Gathered, Options
    from sessile.doctor.evidence.site.plan import Request
    from sessile.doctor.evidence.sorting import Item
    from sessile.doctor.evidence.watch import Watch

REDIS = "this works on a session table in PostgreSQL; sessions in Redis end by themselves, and sessile doctor looks at them"

What = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="WHAT",
        help="postgres://, redis:// or https:// URLs, .env, .har, logs, code, folders, bundles, - or @FILE. None: what is here.",
    ),
]
Table = Annotated[str | None, typer.Option("--table", metavar="NAME", help="The session table, if not found by its looks.")]


def to_look_at(words: Sequence[str] | None) -> "tuple[tuple[Item, ...], Mapping[str, str] | None]":
    """What was named, or what the environment and this folder offer; then the environment itself is looked at, too."""
    from sessile.doctor.evidence.sorting import offered, sort

    if words:
        return sort(words, os.environ), None
    return offered(Path(), os.environ), os.environ


def gathered(words: Sequence[str] | None, options: "Options", watch: "Watch | None" = None) -> "Gathered":
    """The evidence from what was named, or is offered. Raises NotEvidence if there is none."""
    from sessile.doctor.evidence.gathering import gather

    items, environ = to_look_at(words)
    return gather(items, options, environ=environ, watch=watch)


def database_to_use(words: Sequence[str] | None) -> "Item":
    """The one database that was named, or is offered. Raises NotEvidence if there is none."""
    from sessile.doctor.evidence.gathering import choose_database, choose_redis

    items, _ = to_look_at(words)
    database, _ = choose_database(items)
    if database is None and choose_redis(items)[0]:
        raise NotEvidence(REDIS)
    if database is None:
        raise NotEvidence("no database: set DATABASE_URL, or name a postgres:// URL, or a .env file that has one")
    return database


def named(found: "Item | None", table: str | None) -> str:
    """How a command to print names the database and the table."""
    from sessile.doctor.report.commands import VARIABLE

    return (found.written if found else VARIABLE) + (f" --table {shlex.quote(table)}" if table else "")


def kept_off_the_line(value: str | None, prompt: str) -> str:
    """A cookie or a secret: as given, from `-` or `@FILE`, or asked for and not shown. Raises NotEvidence if there is none."""
    if value is not None:
        from sessile.doctor.evidence.sorting import from_file

        return from_file(value) if value == "-" or value.startswith("@") else value
    if not os.isatty(0):
        raise NotEvidence(f"no {prompt} was given: name it, or give it as - or @FILE")
    return getpass.getpass(f"{prompt} (not shown): ")


def no_such_cause(name: str) -> str:
    """What to say of an id that no cause has, with those that are near."""
    from sessile.doctor.causes import catalogue

    known = [cause.id for cause in catalogue()] + [entry for cause in catalogue() for entry in cause.entries]
    near = get_close_matches(name.lower(), known, n=3)
    hint = f"did you mean {', '.join(near)}?" if near else "sessile explain lists them all"
    return f"there is no cause {name[:80]}: {hint}"


@dataclass(frozen=True, slots=True)
class Probing:
    """The options of a site's probe, as the command line has them."""

    login: str | None
    data: list[str] | None
    form: bool
    protected: str | None
    logout: str | None
    origin: str | None
    cookie: str | None
    resolve: list[str] | None
    cacert: str | None
    browser: bool = False

    def request(self) -> "Request":
        """The same, with what `-` and `@FILE` hold. Raises NotEvidence for what cannot be read."""
        from sessile.doctor.evidence.site.plan import Request, data as fields
        from sessile.doctor.evidence.sorting import from_file
        from sessile.doctor.facts.concealed import Concealed

        return Request(
            login=self.login,
            data=fields(self.data or (), from_file, lambda key: kept_off_the_line(None, f"--data {key}")),
            form=self.form,
            protected=self.protected,
            logout=self.logout,
            origin=self.origin,
            cookie=None if self.cookie is None else Concealed(kept_off_the_line(self.cookie, "cookie")),
            resolve=tuple(self.resolve or ()),
            cacert=self.cacert,
            browser=self.browser,
        )

"""`sessile secret`: makes, checks and rotates the secret that signs session cookies."""

import os
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sessile.cli.given import kept_off_the_line
from sessile.cli.output import Show
from sessile.doctor.evidence.opening import NotEvidence

if TYPE_CHECKING:
    from sessile.doctor.facts import Environment

NEW_BYTES = 48
FILE = Path(".env")


def register(app: typer.Typer) -> None:
    """Add the command."""
    secret = typer.Typer(invoke_without_command=True, rich_markup_mode=None)
    app.add_typer(secret, name="secret")
    secret.callback()(start)
    secret.command(short_help="Print a good secret.")(new)
    secret.command(short_help="Say whether a secret is good.")(check)
    secret.command(short_help="Change it without logging anybody out.")(rotate)


def start(context: typer.Context) -> None:
    """Make, check or rotate a SESSION_SECRET."""
    if context.invoked_subcommand is None:
        print(context.get_help())


def new() -> int:
    """Print a good secret and nothing else: SESSION_SECRET=$(sessile secret new)."""
    print(_made())
    return 0


def check(
    what: Annotated[
        str | None,
        typer.Argument(metavar="[WHAT]", help="A .env file, or the secret from - or @FILE. None: the environment's, else asks."),
    ] = None,
) -> int:
    """Say whether a secret is good, and whether all readers of a .env file see the same; never the secret itself.

    Exit status: 0 good, 1 weak or flawed, 2 wrong usage.
    """
    from sessile.doctor.report import secret as report

    found = _looked_at(what)
    report.write_check(Show().page, found)
    return 0 if report.is_good(found) else 1


def rotate(
    file: Annotated[Path, typer.Argument(metavar="[FILE]", help="The .env file that holds the secret.")] = FILE,
    *,
    accept: Annotated[bool, typer.Option("--accept", help="Step 1: accept a new secret, sign with the old one.")] = False,
    apply: Annotated[bool, typer.Option("--apply", help="Step 2: sign with the new secret, accept the old one.")] = False,
    finish: Annotated[bool, typer.Option("--finish", help="Step 3: take the old secret out.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Take the last step back.")] = False,
) -> int:
    """Change the secret without logging anybody out. Without an option: the plan.

    A service of one instance may begin with --apply. The file as it was is kept beside it.
    """
    from sessile.doctor.fixes import rotation
    from sessile.doctor.report import secret as report

    if accept + apply + finish + undo > 1:
        raise NotEvidence("--accept, --apply, --finish and --undo are one step each: give one")
    page = Show().page
    if not (accept or apply or finish or undo):
        report.write_plan(page, rotation.look(file) if file.exists() else None, file, _made())
        return 0
    now = rotation.look(file)
    if accept:
        done = rotation.accept(now, _made())
    elif apply:
        done = rotation.sign(now, _made())
    else:
        done = rotation.finish(now) if finish else rotation.undo(now)
    report.write_rotation(page, done, file)
    return 0


def _looked_at(what: str | None) -> "Environment":
    from sessile.doctor.evidence import environment

    if what is None and any(os.environ.get(name) for name in environment.SECRET_NAMES):
        return environment.from_process(os.environ)
    if what is None and not sys.stdin.isatty():
        raise NotEvidence("no secret was given: name a .env file, give the secret as - or @FILE, or set SESSION_SECRET")
    if what is None or what == "-":
        return environment.from_process({"SESSION_SECRET": kept_off_the_line(what, "secret")})
    if what.startswith("@"):
        environment.content(Path(what[1:]))
        return environment.from_process({"SESSION_SECRET_FILE": what[1:]})
    if not _is_there(what):
        raise NotEvidence("that is no file; name a .env file, or give the secret itself as - or @FILE, never on the command line")
    return environment.collect(what)


def _is_there(path: str) -> bool:
    try:
        return Path(path).exists()
    except (OSError, ValueError):  # too long for a name, or with NUL in it: most likely the secret itself
        return False


def _made() -> str:
    return secrets.token_urlsafe(NEW_BYTES)

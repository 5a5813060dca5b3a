"""The command `sessile`: one small module a command, and one line for whatever goes wrong."""

import json
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType
from typing import NoReturn, Self

import typer

from sessile.cli.complaint import CRASH, NOWHERE, UNWRITTEN, USAGE, in_one_line

DEBUG = "SESSILE_DEBUG"

COMMANDS = {
    "doctor": "Say where sessions stop and why, with proof and fix.",
    "why": "Follow one cookie to the station at which it stops.",
    "fix": "Plan what puts a cause right; --apply does it.",
    "explain": "Explain a cause, or a line from a log.",
    "table": "Show, check or create the session table.",
    "secret": "Make, check or rotate a SESSION_SECRET.",
    "sessions": "Whose sessions live, and how to end them.",
    "prune": "Delete expired sessions in batches.",
    "demo": "Break a login service before your eyes, and heal it.",
}
"""Every command, each a module of this package, and what the list of them says; only the one that is called is imported."""


def run(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command and exit with its status: 0 healthy, 1 sick, 2 usage or crash, 3 cannot tell.

    `SESSILE_DEBUG=1` shows the traceback of whatever went wrong.
    """
    _make_streams_forgiving()
    if sys.stdout is None:
        sys.stderr.write(f"sessile: {NOWHERE}\n")
        sys.exit(USAGE)
    given = sys.argv[1:] if arguments is None else arguments
    app = make(next((word for word in given if not word.startswith("-")), ""))
    status = 0
    with _Guard(as_json="--json" in given) as guard:
        status = app(args=arguments, prog_name="sessile", standalone_mode=False) or 0
        sys.stdout.flush()
    sys.exit(guard.status or status)


def make(called: str | None = None) -> typer.Typer:
    """The application with all its commands; of those that are not `called` only what the list says, unless that is None."""
    app = typer.Typer(
        add_completion=False,
        invoke_without_command=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    @app.callback()
    def start(
        context: typer.Context,
        show_version: bool = typer.Option(False, "--version", help="Print the version and exit."),
    ) -> None:
        """Why sessions are lost, with proof, and the fix that loses none.

        Start with: sessile doctor "$DATABASE_URL"
        """
        if show_version:
            print(f"sessile {version('sessile')}")
            raise typer.Exit
        if context.invoked_subcommand is None:
            print(context.get_help())

    for name, summary in COMMANDS.items():
        if called in (None, name):
            import_module(f"sessile.cli.{name}").register(app)
        else:
            app.command(name, help=summary)(_not_called)
    return app


def _not_called() -> None:
    """In the place of a command that only the list names."""


class _Guard:
    """Turns whatever was raised into one line on standard error and an exit status; `as_json` into a document, too."""

    def __init__(self, *, as_json: bool = False) -> None:
        self.status = 0
        self.as_json = as_json

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> bool:
        error = _behind(error)
        if error is None or isinstance(error, SystemExit) or _is_missing_extra(error):
            return False
        line, self.status = in_one_line(error)
        if isinstance(error, OSError) and error.errno in UNWRITTEN:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else the interpreter tries once more, and complains
        if isinstance(error, BrokenPipeError):
            return True
        if os.environ.get(DEBUG):
            traceback.print_exception(kind, error, trace)
        print(
            f"sessile: {line}" + (f" (with the traceback that {DEBUG}=1 shows)" if line.startswith(CRASH) else ""),
            file=sys.stderr,
        )
        if self.as_json and not (isinstance(error, OSError) and error.errno in UNWRITTEN):
            print(json.dumps({"version": 1, "error": line}), flush=True)
        return True


def _behind(error: BaseException | None) -> BaseException | None:
    """The error itself where a library has made it an exit with status 1, which would say that sessions are sick."""
    within = error.__context__ if isinstance(error, SystemExit) else None
    return within if isinstance(within, BrokenPipeError) else error


def _is_missing_extra(error: BaseException) -> bool:
    return isinstance(error, ModuleNotFoundError) and not (error.name or "").startswith("sessile")


def _make_streams_forgiving() -> None:
    """Let bytes that are no UTF-8 come in, and characters that the terminal lacks go out, without an exception.

    Where standard error is closed, complaints go nowhere.
    """
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - for as long as the process lives
    for stream, errors in ((sys.stdin, "surrogateescape"), (sys.stdout, "backslashreplace"), (sys.stderr, "backslashreplace")):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors=errors)

"""`sessile explain`: a cause, all of them, or what a line from a log means."""

import re
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from typing import Annotated

import typer

from sessile.cli.output import Json, NoColor, Show
from sessile.doctor.causes import catalogue, cause_named
from sessile.doctor.report import explain as report

NOTHING_SAID = 3

_SQLSTATE = re.compile(r"[0-9A-Z]{5}")
_CODE = re.compile(r"[0-9A-Z_]+")
_ID = re.compile(r"[A-Za-z0-9_-]+")


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def explain(
        subject: Annotated[
            str | None,
            typer.Argument(metavar="CAUSE|LINE", help="A cause's id or words, or a line from a log; - or @FILE holds the line."),
        ] = None,
        *,
        json: Json = False,
        no_color: NoColor = False,
    ) -> int:
        """Explain a cause, or a line from a log.

        What it is, how it looks, how it is told apart, and the fix. Without an argument: the list of all causes.
        """
        show = Show(json, no_color)
        if subject is None:
            show(report.list_document(catalogue()), partial(report.write_list, causes=catalogue()))
            return 0
        if subject == "-" or subject.startswith("@"):
            from sessile.doctor.evidence.sorting import from_file

            subject = from_file(subject)
        cause = cause_named(subject.strip())
        if cause is None:
            return _line(show, subject.strip())
        show(report.cause_document(cause), partial(report.write_cause, cause=cause))
        return 0


def _line(show: Show, line: str) -> int:
    from sessile.cli.given import no_such_cause
    from sessile.doctor.evidence import logs
    from sessile.doctor.evidence.sorting import NotEvidence
    from sessile.doctor.explanation import about, named, pointers
    from sessile.doctor.facts import Facts

    if not line:
        raise NotEvidence("an empty line says nothing: give a cause's id or a line from a log")
    text = f"SQLSTATE {line}" if _SQLSTATE.fullmatch(line) else line
    facts = Facts(now=datetime.now(UTC), logs=logs.collect("line", text=BytesIO(text.encode("utf-8", "surrogateescape"))))
    events = [event for log in facts.logs for event in log.events]
    found = (pointers(facts) or (named(line) if _CODE.fullmatch(line) else ())) if events else about(line)
    if not events and not found and _ID.fullmatch(line):
        raise NotEvidence(no_such_cause(line))
    show(report.line_document(events, found), partial(report.write_line, events=events, pointers=found))
    return 0 if events or found else NOTHING_SAID

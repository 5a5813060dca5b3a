"""`sessile fix`: a plan that puts a cause right; with --apply it is done, diagnosed again, and can be undone."""

import re
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from sessile.cli.given import REDIS, Table, database_to_use, gathered, kept_off_the_line, named, no_such_cause
from sessile.cli.output import NoColor, Show, working
from sessile.doctor import fixes
from sessile.doctor.causes import Cause, cause_named
from sessile.doctor.diagnose import diagnose
from sessile.doctor.diagnosis import Confidence, Diagnosis
from sessile.doctor.evidence.gathering import Options
from sessile.doctor.evidence.sorting import NotEvidence
from sessile.doctor.facts import Database
from sessile.doctor.masking import excerpt
from sessile.doctor.report import fix as report
from sessile.doctor.report.commands import VARIABLE
from sessile.doctor.report.page import Page, printable
from sessile.session.outcome import Station
from sessile.stores.postgres.address import Address
from sessile.stores.postgres.table import TableName

NOT_GONE = 1

_CAUSE_LIKE = re.compile(rf"(?:{'|'.join(Station)})-[a-z0-9-]+")

Words = Annotated[
    list[str] | None,
    typer.Argument(metavar="CAUSE WHAT", help="The cause to fix, and the database. No cause: the first that can be fixed."),
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
            str | None,
            typer.Option("--as", metavar="URL", help="The table owner's URL, if the service's role may not; - or @FILE."),
        ] = None,
        table: Table = None,
        no_color: NoColor = False,
    ) -> int:
        """Plan what puts a cause right; --apply does it.

        No live session is lost, and --undo takes it back.

        Exit status: 0 planned, or the cause is gone; 1 it is not; 2 wrong usage.
        """
        if apply and undo:
            raise NotEvidence("--apply and --undo exclude each other: give one of them")
        cause, what = _cause_and_what(words or ())
        page = Show(no_color=no_color).page
        owner = kept_off_the_line(admin, "the owner's URL") if admin else None
        if undo:
            return _undo(page, cause, owner or database_to_use(what).url or "", table)
        repair = _Repair(page, what, table, owner)
        planned = repair.plan(cause)
        if planned is None:
            return 0
        if isinstance(planned, fixes.Unfixable):
            report.write_unfixable(page, planned, repair.remedy_of(planned.cause))
            return NOT_GONE
        return repair.apply(planned) if apply else repair.show(planned)


class _Repair:
    """One fix on one database: what was looked at before, and how its commands name it."""

    def __init__(self, page: Page, what: Sequence[str], table: str | None, owner: str | None) -> None:
        self._page, self._what, self._table, self._owner = page, what, table, owner
        with working("looking"):
            self._before = gathered(what, Options(table=table))
        if self._before.database is None and self._before.redis:
            raise NotEvidence(REDIS)
        if self._before.database is None or not isinstance(self._before.facts.database, Database):
            raise NotEvidence("no database: set DATABASE_URL, or name a postgres:// URL, or a .env file that has one")
        self._address = named(self._before.database, table)
        self._database = self._before.facts.database
        if owner and (here := _database_name(self._before.database.url or "")) != (there := _database_name(owner)):
            raise NotEvidence(f"--as names database {there}, and the sessions are in {here}: give the owner's URL of {here}")

    def plan(self, cause: Cause | None) -> fixes.Plan | fixes.Unfixable | None:
        """The plan for a cause, or for the first that was diagnosed and can be fixed; None if nothing is wrong."""
        if self._database.failure:
            raise NotEvidence(f"{self._database.address} could not be looked at: {excerpt(self._database.failure.message)}")
        if cause:
            return self._planned(cause)
        suspects = _believed(diagnose(self._before.facts))
        if not suspects:
            self._page.paragraph("No cause was found that could be fixed: sessile doctor tells what was seen.", indent=0)
            return None
        first = next((one for one in suspects if fixes.fixable(one.id)), suspects[0])
        return self._planned(first)

    def _planned(self, cause: Cause) -> fixes.Plan | fixes.Unfixable:
        return fixes.plan(cause.id, self._database, table=self._table or "session")

    def remedy_of(self, cause_id: str) -> str | None:
        """The command that cures a cause otherwise, if there is one."""
        cause = cause_named(cause_id)
        command = cause.remedy.command if cause else None
        return command.replace(VARIABLE, self._address) if command and not command.startswith("sessile fix") else None

    def show(self, plan: fixes.Plan) -> int:
        """Print the plan."""
        report.write_plan(self._page, plan, self._command(plan.cause))
        return 0

    def apply(self, plan: fixes.Plan) -> int:
        """Carry the plan out, diagnose again, and say the result."""
        url = self._owner or (self._before.database.url if self._before.database else None) or ""
        try:
            applied = fixes.apply(plan, url, report=partial(report.write_step, self._page))
        except fixes.FixRefused as refused:
            return _refused(refused)
        with working("diagnosing again"):
            after = gathered(self._what, Options(table=self._table))
        gone = plan.cause not in {cause.id for cause in _believed(diagnose(after.facts))}
        report.write_applied(self._page, applied, gone=gone, undo=f"{self._command(plan.cause)} --undo")
        return 0 if gone else NOT_GONE

    def _command(self, cause: str) -> str:
        return f"sessile fix {cause} {self._address}"


def _database_name(url: str) -> str:
    address = Address.parse(url)
    return address.database or address.user


def _undo(page: Page, cause: Cause | None, url: str, table: str | None) -> int:
    name = TableName.parse(table).qualified if table else None
    undone = fixes.undo(url, cause=cause.id if cause else None, table=name, report=partial(report.write_step, page, undone=True))
    page.paragraph((f"{undone.cause} on {undone.table} was taken back", "bold"), indent=0)
    return 0


def _refused(refused: fixes.FixRefused) -> int:
    print(f"sessile: {printable(str(refused))}", file=sys.stderr)
    if refused.script:
        print(refused.script, end="")
    return NOT_GONE


def _cause_and_what(words: Sequence[str]) -> tuple[Cause | None, list[str]]:
    first, *rest = words or ("",)
    if cause := cause_named(first):
        return cause, rest
    if _CAUSE_LIKE.fullmatch(first) and not Path(first).exists():
        raise NotEvidence(no_such_cause(first))
    return None, list(words)


def _believed(diagnosis: Diagnosis) -> list[Cause]:
    """The causes that a diagnosis stands for: proven or likely."""
    return [suspect.cause for suspect in diagnosis.causes if suspect.confidence is not Confidence.POSSIBLE]

"""`sessile table --users` and `--hardened`: planned, applied and taken back, as fixes are."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from sessile.cli.given import named
from sessile.cli.output import Show, working
from sessile.doctor import fixes
from sessile.doctor.evidence.sorting import Item
from sessile.doctor.facts import Database
from sessile.doctor.fixes.hardened import USERS, by_user, hardened
from sessile.doctor.report import fix as report
from sessile.doctor.report.page import Page, printable
from sessile.doctor.report.table import write_reshaped, write_reshaping
from sessile.session.user import UserKeys
from sessile.stores.postgres.shape import TableShape
from sessile.stores.postgres.table import TableName

NOT_DONE = 1

Look = Callable[[Item, str | None], Database]


@dataclass(frozen=True, slots=True)
class Reshaping:
    """One of the two, for one table; `zone` is that of a zoneless expire, `owner` the URL to apply it with."""

    what: str
    keys: UserKeys
    zone: str | None
    owner: str | None

    def run(self, look: Look, database: Item, table: str | None, show: Show, *, apply: bool, undo: bool) -> int:
        """Plan it, do it, or take it back, and return the exit status."""
        url = self.owner or database.url or ""
        command = f"sessile table --{self.what} {named(database, table)}"
        if undo:
            name = TableName.parse(table).qualified if table else None
            progress = partial(report.write_step, show.page, undone=True)
            undone = fixes.undo(url, cause=self.what, table=name, apart=True, report=progress)
            show.page.paragraph((f"{self.what} on {undone.table} was taken back", "bold"), indent=0)
            return 0
        with working("looking at the table"):
            seen = look(database, table)
        planned = self._planned(seen)
        if isinstance(planned, fixes.Unfixable):
            report.write_unfixable(show.page, planned, None)
            return NOT_DONE
        if not apply:
            write_reshaping(show.page, planned, command)
            return 0
        return _applied(show.page, planned, url, command)

    def _planned(self, seen: Database) -> fixes.Plan | fixes.Unfixable:
        if not isinstance(seen.table, TableShape):
            return fixes.Unfixable(self.what, "there is no session table", "create it first: sessile table --create")
        if self.what == USERS:
            return by_user(seen.table, self.keys)
        return hardened(seen, seen.table, self.keys, self.zone)


def _applied(page: Page, plan: fixes.Plan, url: str, command: str) -> int:
    try:
        applied = fixes.apply(plan, url, report=partial(report.write_step, page))
    except fixes.FixRefused as refused:
        print(f"sessile: {printable(str(refused))}", file=sys.stderr)
        if refused.script:
            print(refused.script, end="")
        return NOT_DONE
    write_reshaped(page, applied, f"{command} --undo")
    return 0

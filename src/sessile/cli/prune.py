"""`sessile prune`: expired rows are deleted in batches, one pruner at a time; or the SQL for a scheduler in the database."""

import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Annotated

import typer
from rich.console import Console

from sessile.cli.given import Table, What, database_to_use
from sessile.cli.output import Json, NoColor, Show
from sessile.cli.table_at_hand import TableAtHand, TimeZone, at_hand
from sessile.doctor.evidence.sorting import NotEvidence
from sessile.doctor.report import prune as report
from sessile.stores.postgres.prune import Pruned, Sweep, due, scheduled

MINUTES = 15
BUSY = 1


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def prune(
        what: What = None,
        *,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would go.")] = False,
        sql: Annotated[bool, typer.Option("--sql", help="Print the job for pg_cron instead.")] = False,
        minutes: Annotated[
            int, typer.Option("--every", metavar="MINUTES", min=1, max=59, help="How often the job of --sql runs.")
        ] = MINUTES,
        time_zone: TimeZone = None,
        table: Table = None,
        json: Json = False,
        no_color: NoColor = False,
    ) -> int:
        """Delete expired sessions in batches, while requests go on.

        Each batch is a transaction of its own, and two pruners never work at once.

        Exit status: 0 done, 1 another pruner was at work, 2 wrong usage.
        """
        if sql and (dry_run or json):
            raise NotEvidence("--sql prints SQL: leave --dry-run and --json out")
        show = Show(json, no_color)
        with at_hand(database_to_use(what), table, time_zone) as found:
            if sql:
                sys.stdout.write(scheduled(found.layout, minutes))
                return 0
            if dry_run:
                rows = found.answer(due(found.layout))
                show({"table": found.layout.table, "due": rows}, partial(report.write_due, table=found.layout.table, rows=rows))
                return 0
            done = _prune(found, _progress())
        show(report.document(found.layout.table, done), partial(report.write, table=found.layout.table, done=done))
        return BUSY if done.busy else 0


def _prune(found: TableAtHand, progress: Callable[[Pruned], None]) -> Pruned:
    sweep = Sweep(found.layout)
    pause: float | None = 0.0
    while pause is not None:
        time.sleep(pause)
        begun = time.monotonic()
        batch = found.answer(sweep.statement())
        pause = sweep.note(batch, time.monotonic() - begun)
        progress(sweep.result)
    return sweep.result


def _progress() -> Callable[[Pruned], None]:
    """Tells a person how far it is, a line that is written over."""
    if not sys.stderr.isatty():
        return lambda _: None
    console = Console(stderr=True, highlight=False, markup=False)
    return lambda so_far: console.print(f"{so_far.rows:,} rows deleted, {so_far.seconds:.0f} s", end="\r")

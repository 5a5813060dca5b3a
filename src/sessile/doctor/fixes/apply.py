"""Carrying a plan out step by step, each remembered so that it can be undone; and undoing."""

import re
from datetime import datetime
from functools import partial
from time import monotonic

import psycopg
from psycopg.sql import Literal

from sessile.doctor.fixes.clauses import text
from sessile.doctor.fixes.memory import Entry, Journal, Undo, journals
from sessile.doctor.fixes.plan import Needs, Plan, Step
from sessile.doctor.fixes.result import Applied, FixRefused, FixStopped, Report, StepDone
from sessile.doctor.fixes.workbench import Workbench, said, workbench

RECOVERIES = 5

CONCURRENTLY = re.compile(r"\A((?:CREATE|DROP) INDEX)(?= IF (?:NOT )?EXISTS )")
"""The undo of an index as it stands in a transaction."""

UNFINISHED = "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = {}::regclass AND NOT indisvalid"


def apply(plan: Plan, url: str, *, report: Report = lambda _: None) -> Applied:
    """Carry out a plan as the role of `url`, reporting each step when it is done.

    Applying the same plan again, or a new one after an interruption, goes on where the last one stopped. Raises FixRefused
    when nothing was changed, FixStopped when a step failed.
    """
    begun = monotonic()
    with workbench(url) as bench:
        _check(bench, plan)
        moment: datetime = bench.value("SELECT now()")
        before = bench.live(plan.table, plan.expires_before, moment)
        journal = Journal(bench.connection, plan.schema)
        run = _Run(bench, plan, journal, journal.open(plan.cause, plan.table))
        steps = run.all(report)
        journal.close(run.entry)
        return Applied(
            cause=plan.cause,
            table=plan.table,
            steps=steps,
            live_before=before,
            live_after=bench.live(plan.table, plan.expires_after, moment),
            moved=bench.rows(plan.schema, plan.keepsake),
            keepsake=plan.keepsake,
            seconds=monotonic() - begun,
        )


def undo(
    url: str,
    *,
    cause: str | None = None,
    table: str | None = None,
    apart: bool = False,
    report: Report = lambda _: None,
) -> Applied:
    """Undo the latest fix that stands, or the latest of a cause or of a table (quoted name, with its schema or without).

    All of it happens in one transaction. `apart`, for fixes that move no rows: each step by itself, indexes while requests go on;
    what was interrupted goes on when it is asked for again. A fix that a later one of the same table builds on is refused. Raises
    FixRefused when nothing was changed, FixStopped when it was done in part.
    """
    begun = monotonic()
    with workbench(url) as bench:
        entry, journal = _latest(bench, cause, table)
        todo = tuple(reversed(entry.undo))
        if apart:
            done = _taken_back_apart(bench, entry)
            journal.mark_undone(entry.id)
        else:
            work = partial(_take_back, bench, journal, entry)
            try:
                tries = bench.patiently(work, entry.table)
            except (psycopg.Error, FixStopped) as error:
                raise FixRefused(f"{entry.cause} was not undone, nothing was changed: {said(error)}") from error
            seconds = monotonic() - begun
            done = [StepDone(i, len(todo), step.undoes, seconds / len(todo), tries) for i, step in enumerate(todo, 1)]
        for step in done:
            report(step)
        return Applied(cause=entry.cause, table=entry.table, steps=tuple(done), seconds=monotonic() - begun)


class _Run:
    """One plan being carried out."""

    def __init__(self, bench: Workbench, plan: Plan, journal: Journal, entry: int) -> None:
        self.entry = entry
        self._bench, self._plan, self._journal = bench, plan, journal

    def all(self, report: Report) -> tuple[StepDone, ...]:
        done: list[StepDone] = []
        for number, step in enumerate(self._plan.steps, 1):
            begun = monotonic()
            try:
                tries = self._step(step)
            except (psycopg.Error, FixStopped) as error:
                raise FixStopped(self._stopped(number, step, error)) from error
            total = len(self._plan.steps)
            done.append(StepDone(number, total, step.why, monotonic() - begun, max(tries, 1), skipped=tries == 0))
            report(done[-1])
        return tuple(done)

    def _step(self, step: Step) -> int:
        """Carry out one step, recovering as it says; returns the number of tries, 0 where there was nothing to do."""
        for recoveries in range(RECOVERIES + 1):
            if step.unless and self._bench.holds(step.unless):
                return 1 if recoveries else 0
            try:
                return recoveries + self._once(step)
            except psycopg.Error:
                if not step.recover or recoveries == RECOVERIES or self._bench.connection.closed:
                    raise
                for recovery in step.recover:
                    self._step(recovery)
        return RECOVERIES

    def _once(self, step: Step) -> int:
        way_back = self._bench.value(step.undo_query) if step.undo_query else step.undo
        if step.transactional:
            return self._bench.patiently(partial(self._remembered, step, way_back), self._plan.table)
        if way_back:
            self._journal.remember(self.entry, Undo(way_back, step.why))
        self._bench.alone(step.sql)
        return 1

    def _remembered(self, step: Step, way_back: str | None) -> None:
        self._bench.connection.execute(step.sql.encode())
        if way_back:
            self._journal.remember(self.entry, Undo(way_back, step.why))

    def _stopped(self, number: int, step: Step, error: Exception) -> str:
        standing = "Nothing was changed" if number == 1 else "The steps before it stand and are remembered"
        return (
            f"stopped at step {number} of {len(self._plan.steps)} ({step.why}): {said(error)}. {standing}: "
            "mend that and run the same command again, or take the steps back with --undo"
        )


def _check(bench: Workbench, plan: Plan) -> None:
    """Refuse before anything is changed: for want of a right, or because a guard does not hold."""
    if lacking := [need for need in plan.needs if not _has(bench, plan, need)]:
        role = bench.value("SELECT current_user")
        raise FixRefused(
            f"role {role} lacks {' and '.join(lacking)} ({plan.table}): apply it with --as and the owner's URL, "
            "or let the owner run the SQL",
            plan.as_sql(),
        )
    for guard in plan.guards:
        if not bench.holds(guard.condition):
            raise FixRefused(guard.refusal)


def _has(bench: Workbench, plan: Plan, need: Needs) -> bool:
    if need is Needs.CREATION:
        return bench.holds(text("has_schema_privilege({}, 'CREATE')", Literal(plan.schema)))
    return bench.holds(
        text(
            "(SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass({}))",
            Literal(plan.table),
        )
    )


def _latest(bench: Workbench, cause: str | None, table: str | None) -> tuple[Entry, Journal]:
    believed, others = journals(bench.connection)
    standing = [(entry, journal) for journal in believed for entry in journal.standing()]
    wanted = [
        (entry, journal)
        for entry, journal in standing
        if cause in (None, entry.cause) and (table is None or f".{entry.table}".endswith(f".{table}"))
    ]
    if not wanted:
        what = " ".join([f"of {cause}" if cause else "", f"on {table}" if table else ""]).strip()
        elsewhere = f"; what role {', '.join(others)} fixed, only that role undoes: give its URL" if others else ""
        raise FixRefused(f"no fix {f'{what} ' if what else ''}is remembered here, so there is nothing to undo{elsewhere}")
    entry, journal = wanted[0]
    newest = next(other for other, _ in standing if other.table == entry.table)
    if newest != entry:
        raise FixRefused(f"{newest.cause} was fixed later on {entry.table}: undo that first (sessile fix {newest.cause} --undo)")
    return entry, journal


def _take_back(bench: Workbench, journal: Journal, entry: Entry) -> None:
    for step in reversed(entry.undo):
        bench.connection.execute(step.sql.encode())
    journal.mark_undone(entry.id)


def _taken_back_apart(bench: Workbench, entry: Entry) -> list[StepDone]:
    for index in bench.values(text(UNFINISHED, Literal(entry.table))):
        bench.alone(f"DROP INDEX CONCURRENTLY IF EXISTS {index}")
    done: list[StepDone] = []
    for number, step in enumerate(reversed(entry.undo), 1):
        begun, tries = monotonic(), 1
        beside = CONCURRENTLY.sub(r"\1 CONCURRENTLY", step.sql)
        if beside != step.sql:
            bench.alone(beside)
        else:
            tries = bench.patiently(partial(bench.connection.execute, step.sql.encode()), entry.table)
        done.append(StepDone(number, len(entry.undo), step.undoes, monotonic() - begun, tries))
    return done

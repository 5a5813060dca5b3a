"""What a fix would do, as text: steps of SQL with their reasons, locks and ways back. Nothing here touches a database."""

from dataclasses import dataclass
from enum import StrEnum

from psycopg.sql import Identifier, Literal

from sessile.doctor.fixes.clauses import block, text
from sessile.stores.postgres.shape import TableShape


class Needs(StrEnum):
    """What the role that applies a plan must have."""

    OWNERSHIP = "ownership of the table"
    CREATION = "CREATE on the table's schema"


@dataclass(frozen=True, slots=True)
class Guard:
    """What must hold before anything is changed: an SQL condition, and what to tell people where it does not hold."""

    condition: str
    refusal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One statement, or several that share one transaction, separated by semicolons.

    `lock` tells the strongest lock and how long it is held. `undo` takes the step back; where it depends on what was there
    before, `undo_query` is a query that returns it, asked before the step. A step that is not `transactional` runs alone,
    outside a transaction, and its undo holds whether or not the step was completed. `unless` is an SQL condition under which
    there is nothing left to do.
    `recover` runs before another try when the step fails, as by duplicates that arrived meanwhile or the remains of a broken try.
    """

    why: str
    sql: str
    lock: str
    undo: str | None = None
    undo_query: str | None = None
    transactional: bool = True
    unless: str | None = None
    recover: "tuple[Step, ...]" = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How one cause is put right on one table.

    `rows_kept` and `rows_removed` are the numbers of rows that stay and that are moved aside, None where only applying tells.
    `expires_before` and `expires_after` read a row's expiry as a timestamptz in SQL, before and after the fix, to count live
    sessions with; None where there is nothing to count. `keepsake` is the table that holds the rows moved aside.
    """

    cause: str
    schema: str
    name: str
    summary: str
    steps: tuple[Step, ...]
    guards: tuple[Guard, ...] = ()
    needs: tuple[Needs, ...] = (Needs.OWNERSHIP, Needs.CREATION)
    loses_sessions: bool = False
    rows_kept: int | None = None
    rows_removed: int | None = None
    expires_before: str | None = "expire::timestamptz"
    expires_after: str | None = "expire::timestamptz"
    keepsake: str | None = None

    @property
    def table(self) -> str:
        """The table's quoted name, schema first."""
        return text("{}", Identifier(self.schema, self.name))

    def as_sql(self) -> str:
        """The plan as one script for `psql -f`, for an owner who runs it by hand; it may be run again after an interruption."""
        lines = [_comment(self.summary), "\\set ON_ERROR_STOP on", *SESSION_SETTINGS]
        lines += [guard_block(guard) for guard in self.guards]
        for number, step in enumerate(self.steps, 1):
            lines += ["", _comment(f"{number}. {step.why}"), _comment(f"   Lock: {step.lock}")]
            for recovery in step.recover:
                lines += _script(recovery) if recovery.unless else []
            lines += _script(step)
        ways_back = [step.undo for step in reversed(self.steps) if step.undo]
        if ways_back:
            lines += ["", "-- The way back, should it be wanted:"]
            lines += [_comment(line) for undo in ways_back for line in f"{undo};".splitlines()]
        return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class Unfixable:
    """Why sessile makes no plan, as one sentence, and what people can do instead; `sql` is theirs to run, if there is any."""

    cause: str
    reason: str
    instead: str = ""
    sql: str | None = None


SESSION_SETTINGS = (
    "SET statement_timeout = 0;",
    "SET idle_in_transaction_session_timeout = 0;",
    "SET default_transaction_isolation = 'read committed';",
    "SET lock_timeout = '300ms';",
)


def guard_block(guard: Guard) -> str:
    """A guard as a statement that raises its refusal."""
    body = text(
        "BEGIN IF NOT ({}) THEN RAISE EXCEPTION USING MESSAGE = {}; END IF; END",
        guard.condition,
        Literal(guard.refusal),
    )
    return f"{block(body)};"


def name_is_free(table: TableShape, name: str) -> Guard:
    """The guard that no other relation of the schema bears the name."""
    condition = text(
        "NOT EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = {}::regnamespace AND c.relname = {}"
        " AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indexrelid = c.oid AND i.indrelid = {}::regclass))",
        Literal(text("{}", Identifier(table.schema))),
        Literal(name),
        Literal(table.qualified),
    )
    rename = text("ALTER INDEX {} RENAME TO {}", Identifier(table.schema, name), Identifier(f"{name[:59]}_old"))
    return Guard(condition, f"another table of schema {table.schema} owns the name {name}; rename it first: {rename}")


def _comment(words: str) -> str:
    return f"-- {' '.join(words.splitlines())}"


def _script(step: Step) -> list[str]:
    body = [f"{step.sql};"] if not step.transactional else ["BEGIN;", f"{step.sql};", "COMMIT;"]
    if not step.transactional:
        body = ["SET lock_timeout = 0;", *body, "SET lock_timeout = '300ms';"]
    if step.unless:
        body = [f"SELECT NOT ({step.unless}) AS todo \\gset", "\\if :todo", *body, "\\endif"]
    return body

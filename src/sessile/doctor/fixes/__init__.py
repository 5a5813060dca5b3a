"""Fixes: plans that put a cause right without losing a live session, carried out on request and undone on request."""

from collections.abc import Callable, Iterator, Mapping

from sessile.doctor.causes import Cause, catalogue
from sessile.doctor.facts import Database
from sessile.doctor.fixes.apply import apply, undo
from sessile.doctor.fixes.columns import demanded_columns, sess_type, sid_type
from sessile.doctor.fixes.expire_type import expire_type, time_zone
from sessile.doctor.fixes.expire_values import null_expire, wrong_unit
from sessile.doctor.fixes.index import expire_index
from sessile.doctor.fixes.key import key, key_in_order
from sessile.doctor.fixes.plan import Guard, Needs, Plan, Step, Unfixable
from sessile.doctor.fixes.result import Applied, FixRefused, FixStopped, StepDone
from sessile.doctor.fixes.rights import grants, policy
from sessile.doctor.fixes.storage import logged, missing
from sessile.stores.postgres.shape import TableShape

__all__ = [
    "Applied",
    "FixRefused",
    "FixStopped",
    "Guard",
    "Needs",
    "Plan",
    "Step",
    "StepDone",
    "Unfixable",
    "apply",
    "fixable",
    "plan",
    "undo",
]

Fix = Callable[[str, Database, TableShape], Plan | Unfixable]

FIXES: Mapping[str, Fix] = {
    "no-unique-on-sid": key,
    "unique-not-an-arbiter": key,
    "unique-deferrable": key,
    "unique-index-invalid": key,
    "partitioned-session-table": key,
    "duplicate-sids": key,
    "index-order-corrupt-collation": key_in_order,
    "sid-too-short": sid_type,
    "sid-wrong-type": sid_type,
    "sess-wrong-type": sess_type,
    "expire-wrong-type-loud": expire_type,
    "expire-date-silent": expire_type,
    "tz-writer-reader-mismatch": time_zone,
    "prune-other-timezone": time_zone,
    "expire-unit-mismatch": wrong_unit,
    "expire-null": null_expire,
    "extra-constraint-rejects-insert": demanded_columns,
    "expire-index-missing": expire_index,
    "unlogged-table": logged,
    "rls-hides-rows": policy,
    "privilege-partial": grants,
}
"""What fixes an existing table, by the catalogue's names for what is wrong with it (the `entries` of a cause)."""

MISSING = (
    "table-missing",
    "table-dropped-while-running",
    "table-sql-not-bundled-enoent",
    "create-blocked-by-public-schema",
    "create-blocked-by-constraint-name",
    "ddl-self-contradictory-42p16-no-table",
    "ddl-batch-rolled-back",
)


def plan(cause_id: str, database: Database, *, table: str = "session") -> Plan | Unfixable:
    """What would put a cause right in this database, as text; nothing is touched.

    `cause_id` is a cause's id or a catalogue entry's name; `table` names the session table where there is none yet.
    """
    cause = _cause(cause_id)
    entries = cause.entries if cause else (cause_id,)
    if not isinstance(database.table, TableShape):
        if database.table is None and any(entry in MISSING for entry in entries):
            return missing(cause_id, database, table)
        why = "there is no session table" if database.table is None else database.table.why
        return Unfixable(cause_id, f"the session table cannot be seen: {why}", "run: sessile doctor")
    fixes = list(_fixes(entries))
    if not fixes:
        there = any(entry in MISSING for entry in entries)
        reason = f"{database.table.qualified} is there" if there else "this is not cured in the database"
        return Unfixable(cause_id, reason, cause.remedy.summary if cause else "run: sessile explain")
    plans = [fix(cause_id, database, database.table) for fix in fixes]
    return next((made for made in plans if isinstance(made, Plan)), plans[0])


def fixable(cause_id: str) -> bool:
    """Whether sessile can ever plan a fix for a cause, whatever the database."""
    cause = _cause(cause_id)
    entries = cause.entries if cause else (cause_id,)
    return any(entry in FIXES or entry in MISSING for entry in entries)


def _cause(cause_id: str) -> Cause | None:
    return next((cause for cause in catalogue() if cause.id == cause_id), None)


def _fixes(entries: tuple[str, ...]) -> Iterator[Fix]:
    seen: set[Fix] = set()
    for entry in entries:
        fix = FIXES.get(entry)
        if fix and fix not in seen:
            seen.add(fix)
            yield fix

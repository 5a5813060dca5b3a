"""The unique index on sid is one that ON CONFLICT cannot use, so no login is saved.

Symptom: login answers 200 with Set-Cookie, the next request is 401, although "there is an index".
Evidence: 42P10; `pg_index` shows the unique index to be partial (WHERE ...), on an expression (lower(sid)), or on more
    columns than sid.
Tell apart: without any unique index the table lacks its key. A unique index on (sid) alone works, also without a constraint.
Fix: build a plain unique index on (sid) beside it and make it the primary key; the other index may stay.
"""

from sessile.doctor.causes import sight, signs
from sessile.doctor.causes.keys import NO_ARBITER, near_misses, unusable
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.findings import Confirmed, Finding, Frequency, Level, Remedy, RuledOut
from sessile.stores.postgres.shape import Index, Kind, TableShape

ENTRIES = ("unique-not-an-arbiter",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Build a plain unique index on (sid) and make it the primary key; duplicates keep the row that expires last",
    'sessile fix save-key-not-an-arbiter "$DATABASE_URL"',
)
LINKS = {"save errors": Level.ALWAYS, "login, then 401": Level.USUALLY, "session rows missing after login": Level.SOMETIMES}


def judge(facts: Facts) -> Finding:
    table = sight.table(facts)
    if not isinstance(table, TableShape):
        return table
    if sight.heap(table) is not Kind.TABLE:
        return RuledOut(f"{table.qualified} is not a plain table of sessions")
    if table.arbiter:
        return RuledOut(f"{table.arbiter.name} is a usable unique index on (sid)")
    near = near_misses(table)
    if not near or unusable(table):
        return RuledOut("no unique index on sid is partial, composite or on an expression")
    evidence = tuple(Evidence(f"{one.name} is unique, but {_flaw(one)}", "postgres", f"pg_index {one.name}") for one in near)
    return Confirmed(evidence + signs.proof(facts, NO_ARBITER), f"{near[0].name} is no key that ON CONFLICT (sid) can use")


def _flaw(index: Index) -> str:
    if index.partial:
        return "partial: rows outside its WHERE are not covered"
    return "on an expression" if index.expression else f"on ({', '.join(index.columns)}), not on (sid) alone"

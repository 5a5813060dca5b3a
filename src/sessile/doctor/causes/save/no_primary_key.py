"""No key on sid that ON CONFLICT can use, so no login is saved.

Symptom: login answers 200 with Set-Cookie, the next request is 401. Express sends its answer before it saves, so the failure
    stands only in the log.
Evidence: 42P10 "there is no unique or exclusion constraint matching the ON CONFLICT specification"; `pg_index` holds no
    unique index on exactly (sid).
Tell apart: a cookie fault looks the same from outside, but there the row is in the table. A partial, composite, deferrable or
    invalid index has a cause of its own.
Fix: keep the row with the latest expire of each sid, build a unique index concurrently, make it the primary key. No live row
    is lost.
"""

from sessile.doctor.causes import sight, signs
from sessile.doctor.causes.keys import NO_ARBITER, near_misses
from sessile.doctor.facts import Facts
from sessile.doctor.facts.evidence import Evidence
from sessile.doctor.findings import Confirmed, Finding, Frequency, Level, Remedy, RuledOut, Unseen
from sessile.stores.postgres.shape import Kind

ENTRIES = ("no-unique-on-sid",)
FREQUENCY = Frequency.VERY_COMMON
RIVALS = ("save-key-not-an-arbiter", "save-key-index-invalid", "save-duplicate-sids", "save-partitioned-table")
REMEDY = Remedy(
    "Give sid its primary key, in place; duplicates keep the row that expires last",
    'sessile fix save-no-primary-key "$DATABASE_URL"',
)
LINKS = {"save errors": Level.ALWAYS, "login, then 401": Level.USUALLY, "session rows missing after login": Level.SOMETIMES}


def judge(facts: Facts) -> Finding:
    table = sight.table(facts)
    if isinstance(table, Unseen):
        return signs.judge(facts, NO_ARBITER) or table
    if isinstance(table, RuledOut):
        return table
    if sight.heap(table) is not Kind.TABLE:
        return RuledOut(f"{table.qualified} is not a plain table of sessions")
    if table.arbiter:
        return RuledOut(f"{table.arbiter.name} is a usable unique index on (sid)")
    if near_misses(table) or any(index.enforces("sid") for index in table.indexes):
        return RuledOut("there is a unique index on sid, unusable for a reason of its own")
    held = ", ".join(f"{index.name} ({', '.join(index.columns)})" for index in table.indexes) or "no index at all"
    evidence = Evidence(f"{table.qualified} has {held}; none is unique on (sid)", "postgres", "pg_index")
    return Confirmed((evidence, *signs.proof(facts, NO_ARBITER)), f"{table.qualified} has no key that ON CONFLICT (sid) can use")

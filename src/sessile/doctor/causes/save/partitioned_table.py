"""The session table is partitioned, so it can have no key on sid alone, and no login is saved.

Symptom: login answers 200 with Set-Cookie, the next request is 401.
Evidence: 42P10; pg_class.relkind is p. Adding the key fails with 0A000: it must include all partitioning columns.
Tell apart: pg_class.relkind. A table partitioned by sid itself can have the key.
Fix: a plain table beside it, live rows copied, both renamed in one transaction.
"""

from sessile.doctor.causes import sight, signs
from sessile.doctor.causes.keys import NO_ARBITER
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.findings import Confirmed, Finding, Frequency, Level, Remedy, RuledOut
from sessile.stores.postgres.shape import Kind, TableShape

ENTRIES = ("partitioned-session-table",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Create a plain table, copy the live rows into it, and exchange the names in one transaction with a lock_timeout",
    'sessile fix save-partitioned-table "$DATABASE_URL"',
)
LINKS = {"save errors": Level.ALWAYS, "login, then 401": Level.USUALLY, "session rows missing after login": Level.SOMETIMES}


def judge(facts: Facts) -> Finding:
    table = sight.table(facts)
    if not isinstance(table, TableShape):
        return table
    if sight.heap(table) is not Kind.PARTITIONED:
        return RuledOut(f"{table.qualified} is not partitioned")
    if table.arbiter:
        return RuledOut(f"{table.arbiter.name} is a usable unique index on (sid)")
    says = f"{table.qualified} is partitioned and has no unique index on (sid) alone"
    evidence = Evidence(says, "postgres", "pg_class.relkind")
    return Confirmed((evidence, *signs.proof(facts, NO_ARBITER)), f"{table.qualified} is partitioned and has no key on sid")

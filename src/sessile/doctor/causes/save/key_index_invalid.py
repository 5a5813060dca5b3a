"""The unique index on sid was left invalid by a build that failed, so no login is saved.

Symptom: login answers 200 with Set-Cookie, the next request is 401; it began with a migration that built an index concurrently.
Evidence: 42P10 while pg_index.indisvalid is false for the index on (sid); 23505 could not create unique index, at its build.
Tell apart: psql marks the index INVALID in the table's description. Without any index the table lacks its key.
Fix: remove duplicates, drop the invalid index, build it again concurrently.
"""

from sessile.doctor.causes import sight, signs
from sessile.doctor.causes.keys import NO_ARBITER, unusable
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.findings import Confirmed, Finding, Frequency, Level, Remedy, RuledOut
from sessile.stores.postgres.shape import TableShape

ENTRIES = ("unique-index-invalid",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Drop the invalid index and build it again without blocking anybody; duplicates keep the row that expires last",
    'sessile fix save-key-index-invalid "$DATABASE_URL"',
)
LINKS = {"save errors": Level.ALWAYS, "login, then 401": Level.USUALLY, "session rows missing after login": Level.SOMETIMES}


def judge(facts: Facts) -> Finding:
    table = sight.table(facts)
    if not isinstance(table, TableShape):
        return table
    invalid = [index for index in unusable(table) if not index.valid]
    if not invalid:
        return RuledOut("no unique index on (sid) is invalid, or another one is usable")
    name = invalid[0].name
    evidence = Evidence(f"{name} on (sid) is invalid", "postgres", f"pg_index {name}")
    return Confirmed((evidence, *signs.proof(facts, NO_ARBITER)), f"The index {name} is invalid, so ON CONFLICT cannot use it")

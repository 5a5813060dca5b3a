"""The key on sid is deferrable, which ON CONFLICT cannot use, so no login is saved.

Symptom: login answers 200 with Set-Cookie, the next request is 401.
Evidence: 55000 ON CONFLICT does not support deferrable unique constraints as arbiters; pg_constraint.condeferrable is true.
Tell apart: a missing key gives 42P10 instead.
Fix: build a unique index that is not deferrable, then make it the key in place of the old one.
"""

from sessile.doctor.causes import sight, signs
from sessile.doctor.causes.keys import DEFERRABLE, unusable
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.findings import Confirmed, Finding, Frequency, Level, Remedy, RuledOut, Unseen

ENTRIES = ("unique-deferrable",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy("Exchange the key for one that is not deferrable, in place", 'sessile fix save-key-deferrable "$DATABASE_URL"')
LINKS = {"save errors": Level.ALWAYS, "login, then 401": Level.USUALLY, "session rows missing after login": Level.SOMETIMES}


def judge(facts: Facts) -> Finding:
    table = sight.table(facts)
    if isinstance(table, Unseen):
        return signs.judge(facts, DEFERRABLE) or table
    if isinstance(table, RuledOut):
        return table
    deferrable = [index for index in unusable(table) if index.valid and not index.immediate]
    if not deferrable:
        return RuledOut("no key on sid is deferrable, or another one is usable")
    name = deferrable[0].constraint or deferrable[0].name
    evidence = Evidence(f"{name} on (sid) is deferrable", "postgres", f"pg_constraint {name}")
    return Confirmed((evidence, *signs.proof(facts, DEFERRABLE)), f"The key {name} is deferrable, so ON CONFLICT cannot use it")

"""A rule on the session table makes a login's INSERT impossible.

Symptom: login answers 200 with Set-Cookie, the next request is 401.
Evidence: 0A000: INSERT with ON CONFLICT, or with RETURNING, cannot be used on a table that has such rules; pg_rewrite holds a
    rule for INSERT or UPDATE.
Tell apart: a trigger that returns NULL does the same harm without any error. The rule that makes a view is none of these.
Fix: drop the rule; use a trigger or a view where its purpose is still wanted.
"""

from sessile.doctor.causes import sight, signs
from sessile.doctor.causes.signs import Course, Sign
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.findings import Confirmed, Finding, Frequency, Level, Remedy, RuledOut, Undecided, Unseen

ENTRIES = ("trigger-swallows-insert",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy("Drop the rule from the session table", """psql "$DATABASE_URL" -c 'DROP RULE rule_name ON session'""")
LINKS = {"save errors": Level.ALWAYS, "login, then 401": Level.USUALLY}

SIGN = Sign(("0A000",), only="INSERT RETURNING|ON CONFLICT.*rules", course=Course.WRITING)


def judge(facts: Facts) -> Finding:
    table, met = sight.table(facts), signs.judge(facts, SIGN)
    if isinstance(table, Unseen):
        return met or (signs.absent(facts) if facts.logs else table)
    if isinstance(table, RuledOut):
        return table
    if not table.rules:
        return RuledOut(f"{table.qualified} has no rule")
    if sight.passed(facts):
        return RuledOut("a login's own statements succeed")
    names = ", ".join(table.rules)
    shown = Evidence(f"{table.qualified} has rules: {names}", "postgres", "pg_rewrite")
    if isinstance(met, Confirmed):
        return Confirmed((*met.evidence, shown), f"The rules of {table.qualified} ({names}) forbid its INSERT", met.certainty)
    return Undecided((shown,))

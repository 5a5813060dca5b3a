"""A constraint that was added to the session table refuses the row of a login.

Symptom: login answers 200 with Set-Cookie, the next request is 401, since a column or a constraint was added.
Evidence: 23502 null value in column ... violates not-null constraint; 23514 for a CHECK, 23503 for a foreign key.
Tell apart: the code and the constraint's name. Extra columns with a default, or that may be NULL, do no harm.
Fix: give the column a default, or let it be NULL; take the constraint off the session table.
"""

from sessile.doctor.causes import sight, signs
from sessile.doctor.causes.signs import Course, Sign
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.findings import Confirmed, Finding, Frequency, Level, Remedy, RuledOut, Unseen

ENTRIES = ("extra-constraint-rejects-insert",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Let the extra column be NULL, or give it a default",
    'sessile fix save-extra-column-required "$DATABASE_URL"',
)
LINKS = {"save errors": Level.ALWAYS, "login, then 401": Level.USUALLY}

SIGN = Sign(
    ("23502", "23503", "23514"),
    only="null value in column|violates (not-null|check|foreign key) constraint",
    text="null value in column .* violates not-null",
    course=Course.WRITING,
    of_sessions=True,
)


def judge(facts: Facts) -> Finding:
    table = sight.table(facts)
    met = signs.judge(facts, SIGN)
    if isinstance(table, Unseen):
        return met or (signs.absent(facts) if facts.logs else table)
    if isinstance(table, RuledOut):
        return table
    if sight.passed(facts):
        return RuledOut("a login's own statements succeed")
    demanded = ", ".join(column.name for column in table.demanded)
    if demanded:
        evidence = Evidence(f"{demanded} must not be NULL and has no default", "postgres", "pg_attribute")
        title = f"{table.qualified} demands a value for {demanded}, which no login has"
        return Confirmed((evidence, *signs.proof(facts, SIGN)), title)
    return met or RuledOut(f"no further column of {table.qualified} demands a value")

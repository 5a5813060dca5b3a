"""Several rows have the same sid, so the key that the table lacks cannot even be added.

Symptom: no login is saved, or a session's content flips between two states; adding the primary key fails.
Evidence: more rows than distinct sids; 23505 could not create unique index, key (sid) is duplicated.
Tell apart: duplicates under a valid unique index are a damaged index, not a missing key.
Fix: keep the row of each sid that expires last, then add the key, in one go.
"""

from sessile.doctor.causes import sight, signs
from sessile.doctor.causes.keys import NO_ARBITER
from sessile.doctor.causes.signs import Course, Sign
from sessile.doctor.facts import Evidence, Facts, Unknown
from sessile.doctor.facts.database import Rows
from sessile.doctor.findings import Confirmed, Finding, Frequency, Level, Need, Remedy, RuledOut, Unseen

ENTRIES = ("duplicate-sids",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Keep the row of each sid that expires last, move the others aside, and give sid its primary key",
    'sessile fix save-duplicate-sids "$DATABASE_URL"',
)
LINKS = {"save errors": Level.USUALLY, "login, then 401": Level.USUALLY, "intermittent 401": Level.SOMETIMES}

SIGN = Sign(
    ("23505",),
    only=r"could not create unique index|\(sid\)=.*is duplicated",
    course=Course.SELECTIVE,
    of_sessions=True,
)
BEFORE_THE_KEY = 0.995
"""A little surer than the missing key, which cannot be cured first."""


def judge(facts: Facts) -> Finding:
    table, rows = sight.table(facts), sight.rows(facts)
    if isinstance(table, Unseen):
        return signs.judge(facts, SIGN) or table
    if isinstance(table, RuledOut):
        return table
    if table.arbiter:
        return RuledOut(f"{table.arbiter.name} keeps sid unique")
    if not isinstance(rows, Rows):
        return rows
    if isinstance(rows.duplicate_sids, Unknown):
        return Unseen(Need.ROWS, rows.duplicate_sids.why)
    if not rows.duplicate_sids:
        return RuledOut(f"no sid stands twice in the {rows.read} rows that were read")
    surplus = f", {rows.duplicate_rows} rows too many" if not isinstance(rows.duplicate_rows, Unknown) else ""
    says = f"{rows.duplicate_sids} sids stand in several rows of {table.qualified}{surplus}, and no key forbids it"
    return Confirmed(
        (Evidence(says, "postgres", "GROUP BY sid HAVING count(*) > 1"), *signs.proof(facts, NO_ARBITER)),
        f"{table.qualified} has no usable key, and {rows.duplicate_sids} sids stand in it more than once",
        BEFORE_THE_KEY,
    )

"""maxAge was given in seconds, and Express takes milliseconds, so sessions last for seconds.

Symptom: users are logged out seconds after their login.
Evidence: originalMaxAge in the rows is 3600 or 86400, and so is the distance in milliseconds between the cookie's Expires and the
    response's Date.
Tell apart: an offset of a time zone is hours; a session that ends at midnight has the wrong type of column.
Fix: give maxAge in milliseconds, and lengthen the rows that are still there.
"""

from sessile.doctor.causes import sight
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.database import Rows
from sessile.doctor.findings import Confirmed, Finding, Level, Remedy, RuledOut, Undecided

ENTRIES = ("maxage-in-seconds",)
REMEDY = Remedy(
    "Give maxAge in milliseconds",
    "Express: cookie: { maxAge: 14 * 24 * 60 * 60 * 1000 }   Python: idle=timedelta(days=14)",
)
LINKS = {"same user logs in again and again": Level.USUALLY, "no cookie came": Level.USUALLY, "login, then 401": Level.SOMETIMES}


def judge(facts: Facts) -> Finding:
    rows = sight.rows(facts)
    if not isinstance(rows, Rows):
        return rows
    if not rows.short_lived:
        return RuledOut(f"none of the {rows.read} rows that were read was meant to live so short")
    says = f"{rows.short_lived} of {rows.read} rows were given a life that looks like seconds taken for milliseconds"
    evidence = (Evidence(says, "postgres", "sess.cookie.originalMaxAge"),)
    return Confirmed(evidence, certainty=0.95) if rows.short_lived * 2 > rows.read else Undecided(evidence)

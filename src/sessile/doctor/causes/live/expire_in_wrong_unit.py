"""The time in expire was written in the wrong unit, so sessions are dead at birth.

Symptom: every session is gone at the next request, or none ever ends.
Evidence: rows that expire before 2000 (seconds taken for milliseconds: January 1970) or thousands of years from now
    (milliseconds taken for seconds: the year 58,000).
Tell apart: absurd years. An offset of a time zone is hours.
Fix: set exactly those rows right in the unit they were meant in; mend the writer.
"""

from sessile.doctor.causes import sight
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.database import Rows
from sessile.doctor.findings import Confirmed, Finding, Frequency, Level, Noted, Remedy, RuledOut, Undecided

ENTRIES = ("expire-unit-mismatch", "store-ttl-in-ms")
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Set the expire of exactly those rows right, and mend the writer's unit",
    'sessile fix live-expire-in-wrong-unit "$DATABASE_URL"',
)
LINKS = {"login, then 401": Level.SOMETIMES, "no row for a cookie": Level.USUALLY}

NOTABLE = 0.05
"""Fewer than that among the live rows may be sessions that somebody ended on purpose by setting expire to the epoch."""


def judge(facts: Facts) -> Finding:
    rows = sight.rows(facts)
    if not isinstance(rows, Rows):
        return rows
    past = Evidence(f"{rows.absurd_past} of {rows.read} rows expire before 2000", "postgres", "expire < '2000-01-01'")
    future = Evidence(f"{rows.absurd_future} of {rows.read} rows expire in more than 10 years", "postgres", "expire")
    if rows.absurd_past and rows.absurd_past >= NOTABLE * rows.live:
        return Confirmed((past,), f"{rows.absurd_past} rows expire before 2000: their time was written in the wrong unit")
    if rows.absurd_past:
        return Undecided((past,))
    if rows.absurd_future:
        return Noted((future,), "such sessions never end, which logs nobody out", "Sessions live for thousands of years")
    return RuledOut(f"the {rows.read} rows that were read expire in sensible years")

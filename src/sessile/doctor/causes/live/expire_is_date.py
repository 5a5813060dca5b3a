"""The column expire is of type date, so every session ends at midnight.

Symptom: a session is gone at once, or at midnight, without any error; the cookie is kept and the row is there.
Evidence: pg_attribute says date; the time of day is cut off, so whatever expires today has expired already. An eight-hour login
    in the afternoon is dead at birth.
Tell apart: an offset of a time zone moves sessions by a fixed number of hours; here every expiry is at 00:00.
Fix: turn expire into timestamptz, rounding the dates up, never down.
"""

from sessile.doctor.causes import sight
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.database import Experiment
from sessile.doctor.findings import Confirmed, Finding, Frequency, Level, Remedy, RuledOut
from sessile.stores.postgres.shape import TableShape

ENTRIES = ("expire-date-silent",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Turn expire into timestamptz, rounding up, so that no live session ends by it",
    'sessile fix live-expire-is-date "$DATABASE_URL"',
)
LINKS = {"login, then 401": Level.ALWAYS, "no row for a cookie": Level.ALWAYS}


def judge(facts: Facts) -> Finding:
    table = sight.table(facts)
    if not isinstance(table, TableShape):
        return table
    column = table.column("expire")
    if column is None or column.type != "date":
        return RuledOut("expire has a time of day")
    tried = sight.experiment(facts)
    lost = tried.life_difference if isinstance(tried, Experiment) else None
    shown = [Evidence("expire is of type date, which has no time of day", "postgres", "pg_attribute expire")]
    if lost:
        says = f"a session saved for one hour would end {abs(lost)} too {'early' if lost.total_seconds() < 0 else 'late'}"
        shown.append(Evidence(says, "experiment", "statement 'save', rolled back"))
    return Confirmed(tuple(shown), f"{table.qualified}.expire is a date, so sessions end at midnight")

"""The expiry of Flask-Session's table was made a time with zone, with which Flask-Session cannot compare.

Symptom: every request with a session is answered 500 since the column became timestamptz.
Evidence: "can't compare offset-naive and offset-aware datetimes": Flask-Session compares `expiry` with utcnow(), which has no
    zone (flask_session/sqlalchemy/sqlalchemy.py, 0.8). The table's column is a timestamp with time zone.
Tell apart: what cures time zones in connect-pg-simple's table breaks this one: each library has its own kind of time.
Fix: ALTER the column back USING expiry AT TIME ZONE 'UTC': no session is lost.
"""

from sessile.doctor.causes import signs
from sessile.doctor.causes.signs import Course, Sign
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.other_tables import Library
from sessile.doctor.findings import Confirmed, Finding, Frequency, Level, Remedy, RuledOut

ENTRIES = ("flask-session-expiry-tz-aware",)
UNPROVOKED = (
    "It needs Flask-SQLAlchemy, which is not installed here; it is tested on the text and the comparison of the library's source."
)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Make the column a timestamp without time zone again, in UTC",
    """psql "$DATABASE_URL" -c "ALTER TABLE sessions ALTER COLUMN expiry TYPE timestamp USING expiry AT TIME ZONE 'UTC'\"""",
)
LINKS = {"server errors with a cookie": Level.ALWAYS}
SIGN = Sign(("NAIVE_DATETIME",), text="can't compare offset-naive and offset-aware", course=Course.LASTING)


def judge(facts: Facts) -> Finding:
    tables = [table for table in facts.other_tables if table.library is Library.FLASK_SESSION]
    zoned = tuple(
        Evidence(f"{table.name}.expiry is {table.expiry_type}", "postgres", table.name)
        for table in tables
        if "with time zone" in table.expiry_type
    )
    logged = signs.judge(facts, SIGN)
    if zoned:
        shown = logged.evidence if isinstance(logged, Confirmed) else ()
        return Confirmed((*zoned, *shown), certainty=0.99 if shown else 0.95)
    if tables:
        return RuledOut(f"{tables[0].name}.expiry is {tables[0].expiry_type}")
    return logged or signs.absent(facts)

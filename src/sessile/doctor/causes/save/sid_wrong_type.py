"""The column sid has a type that cannot hold a session id.

Symptom: every request with a cookie answers 500, and no login is saved.
Evidence: 22P02 invalid input syntax for type uuid (or integer); the column's type in pg_attribute.
Tell apart: a text column that is only too short gives 22001, and reading from it gives no error.
Fix: turn sid into varchar; its values are kept as text.
"""

from sessile.doctor.causes import sight, signs
from sessile.doctor.causes.columns import TEXT_TYPES, base, refused
from sessile.doctor.causes.signs import Course, Sign
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.findings import Confirmed, Finding, Frequency, Level, Remedy, RuledOut, Undecided, Unseen

ENTRIES = ("sid-wrong-type",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy("Turn sid into varchar, keeping its values", 'sessile fix save-sid-wrong-type "$DATABASE_URL"')
LINKS = {"server errors with a cookie": Level.ALWAYS, "save errors": Level.ALWAYS}

SIGN = Sign(
    ("22P02",),
    only="input syntax for type (uuid|integer|bigint|smallint|numeric)",
    course=Course.LASTING,
    of_sessions=True,
)
REFUSES = ("uuid", "integer", "bigint", "smallint", "numeric", "double precision", "real", "json", "jsonb", "boolean", "inet")


def judge(facts: Facts) -> Finding:
    table = sight.table(facts)
    if isinstance(table, Unseen):
        return signs.judge(facts, SIGN) or table
    column = table.column("sid") if not isinstance(table, RuledOut) else None
    if isinstance(table, RuledOut) or column is None:
        return RuledOut("there is no column sid")
    if base(column) in TEXT_TYPES or sight.passed(facts):
        return RuledOut(f"sid is {column.type}, which holds a session id")
    proof = refused(facts, "destroy")
    shown = Evidence(f"sid is {column.type}", "postgres", "pg_attribute sid")
    if proof or base(column) in REFUSES:
        return Confirmed((shown, *(proof or signs.proof(facts, SIGN))), f"sid is {column.type}, which holds no session id")
    return Undecided((shown,))

"""The column expire has a type that PostgreSQL does not take a time for.

Symptom: with bigint, integer or interval no login is saved; with text or time logins are saved and every request answers 500.
Evidence: 42804 column "expire" is of type bigint but expression is of type timestamp with time zone, when writing; 42883
    operator does not exist: text >= timestamp with time zone, when reading.
Tell apart: the type date gives no error at all, and sessions end at midnight.
Fix: turn expire into timestamptz, reading its values in the unit they have; all rows are kept.
"""

from sessile.doctor.causes import sight, signs
from sessile.doctor.causes.columns import base, refused
from sessile.doctor.causes.signs import Sign
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.findings import Confirmed, Finding, Frequency, Level, Remedy, RuledOut, Undecided, Unseen

ENTRIES = ("expire-wrong-type-loud",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy("Turn expire into timestamptz, keeping every row's time", 'sessile fix save-expire-wrong-type "$DATABASE_URL"')
LINKS = {"save errors": Level.USUALLY, "login, then 401": Level.SOMETIMES, "server errors with a cookie": Level.SOMETIMES}

SIGN = Sign(
    ("42804", "42883"),
    only=r'column "expire"|>=? timestamp with time zone|<=? timestamp with time zone|timestamp with time zone >=?',
)
REFUSES = (
    "bigint", "integer", "smallint", "numeric", "double precision", "real", "interval", "text", "character varying",
    "character", "time", "json", "jsonb", "boolean", "uuid",
)  # fmt: skip


def judge(facts: Facts) -> Finding:
    table = sight.table(facts)
    if isinstance(table, Unseen):
        return signs.judge(facts, SIGN) or (signs.absent(facts) if facts.logs else table)
    column = table.column("expire") if not isinstance(table, RuledOut) else None
    if isinstance(table, RuledOut) or column is None:
        return RuledOut("there is no column expire")
    if base(column) in ("timestamp", "date") or sight.passed(facts):
        return RuledOut(f"expire is {column.type}, which takes a time")
    shown = Evidence(f"expire is {column.type}", "postgres", "pg_attribute expire")
    proof = refused(facts, "find", not_in=("destroy",))
    if proof or base(column) in REFUSES:
        return Confirmed((shown, *(proof or signs.proof(facts, SIGN))), f"expire is {column.type}, which is no timestamp")
    return Undecided((shown,))

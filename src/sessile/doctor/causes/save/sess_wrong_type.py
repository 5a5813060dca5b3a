"""The column sess has a type that cannot hold a session's JSON.

Symptom: login answers 200 with Set-Cookie, the next request is 401; with varchar(n) small sessions are saved and others not.
Evidence: 22001 value too long for type character varying(n), or 22P02; the column's type in pg_attribute. The cookie's own
    part of the JSON takes more than 100 characters.
Tell apart: json, jsonb, text and varchar without a limit all work.
Fix: turn sess into json after checking that every value can be read.
"""

from sessile.doctor.causes import sight, signs
from sessile.doctor.causes.columns import JSON_TYPES, NO_JSON, TOO_LONG, base, by_length, length, refused, too_long_for
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.findings import Confirmed, Finding, Frequency, Level, Noted, Remedy, RuledOut, Undecided, Unseen

ENTRIES = ("sess-wrong-type",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy("Turn sess into json, keeping its values", 'sessile fix save-sess-wrong-type "$DATABASE_URL"')
LINKS = {"save errors": Level.ALWAYS, "login, then 401": Level.USUALLY}

SMALLEST = 130
"""Fewer characters than Express's cookie object with a user's id needs."""


def judge(facts: Facts) -> Finding:
    table = sight.table(facts)
    if isinstance(table, Unseen):
        met = signs.judge(facts, TOO_LONG)
        return by_length(met, of_sid=False) or table
    column = table.column("sess") if not isinstance(table, RuledOut) else None
    if isinstance(table, RuledOut) or column is None:
        return RuledOut("there is no column sess")
    shown = Evidence(f"sess is {column.type}", "postgres", "pg_attribute sess")
    limit = length(column)
    if limit is not None:
        met_here = too_long_for(facts, column) if limit != length(table.column("sid")) else ()
        if limit < SMALLEST or met_here:
            return Confirmed((shown, *met_here), f"sess is {column.type}: sessions do not fit in")
        return Noted((shown,), f"a session of more than {limit} characters is refused; none was seen", f"sess is {column.type}")
    proof = refused(facts, "save", not_in=("find", "touch", "destroy"))
    if base(column) in NO_JSON or (proof and base(column) not in JSON_TYPES):
        return Confirmed((shown, *proof), f"sess is {column.type}, which holds no JSON")
    if base(column) in JSON_TYPES or sight.passed(facts):
        return RuledOut(f"sess is {column.type}, which holds JSON")
    return Undecided((shown,))

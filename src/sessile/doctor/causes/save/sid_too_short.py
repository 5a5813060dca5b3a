"""The column sid is shorter than a session id, so no login is saved.

Symptom: login answers 200 with Set-Cookie, the next request is 401. Reading finds no row and gives no error.
Evidence: 22001 value too long for type character varying(n). Default ids have 32 characters, UUIDs 36, prefixed ids more.
Tell apart: where `sess` is the column that is too short, small sessions are saved and large ones are not.
Fix: make sid a varchar without a limit; this rewrites nothing.
"""

from sessile.doctor.causes import sight, signs
from sessile.doctor.causes.columns import TOO_LONG, by_length, length, too_long_for
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.findings import Confirmed, Finding, Frequency, Level, Remedy, RuledOut, Unseen

ENTRIES = ("sid-too-short",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy("Widen sid, without rewriting the table", 'sessile fix save-sid-too-short "$DATABASE_URL"')
LINKS = {"save errors": Level.ALWAYS, "login, then 401": Level.USUALLY}

DEFAULT_ID = 32


def judge(facts: Facts) -> Finding:
    table = sight.table(facts)
    met = signs.judge(facts, TOO_LONG)
    if isinstance(table, Unseen):
        return by_length(met, of_sid=True) or table
    if isinstance(table, RuledOut):
        return table
    column = table.column("sid")
    limit = length(column)
    if column is None or limit is None:
        return RuledOut("sid has no limit of length")
    says = f"sid is {column.type}, and a session id of Express has {DEFAULT_ID} characters"
    shown = Evidence(says, "postgres", "pg_attribute sid")
    if limit < DEFAULT_ID:
        return Confirmed((shown, *signs.proof(facts, TOO_LONG)), f"sid is {column.type}: no session id fits in")
    longer = too_long_for(facts, column)
    if longer and limit != length(table.column("sess")):
        found = Evidence(f"sid is {column.type}, and this service's ids are longer", "postgres", "pg_attribute sid")
        return Confirmed((found, *longer), f"sid is {column.type}: this service's session ids do not fit in", signs.A_LOGS_WORD)
    return RuledOut(f"sid is {column.type}, and a session id of Express fits in")

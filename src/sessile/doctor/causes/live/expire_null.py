"""Rows without an expire are never found.

Symptom: certain sessions never load, without an error, while others do.
Evidence: expire IS NULL: the comparison with the current time is neither true nor false. `infinity` would work.
Tell apart: the row is there and holds the user; only its expire is missing.
Fix: set expire from the cookie's own expiry in `sess`, else for a day from now, and forbid NULL.
"""

from sessile.doctor.causes import sight
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.database import Rows
from sessile.doctor.findings import Confirmed, Finding, Frequency, Level, Remedy, RuledOut
from sessile.stores.postgres.shape import TableShape

ENTRIES = ("expire-null",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy("Give those rows their expire, and forbid NULL", 'sessile fix live-expire-null "$DATABASE_URL"')
LINKS = {"no row for a cookie": Level.ALWAYS, "login, then 401": Level.SOMETIMES}


def judge(facts: Facts) -> Finding:
    table, rows = sight.table(facts), sight.rows(facts)
    if not isinstance(table, TableShape):
        return table
    column = table.column("expire")
    if column and column.not_null:
        return RuledOut("expire may not be NULL")
    if not isinstance(rows, Rows):
        return rows
    if not rows.null_expire:
        return RuledOut(f"none of the {rows.read} rows that were read lacks its expire")
    says = f"{rows.null_expire} of {rows.read} rows have no expire"
    return Confirmed((Evidence(says, "postgres", "expire IS NULL"),), f"{says}, so their sessions are never found")

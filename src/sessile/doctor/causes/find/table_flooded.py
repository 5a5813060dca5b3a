"""The session table is full of sessions that nobody ever used.

Symptom: logins and page views become slow, and time out in the end; the table has hundreds of thousands of rows or more.
Evidence: most rows hold nothing but their cookie: health checks, crawlers and bots each got a session of their own, because
    `saveUninitialized: true` saves what nobody has written to.
Tell apart: slow, not wrong: whoever is logged in stays so. A lock that somebody holds stops all at once, this comes gradually.
Fix: saveUninitialized: false; let health checks pass before the session middleware; then remove the rows of nobody in batches.
    VACUUM, not VACUUM FULL, which locks everybody out while it runs.
"""

from sessile.doctor.causes import sight
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.database import Rows
from sessile.doctor.findings import Change, Finding, Frequency, Level, Noted, Remedy, RuledOut
from sessile.stores.postgres.shape import TableShape

ENTRIES = ("table-bloat-or-bot-flood",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Save only sessions that something was written to, and let health checks pass before the session middleware",
    changes=(Change("Express", "saveUninitialized: true", "saveUninitialized: false"),),
)
LINKS: dict[str, Level] = {}

MANY = 100_000
"""Fewer rows than this slow no look-up by sid down."""


def judge(facts: Facts) -> Finding:
    table, rows = sight.table(facts), sight.rows(facts)
    if not isinstance(table, TableShape):
        return table
    if not isinstance(rows, Rows):
        return rows
    number = rows.read if rows.complete else max(table.rows, rows.read)
    if number < MANY:
        return RuledOut(f"about {number:,} rows are not many")
    if rows.of_nobody * 2 <= rows.read:
        return RuledOut(f"of {rows.read:,} rows that were read, {rows.read - rows.of_nobody:,} name a user")
    says = f"{table.qualified} has about {number:,} rows; of {rows.read:,} that were read, {rows.of_nobody:,} name nobody"
    evidence = (Evidence(says, "postgres", "sess"),)
    return Noted(evidence, "it makes requests slow in the end, and logs nobody out", "Most sessions in the table are of nobody")

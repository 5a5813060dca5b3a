"""The index on sid is in another order than the server now sorts in, so look-ups miss rows that are there.

Symptom: after an upgrade of the operating system, of a container's image, or a move of the data directory, many users are
    anonymous at once; there is no error.
Evidence: the collation's version is not the one the database was made with; the same sid stands twice under a valid unique index.
Tell apart: with index scans switched off the row is found. Duplicates without any unique index are a missing key.
Fix: copy the rows, keep the last of each sid by a sequential scan, rebuild the index, then refresh the collation's version.
"""

from sessile.doctor.causes import sight
from sessile.doctor.facts import Evidence, Facts, Unknown
from sessile.doctor.facts.database import Rows, Server
from sessile.doctor.facts.logs import Kind
from sessile.doctor.findings import Confirmed, Finding, Frequency, Level, Noted, Remedy, RuledOut, Undecided, Unseen
from sessile.stores.postgres.shape import TableShape

ENTRIES = ("index-order-corrupt-collation",)
UNPROVOKED = (
    "It needs two versions of the C library under one data directory; it is tested on the versions and duplicates that"
    " PostgreSQL reports."
)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Keep the last row of each sid, found without the index, rebuild the index, then refresh the collation's version",
    'sessile fix find-index-disagrees "$DATABASE_URL"',
)
LINKS = {"no row for a cookie": Level.USUALLY, "login, then 401": Level.SOMETIMES}

UNAFFECTED = ("C", "POSIX", "ucs_basic")
MISSED = (Kind.NO_SESSION, Kind.UNAUTHORIZED)


def judge(facts: Facts) -> Finding:
    table, server, rows = sight.table(facts), sight.server(facts), sight.rows(facts)
    if not isinstance(table, TableShape):
        return table
    if not table.arbiter:
        return RuledOut("there is no usable index on sid that could disagree")
    duplicates = rows.duplicate_sids if isinstance(rows, Rows) else 0
    if not isinstance(duplicates, Unknown) and duplicates:
        says = f"{duplicates} sids stand twice although {table.arbiter.name} is a valid unique index on (sid)"
        return Confirmed((Evidence(says, "postgres", "GROUP BY sid HAVING count(*) > 1"),), f"{table.arbiter.name} is damaged")
    if isinstance(server, Unseen):
        return server
    return _collation(facts, table, server)


def _collation(facts: Facts, table: TableShape, server: Server) -> Finding:
    column = table.column("sid")
    if not server.collation_changed or (column and column.collation in UNAFFECTED):
        return RuledOut("the server sorts sid as it did when the index was built")
    says = "the version of the database's collation is not the one its indexes were built with"
    evidence = (Evidence(says, "postgres", "pg_database.datcollversion"),)
    if any(log.count(kind) for log in facts.logs for kind in MISSED):
        return Undecided(evidence)
    return Noted(evidence, "no look-up was seen to miss its row; REINDEX settles it", "The collation's version has changed")

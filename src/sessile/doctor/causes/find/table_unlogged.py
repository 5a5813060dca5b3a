"""The session table is unlogged, and a crash of the server empties it.

Symptom: everybody is logged out after a crash or a failover of the database, never after a clean restart.
Evidence: pg_class.relpersistence is u; PostgreSQL empties such tables when it recovers from a crash, and a standby has no rows
    of them. A temporary table (t) ends with its connection.
Tell apart: the table is empty but whole, and the secret is unchanged.
Fix: make it logged. This rewrites the table under a lock and keeps the rows; those that a crash took are gone.
"""

from sessile.doctor.causes import sight
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.database import Rows, Server
from sessile.doctor.findings import Confirmed, Finding, Frequency, Level, Noted, Remedy, RuledOut
from sessile.stores.postgres.shape import Persistence, TableShape

ENTRIES = ("unlogged-table",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy("Make the table logged, keeping its rows", 'sessile fix find-table-unlogged "$DATABASE_URL"')
LINKS = {"table empty": Level.USUALLY, "session rows missing after login": Level.USUALLY, "no row for a cookie": Level.USUALLY}


def judge(facts: Facts) -> Finding:
    table = sight.table(facts)
    if not isinstance(table, TableShape):
        return table
    if table.persistence is Persistence.LOGGED:
        return RuledOut(f"{table.qualified} is logged")
    shown = Evidence(f"{table.qualified} is {table.persistence.name.lower()}", "postgres", "pg_class.relpersistence")
    if table.persistence is Persistence.TEMPORARY:
        return Confirmed((shown,), f"{table.qualified} is temporary: it ends with its connection")
    server, rows = sight.server(facts), sight.rows(facts)
    if not isinstance(server, Server) or not server.crashed:
        return Noted((shown,), "it keeps its rows until the server crashes", f"{table.qualified} is unlogged")
    says = f"the server recovered from a crash at {server.started:%Y-%m-%d %H:%M:%S %Z}"
    crash = Evidence(says, "postgres", "pg_stat_bgwriter.stats_reset")
    if isinstance(rows, Rows) and rows.complete and not rows.read:
        return Confirmed((shown, crash), f"{table.qualified} is unlogged, and a crash emptied it")
    return Confirmed((shown, crash), f"{table.qualified} is unlogged, and lost its rows in a crash", 0.9)

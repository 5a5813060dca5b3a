"""No index starts with expire, so each pruning reads the whole table.

Symptom: none in a small table; in a large one requests slow down each time expired sessions are removed.
Evidence: pg_index holds no valid index whose first column is expire.
Tell apart: slow, not wrong: no session is lost by it.
Fix: build the index concurrently.
"""

from sessile.doctor.causes import sight
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.findings import Finding, Frequency, Level, Noted, Remedy, RuledOut
from sessile.stores.postgres.shape import Kind, TableShape

ENTRIES = ("expire-index-missing",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy("Build an index on expire, without blocking anybody", 'sessile fix find-expire-index-missing "$DATABASE_URL"')
LINKS: dict[str, Level] = {}


def judge(facts: Facts) -> Finding:
    table = sight.table(facts)
    if not isinstance(table, TableShape):
        return table
    if sight.heap(table) is not Kind.TABLE:
        return RuledOut(f"{table.qualified} is no plain table")
    if table.expire_index:
        return RuledOut(f"{table.expire_index.name} starts with expire")
    rows = f", about {table.rows} rows" if table.rows >= 0 else ""
    evidence = Evidence(f"{table.qualified}{rows} has no index that starts with expire", "postgres", "pg_index")
    return Noted((evidence,), "pruning reads the whole table, which is slow in a large one and loses nothing")

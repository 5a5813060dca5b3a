"""Somebody holds a lock on the session table, and every session's request waits for it.

Symptom: around a deploy all requests with a session hang for seconds or minutes, then work again.
Evidence: pg_locks shows a lock that conflicts with reading or writing (ALTER TABLE, REINDEX, VACUUM FULL, LOCK) and others
    waiting for it; where a limit is set, 55P03 canceling statement due to lock timeout.
Tell apart: an exhausted pool hangs as well, but nobody waits in pg_locks.
Fix: end the transaction that holds the lock, asking its owner first; run migrations with a lock_timeout and CONCURRENTLY.
"""

from sessile.doctor.causes import sight, signs
from sessile.doctor.causes.signs import Course, Sign
from sessile.doctor.facts import Database, Evidence, Facts
from sessile.doctor.facts.database import Holder, Server
from sessile.doctor.findings import Confirmed, Finding, Level, Remedy, RuledOut

ENTRIES = ("lock-held-by-migration",)
REMEDY = Remedy(
    "Cancel the statement that holds the lock after asking its owner, and give migrations a lock_timeout",
    'psql "$DATABASE_URL" -c "SELECT pg_cancel_backend(PID)"',
)
LINKS = {"server errors with a cookie": Level.USUALLY, "save errors": Level.SOMETIMES}

SIGN = Sign(("55P03",), text="lock timeout", course=Course.PASSING)


def judge(facts: Facts) -> Finding:
    database = facts.database
    holders = database.holders if isinstance(database, Database) else ()
    blocking = [holder for holder in holders if holder.waiting]
    met = signs.judge(facts, SIGN)
    if blocking or (holders and isinstance(met, Confirmed)):
        evidence = tuple(_evidence(holder) for holder in blocking or holders)
        return Confirmed((*evidence, *signs.proof(facts, SIGN)), f"{_who(*(blocking or holders))} the session table")
    if met:
        return met
    server = sight.server(facts)
    return RuledOut("nobody waits for a lock on the session table") if isinstance(server, Server) else signs.absent(facts)


def _evidence(holder: Holder) -> Evidence:
    waiting = f"{holder.waiting} waiting for it" if holder.waiting else "the doctor's own statement waited for it"
    says = f"process {holder.pid} ({holder.application or 'unnamed'}, {holder.state}) holds {holder.mode}, {waiting}"
    return Evidence(says, "postgres", f"pg_locks, pid {holder.pid}")


def _who(first: Holder, *others: Holder) -> str:
    more = f" and {len(others)} more" if others else ""
    verb = "hold locks on" if others else f"has held a lock for {first.age.total_seconds():.0f} s on"
    return f"Process {first.pid}{more} {verb}"

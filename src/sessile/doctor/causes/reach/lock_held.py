"""Somebody holds a lock on the session table, and every session's request waits for it.

Symptom: around a deploy all requests with a session hang for seconds or minutes, then work again.
Evidence: pg_locks shows a lock that conflicts with reading or writing (ALTER TABLE, REINDEX, VACUUM FULL, LOCK) and others
    waiting for it; where a limit is set, 55P03 canceling statement due to lock timeout.
Tell apart: an exhausted pool hangs as well, but nobody waits in pg_locks.
Fix: end the transaction that holds the lock, asking its owner first; run migrations with a lock_timeout and CONCURRENTLY.
"""

from datetime import timedelta

from sessile.doctor.causes import sight, signs
from sessile.doctor.causes.signs import Course, Sign
from sessile.doctor.facts import Database, Evidence, Facts
from sessile.doctor.facts.database import Holder, Server
from sessile.doctor.findings import Confirmed, Finding, Level, Remedy, RuledOut, Undecided

ENTRIES = ("lock-held-by-migration",)
REMEDY = Remedy(
    "Cancel the statement that holds the lock after asking its owner, and give migrations a lock_timeout",
    'psql "$DATABASE_URL" -c "SELECT pg_cancel_backend(PID)"',
)
LINKS = {"server errors with a cookie": Level.USUALLY, "save errors": Level.SOMETIMES}

SIGN = Sign(("55P03",), text="lock timeout", course=Course.PASSING)
PASSING = timedelta(seconds=5)


def judge(facts: Facts) -> Finding:
    database = facts.database
    holders = database.holders if isinstance(database, Database) else ()
    met = signs.judge(facts, SIGN)
    lasting = [holder for holder in holders if holder.waiting or holder.age > PASSING or isinstance(met, Confirmed)]
    if lasting:
        evidence = tuple(_evidence(holder) for holder in lasting)
        return Confirmed((*evidence, *signs.proof(facts, SIGN)), f"{_who(*lasting)} the session table")
    if holders:
        return Undecided(tuple(_evidence(holder) for holder in holders))
    if met:
        return met
    server = sight.server(facts)
    return RuledOut("nobody waits for a lock on the session table") if isinstance(server, Server) else signs.absent(facts)


def _evidence(holder: Holder) -> Evidence:
    who = ", ".join(word for word in (holder.application, holder.state) if word) or "of another role"
    held = f", for {holder.age.total_seconds():.0f} s" if holder.age else ""
    says = f"process {holder.pid} ({who}) holds {holder.mode}{held}, {holder.waiting} waiting for it"
    return Evidence(says, "postgres", f"pg_locks, pid {holder.pid}")


def _who(first: Holder, *others: Holder) -> str:
    return f"Process {first.pid} and {len(others)} more hold locks on" if others else f"Process {first.pid} holds a lock on"

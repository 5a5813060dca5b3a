"""The role's transactions are read-only by default, so nothing can be saved.

Symptom: who is logged in stays so until idle for too long; a new login is gone at the next request.
Evidence: 25006 cannot execute INSERT in a read-only transaction, on a server that is no standby;
    default_transaction_read_only is on, by ALTER ROLE or ALTER DATABASE, by the connection's options, or by a provider that
    protects a full disk.
Tell apart: a standby gives the same 25006, and pg_is_in_recovery() is true there.
Fix: mend what made it read-only (often the space), reset the setting, and let the service connect anew.
"""

from sessile.doctor.causes import sight, signs
from sessile.doctor.causes.reach.standby import SIGN
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.database import Server
from sessile.doctor.findings import Confirmed, Finding, Frequency, Level, Remedy, RuledOut, Undecided

ENTRIES = ("db-default-read-only", "pgbouncer-session-state-leak")
FREQUENCY = Frequency.RARE
RIVALS = ("reach-standby",)
REMEDY = Remedy(
    "Mend what made it read-only, reset the setting where it was made, and restart the service's connections",
    """psql "$DATABASE_URL" -c 'ALTER ROLE CURRENT_USER RESET default_transaction_read_only'""",
)
LINKS = {"save errors": Level.ALWAYS, "login, then 401": Level.USUALLY}

EITHER = "The service's transactions may only read: by default, or because the server is a standby"


def judge(facts: Facts) -> Finding:
    server = sight.server(facts)
    met = signs.judge(facts, SIGN)
    if not isinstance(server, Server):
        return Confirmed(met.evidence, EITHER, met.certainty) if isinstance(met, Confirmed) else met or server
    if server.standby:
        return RuledOut("the server is a standby, which is read-only for that reason")
    if server.read_only:
        says = f"default_transaction_read_only is on for {server.user}, set by: {server.read_only_source}"
        return Confirmed((Evidence(says, "postgres", "pg_settings default_transaction_read_only"), *signs.proof(facts, SIGN)))
    if isinstance(met, Confirmed) and not sight.passed(facts):
        return met
    if isinstance(met, Confirmed):
        says = f"{server.user} may write now: the service has another role or other options, or it is over"
        return Undecided((*met.evidence, Evidence(says, "experiment", "statement 'save', rolled back")))
    return RuledOut(f"{server.user}'s transactions may write")

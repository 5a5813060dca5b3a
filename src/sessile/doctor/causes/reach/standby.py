"""The service writes to a standby, which can only be read.

Symptom: who is logged in stays so until idle for too long; a new login is gone at the next request.
Evidence: 25006 cannot execute INSERT in a read-only transaction, and pg_is_in_recovery() is true.
Tell apart: the same 25006 comes from a primary whose default is read-only; pg_is_in_recovery() is false there.
Fix: point the session store at the primary. Nothing in the data changes.
"""

from sessile.doctor.causes import sight, signs
from sessile.doctor.causes.find import replica_lag
from sessile.doctor.causes.signs import Course, Sign
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.database import Server
from sessile.doctor.findings import Confirmed, Finding, Frequency, Level, Remedy, RuledOut

ENTRIES = ("db-target-is-standby",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Point the session store's URL at the primary",
    "postgresql://USER@HOST1,HOST2/DATABASE?target_session_attrs=read-write",
)
LINKS = {"save errors": Level.ALWAYS, "login, then 401": Level.USUALLY}

SIGN = Sign(("25006",), text="in a read-only transaction", course=Course.WRITING)


def judge(facts: Facts) -> Finding:
    server = sight.server(facts)
    if not isinstance(server, Server):
        met = signs.judge(facts, SIGN)
        return met if isinstance(met, RuledOut) else server
    if not server.standby:
        return RuledOut("the server is no standby")
    if replica_lag.late(facts):
        return RuledOut("sessions are saved all the same, so another server is written to")
    says = "pg_is_in_recovery() is true: the server is a standby"
    return Confirmed((Evidence(says, "postgres", "pg_is_in_recovery()"), *signs.proof(facts, SIGN)))

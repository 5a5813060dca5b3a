"""The service's role has a limit of connections, and has reached it.

Symptom: errors and lost logins come and go with the load, while other roles connect without trouble.
Evidence: 53300 "too many connections for role" with the role's name; pg_roles.rolconnlimit.
Tell apart: where all connections are used up, 53300 names no role.
Fix: raise the limit, or make the service's pools smaller than it.
"""

from sessile.doctor.causes import sight, signs
from sessile.doctor.causes.signs import Course, Sign
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.database import Server
from sessile.doctor.findings import Confirmed, Finding, Frequency, Level, Noted, Remedy, RuledOut

ENTRIES = ("db-too-many-connections",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Raise the role's limit, or make the pools of all instances together smaller than it",
    """psql "$ADMIN_DATABASE_URL" -c 'ALTER ROLE app CONNECTION LIMIT 50'""",
)
LINKS = {"server errors with a cookie": Level.USUALLY, "save errors": Level.USUALLY, "intermittent 401": Level.RARELY}

SIGN = Sign(("53300",), only="too many connections for (role|database)", course=Course.PASSING)
NEARLY = 0.9


def judge(facts: Facts) -> Finding:
    server = sight.server(facts)
    met = signs.judge(facts, SIGN)
    if not isinstance(server, Server):
        return met or signs.absent(facts)
    limit, others = server.role_connection_limit, server.role_connections - 1
    if limit < 0:
        return met or RuledOut(f"{server.user} has no limit of connections")
    says = f"{server.user} has {others} connections open besides the doctor's, and its limit is {limit}"
    figures = Evidence(says, "postgres", "pg_roles.rolconnlimit")
    if others >= limit:
        return Confirmed((figures, *signs.proof(facts, SIGN)))
    if met:
        return met
    if others >= NEARLY * limit:
        return Noted((figures,), "there is still room; a deploy or a rush may use it up", "The role's limit is nearly reached")
    return RuledOut(says)

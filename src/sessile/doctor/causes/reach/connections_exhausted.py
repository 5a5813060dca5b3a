"""PostgreSQL has no free connection for the service.

Symptom: errors and lost logins come and go with the load, or follow a deploy, while old and new instances overlap.
Evidence: 53300 "too many clients already" or "remaining connection slots are reserved"; pg_stat_activity is near
    max_connections. In the code, a handler that makes a pool, or a store with connections of its own, at each request.
Tell apart: a limit of the role is 53300 too, and its message names the role. An exhausted pool never asks the server.
Fix: smaller pools, one for the application and its sessions together, or a pooler; end idle connections of leaked pools.
    What a handler makes at each request is made once instead.
"""

from dataclasses import replace

from sessile.doctor import running
from sessile.doctor.causes import code, sight, signs
from sessile.doctor.causes.signs import Course, Sign
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.database import Server
from sessile.doctor.facts.source import Deed, Literal
from sessile.doctor.findings import Confirmed, Finding, Level, Noted, Remedy, RuledOut, Undecided

ENTRIES = ("db-too-many-connections",)
REMEDY = Remedy(
    "Make the pools of all instances together smaller than max_connections less the reserved ones",
    "Express: new pg.Pool({ max: 5 }), handed to the store as well   Python: ConnectionPool(url, max_size=5)",
)
LINKS = {"server errors with a cookie": Level.USUALLY, "save errors": Level.USUALLY, "intermittent 401": Level.RARELY}

SIGN = Sign(
    ("53300",),
    only="^(?!.*too many connections for)",
    text="too many clients already|remaining connection slots",
    course=Course.PASSING,
)
OPENED = "each request opens connections of its own here, which stay open for a while after it"
WHY_OPENED = "a rush of requests takes all that PostgreSQL allows, and whoever comes then is refused"
REMARK_OPENED = "Each request opens connections to PostgreSQL of its own"
SHORT = {name: level for name, level in LINKS.items() if level is Level.USUALLY}
NEARLY = 0.9
POOL = "database.pool"


def judge(facts: Facts) -> Finding:
    opened = code.shown(code.did(facts, Deed.CONNECTS_PER_REQUEST), OPENED)
    finding = _judge(facts)
    if isinstance(finding, Confirmed | Undecided):
        return replace(finding, evidence=(*finding.evidence, *opened))
    return code.possible(facts, SHORT, opened, WHY_OPENED, REMARK_OPENED) if opened else finding


def _judge(facts: Facts) -> Finding:
    server = sight.server(facts)
    met = signs.judge(facts, SIGN)
    if not isinstance(server, Server):
        return met or signs.absent(facts)
    room = server.max_connections - server.reserved_connections
    others = server.connections - 1
    says = f"{others} connections are open besides the doctor's, and {room} of {server.max_connections} are for ordinary roles"
    figures = Evidence(says, "postgres", "pg_stat_activity, max_connections")
    if others >= room:
        wanting = _wanted(facts, room)
        return Confirmed((figures, *signs.proof(facts, SIGN), *((wanting,) if wanting else ())))
    if met:
        return met
    if wanted := _wanted(facts, room):
        why = "there is room now; once every pool is full, the last to ask are refused"
        return Noted((wanted, figures), why, "The pools of all processes together are larger than what PostgreSQL allows")
    if others >= NEARLY * room:
        return Noted((figures,), "there is still room; a deploy or a rush may use it up", "Connections are nearly used up")
    return RuledOut(f"{others} of {room} connections are in use")


def _wanted(facts: Facts, room: int) -> Evidence | None:
    """The connections that the code's pools come to, over all processes of the deployment files, where they exceed the room."""
    pools = [(source, setting) for source in facts.sources for setting in source.settings if setting.name == POOL]
    sizes = [
        setting.value.value for _, setting in pools if isinstance(setting.value, Literal) and isinstance(setting.value.value, int)
    ]
    copies, workers = running.processes(facts)
    wanted = copies * workers * sum(sizes)
    if not sizes or wanted <= room:
        return None
    source, setting = pools[0]
    says = f"{copies} x {workers} processes with pools of {sum(sizes)} may open {wanted} connections, and {room} are allowed"
    return source.evidence(setting.place, says)

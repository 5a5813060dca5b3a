"""The service keeps its sessions somewhere else than in this table: in its own memory, or in another database.

Symptom: everybody is logged out at each deploy, restart or wake-up, or at random between instances, and the secret is
    fixed.
Evidence: a recorded request was let in with a cookie that the service's secret signed, and this table has no row for
    it, nor any row saved since.
Tell apart: rows that were removed leave others behind, or an empty table that PostgreSQL counts insertions into. A
    secret made up at each start leaves the rows. The start-up warning about MemoryStore is boot-memory-store.
Fix: hand the middleware the store of this database, and give every instance the same DATABASE_URL. Rows of another
    database are copied over before; sessions in memory cannot be: announce one last logout.
"""

from datetime import UTC, datetime

from sessile.doctor import alternation
from sessile.doctor.causes import in_redis, sight
from sessile.doctor.facts import Evidence, Facts, Redis
from sessile.doctor.facts.correlation import Correlation, Missing, Stored, Unsigned
from sessile.doctor.facts.database import Server
from sessile.doctor.facts.exchange import Exchange, Role
from sessile.doctor.facts.logs import Kind
from sessile.doctor.facts.redis import Keys, RedisServer
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Need, Remedy, RuledOut, Undecided, Unseen
from sessile.doctor.placement import let_in
from sessile.doctor.visits import Visit
from sessile.stores.postgres.shape import TableShape

ENTRIES = ("memory-store-restart", "memory-store-multi-instance", "instances-use-different-databases")
FREQUENCY = Frequency.VERY_COMMON
REMEDY = Remedy(
    "Hand the session middleware the store of this database, for every instance the same; sessions kept elsewhere end once",
    logs_out="whoever's session is kept elsewhere, once",
    instead="from another database copy the live rows (sessile explain find-database-restored), from Flask-Session take them over"
    " (predecessor=); memory alone cannot be carried over",
    changes=(
        Change(
            "Express",
            "app.use(session({ secret: process.env.SESSION_SECRET }))",
            "const store = new PgStore({ conString: process.env.DATABASE_URL })\n"
            "app.use(session({ secret: process.env.SESSION_SECRET, store }))",
        ),
        Change(
            "Starlette and FastAPI",
            "app.add_middleware(SessionMiddleware, store=MemoryStore())",
            'app.add_middleware(SessionMiddleware, store=PostgresStore(os.environ["DATABASE_URL"]))',
        ),
        Change(
            "Flask", 'app.config["SESSION_TYPE"] = "filesystem"', 'Sessions(app, store=PostgresStore(os.environ["DATABASE_URL"]))'
        ),
    ),
)
LINKS = {
    "401 after a restart": Level.USUALLY,
    "intermittent 401": Level.SOMETIMES,
    "no row for a cookie": Level.USUALLY,
    "table empty": Level.USUALLY,
    "session rows missing after login": Level.ALWAYS,
    "cookie comes back in vain": Level.SOMETIMES,
    "signature invalid": Level.NEVER,
}
LATEST = 0.95
CLOCKS = 2000.0
"""So many milliseconds a server's clock and a recording's may be apart."""


def judge(facts: Facts) -> Finding:
    table = sight.table(facts)
    if not isinstance(table, TableShape) and isinstance(facts.redis, Redis) and facts.redis.failure is None:
        return _instead_of_redis(facts)
    if not isinstance(table, TableShape):
        turns = alternation.alternating(facts)
        return Undecided(turns) if turns and isinstance(table, Unseen) else table
    used = [found for found in let_in(facts) if not isinstance(found[2].signature, Unsigned)]
    if not used:
        return Unseen(Need.WIRE, "no recorded request was let in with a cookie that was looked up")
    if any(isinstance(known.row, Stored) for _, _, known in used):
        return RuledOut("a request was let in with a cookie whose row is in this table")
    found = gone(facts)
    if found is None:
        return RuledOut("the sessions that were used have ended since")
    one, evidence = found
    warned = [log.evidence(event) for log in facts.logs for event in log.of(Kind.WARNING, "MEMORY_STORE")]
    if not warned and set_up_since(facts, one):
        return RuledOut("the database's server was set up after that request: it met another one")
    if warned or _never_written(facts, table, one):
        return Confirmed((*evidence, *warned), certainty=LATEST)
    return Undecided(evidence)


def _instead_of_redis(facts: Facts) -> Finding:
    """What a request that was let in with a session which Redis does not have says, where nothing can have taken it away."""
    server, keys = in_redis.server(facts), in_redis.keys(facts)
    if not isinstance(server, RedisServer):
        return server
    if not isinstance(keys, Keys):
        return keys
    if any(isinstance(known.row, Stored) for _, _, known in let_in(facts)):
        return RuledOut("a request was let in with a cookie whose session is in Redis")
    found = gone(facts)
    if found is None:
        return Unseen(Need.WIRE, "no recorded request was let in with a session that Redis does not have")
    one, evidence = found
    if server.flushes or server.evicted or server.started.timestamp() * 1000 > one.started:
        return RuledOut("Redis may have lost the session since")
    empty = keys.complete and not keys.sessions
    return Confirmed(evidence, certainty=0.9) if empty else Undecided(evidence)


def gone(facts: Facts) -> tuple[Exchange, tuple[Evidence, ...]] | None:
    """The first request that was let in with a session whose row is not there, though nothing ended it, and what shows it."""
    for visit, one, known in let_in(facts):
        lost = isinstance(known.row, Missing) and not known.row.hidden and not known.row.ended
        if lost and not isinstance(known.signature, Unsigned) and not _ended(facts, visit, one):
            return one, _evidence(facts, visit, one, known)
    return None


def set_up_since(facts: Facts, one: Exchange) -> bool:
    """Whether the database's server was set up only after a request, so that another one had served it."""
    server = sight.server(facts)
    if not isinstance(server, Server) or server.initialized is None:
        return False
    return (server.initialized - server.clock_ahead).timestamp() * 1000 > one.started + CLOCKS


def _never_written(facts: Facts, table: TableShape, one: Exchange) -> bool:
    """Whether nothing was saved in this table since that request: other rows are older, or PostgreSQL counts no insertion."""
    rows = facts.rows
    if rows is None or not rows.complete:
        return False
    if rows.newest is None:
        return table.inserts == 0
    return rows.newest < datetime.fromtimestamp(one.started / 1000, UTC) and rows.live > 0


def _ended(facts: Facts, visit: Visit, one: Exchange) -> bool:
    logged_out = any(other.role is Role.LOGOUT and other.started > one.started for other in visit.wire.exchanges)
    lasts = visit.cookie.expires if visit.cookie else None
    return logged_out or (lasts is not None and lasts < facts.now.timestamp() * 1000)


def _evidence(facts: Facts, visit: Visit, one: Exchange, known: Correlation) -> tuple[Evidence, ...]:
    says = f"{one} was let in with session {known.masked_id}"
    found = Evidence(f"{facts.correlations.table} has no row of session {known.masked_id}", "postgres", "sid")
    refused = [visit.wire.evidence(other, f"{other} was not, with the same cookie") for other in visit.turned_away]
    return (visit.wire.evidence(one, says), found, *(refused[:1] if visit.came_back(one) else ()))

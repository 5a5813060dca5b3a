"""What a cause can see of sessions in Redis, or the finding that says why it cannot; and whether any are there at all."""

from sessile.doctor.causes import code, sight
from sessile.doctor.facts import Database, Evidence, Facts, Redis, Unknown
from sessile.doctor.facts.correlation import Missing
from sessile.doctor.facts.database import Experiment
from sessile.doctor.facts.redis import Family, Keys, RedisServer
from sessile.doctor.facts.source import Made
from sessile.doctor.findings import Need, RuledOut, Unseen
from sessile.doctor.placement import Placed, at
from sessile.session.outcome import Station
from sessile.stores.postgres.shape import TableShape

NOWHERE = "nothing that was given speaks of sessions in Redis"


def families(facts: Facts) -> tuple[Family, ...]:
    """The prefixes under which Express, or sessile, keeps sessions in the Redis that was looked at."""
    keys = facts.redis.keys if isinstance(facts.redis, Redis) else None
    return keys.express if isinstance(keys, Keys) else ()


def kept(facts: Facts) -> str:
    """What shows that sessions are kept in Redis, "" if nothing does."""
    if found := families(facts):
        return f"{found[0].keys} sessions stand in Redis under {found[0].prefix}"
    if isinstance(facts.redis, Redis) and facts.redis.neighbours:
        return f"sessions stand in Redis, in database {facts.redis.neighbours[0].database}"
    return _coded(facts)


def redis(facts: Facts) -> Redis | RuledOut | Unseen:
    """The Redis that was looked at, unless the sessions are kept elsewhere."""
    shown = kept(facts)
    if not shown and (elsewhere := _elsewhere(facts)):
        return RuledOut(elsewhere)
    if isinstance(facts.redis, Redis):
        return facts.redis
    return Unseen(Need.REDIS, facts.redis.why) if shown else RuledOut(NOWHERE)


def server(facts: Facts) -> RedisServer | RuledOut | Unseen:
    """The server as the connected user meets it."""
    seen = redis(facts)
    if not isinstance(seen, Redis):
        return seen
    return seen.server if isinstance(seen.server, RedisServer) else Unseen(Need.REDIS, seen.server.why)


def keys(facts: Facts) -> Keys | RuledOut | Unseen:
    """The keys of the database that the URL names."""
    seen = redis(facts)
    if not isinstance(seen, Redis):
        return seen
    return seen.keys if isinstance(seen.keys, Keys) else Unseen(Need.REDIS, seen.keys.why)


def missed(facts: Facts, *, elsewhere: bool = False) -> tuple[Placed, ...]:
    """The requests that were turned away because Redis does not have their session, or has it `elsewhere`."""
    if not isinstance(facts.redis, Redis) or facts.correlations.table != facts.redis.address:
        return ()
    found = ((one, one.correlation.row) for one in at(facts, Station.FIND) if one.correlation)
    return tuple(one for one, row in found if isinstance(row, Missing) and bool(row.elsewhere) is elsewhere)


def lost(facts: Facts) -> tuple[Evidence, ...]:
    """What shows that sessions which users still have cookies for are gone."""
    return tuple(one.evidence for one in missed(facts)[:2])


def passed(facts: Facts) -> bool:
    """Whether a login's own commands were tried, and none was refused."""
    tried = facts.redis.experiment if isinstance(facts.redis, Redis) else None
    return isinstance(tried, Experiment) and not any(step.failure for step in tried.steps)


def incidental(facts: Facts) -> bool:
    """Whether it may be there for something else: found in an environment beside a database, and nothing speaks of sessions."""
    beside = not isinstance(facts.database, Unknown)
    return isinstance(facts.redis, Redis) and not facts.redis.named and beside and not kept(facts)


def _coded(facts: Facts) -> str:
    """The store of Redis that the code hands to its session middleware."""
    for source, _, setting in code.options(facts, "store"):
        made = code.effective(facts, setting.value)
        if isinstance(made, Made) and "redis" in made.what.lower():
            return f"{source.source} keeps its sessions in Redis ({made.what}, {setting.place})"
    return ""


def _elsewhere(facts: Facts) -> str:
    """What shows that the sessions are kept in a table; an empty one counts only where nobody named the Redis as theirs."""
    table, rows = sight.table(facts), facts.rows
    named = isinstance(facts.redis, Redis) and facts.redis.named
    if isinstance(table, TableShape) and (not named or (rows and rows.live)):
        return f"the sessions are kept in {table.qualified}"
    if isinstance(facts.database, Database) and (other := next((one for one in facts.other_tables if not one.gone), None)):
        return f"{other.library} keeps its sessions in {other.name}"
    return ""

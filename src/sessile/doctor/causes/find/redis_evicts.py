"""Redis evicts sessions when its memory is full.

Symptom: users are logged out at random, those who were away longest first, and more of them the more there is to do.
Evidence: INFO has evicted_keys above 0, and maxmemory-policy is one of allkeys-* or volatile-*. Sessions always have an end, so
    volatile-* evicts them first of all: a cache without ends beside them stays.
Tell apart: sessions that expire end at their own time. After a restart or FLUSHALL all are gone at once. With noeviction no
    session vanishes; saves fail instead (OOM).
Fix: set noeviction, and give caches a server of their own, where keys may go; no living session is lost by it.
"""

from sessile.doctor.causes import code, in_redis
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.redis import Keys, RedisServer
from sessile.doctor.findings import Confirmed, Finding, Level, Noted, Remedy, RuledOut

ENTRIES: tuple[str, ...] = ()
REMEDY = Remedy(
    "Keep sessions on a server that evicts nothing, with room to spare; caches belong on another",
    'redis-cli -u "$REDIS_URL" config set maxmemory-policy noeviction && redis-cli -u "$REDIS_URL" config rewrite',
)
LINKS = {
    "no row for a cookie": Level.USUALLY,
    "cookie comes back in vain": Level.USUALLY,
    "turned away after the login": Level.SOMETIMES,
    "intermittent 401": Level.SOMETIMES,
}
NEARLY_ALL = 0.9
WHY = "other keys stand beside the sessions and may be what was evicted; nothing that was given shows that users suffer"


def judge(facts: Facts) -> Finding:
    server = in_redis.server(facts)
    if not isinstance(server, RedisServer):
        return server
    if not server.evicts:
        limit = f"its policy is {server.policy}" if server.max_memory else "it has no limit of memory"
        return RuledOut(f"Redis evicts nothing: {limit}")
    policy = Evidence(
        f"maxmemory-policy is {server.policy}, and {server.fullness:.0%} of maxmemory is in use", "redis", "INFO memory"
    )
    if not server.evicted:
        why = "nothing has been evicted since its start; once its memory is full, sessions go"
        return Noted((policy,), why, "Redis may evict sessions")
    evicted = Evidence(f"{server.evicted:,} keys were evicted since the start of Redis", "redis", "INFO stats, evicted_keys")
    if lost := in_redis.lost(facts):
        return Confirmed((evicted, policy, *lost), certainty=0.9)
    if shown := _nothing_else(facts, server):
        return Confirmed((evicted, policy, shown), certainty=0.95)
    return code.possible(facts, LINKS, (evicted, policy), WHY, "Redis evicts keys, and sessions may be among them")


def _nothing_else(facts: Facts, server: RedisServer) -> Evidence | None:
    """That nearly all which may be evicted are sessions."""
    keys = in_redis.keys(facts)
    if not isinstance(keys, Keys) or not keys.complete:
        return None
    volatile = server.policy.startswith("volatile")
    evictable = sum(one.expiring if volatile else one.keys for one in server.keyspaces)
    sessions = sum(family.keys for family in keys.express)
    if not sessions or sessions < NEARLY_ALL * evictable:
        return None
    return Evidence(f"{sessions} of the {evictable} keys that may be evicted are sessions", "redis", "INFO keyspace, SCAN")

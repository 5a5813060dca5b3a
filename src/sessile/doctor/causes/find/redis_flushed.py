"""A database of Redis was emptied, and the sessions with it.

Symptom: everybody is logged out at one moment, or at regular ones: a deploy that clears the cache, a job, a test run.
Evidence: INFO commandstats counts FLUSHALL or FLUSHDB since the start of Redis, and sessions from then are not there.
Tell apart: a restart without data shows in uptime_in_seconds; eviction takes some keys and leaves others.
Fix: clear caches by their prefix, or give them a server of their own, and take the right to flush from the service's user.
"""

from sessile.doctor.causes import code, in_redis
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.redis import RedisServer
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Remedy, RuledOut

ENTRIES: tuple[str, ...] = ()
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Clear caches by their prefix, and forbid the service's user to flush",
    'redis-cli -u "$ADMIN_REDIS_URL" acl setuser default -flushall -flushdb',
    changes=(
        Change(
            "Node.js",
            "await redis.flushAll()",
            "for await (const keys of redis.scanIterator({ MATCH: 'cache:*' })) await redis.unlink(keys)",
        ),
        Change("Django", "cache.clear()", 'cache.delete_pattern("page:*")  # django-redis'),
    ),
)
LINKS = {"no row for a cookie": Level.USUALLY, "cookie comes back in vain": Level.USUALLY}
WHY = "which database it was, and when, Redis does not tell; nothing that was given shows that users suffer"


def judge(facts: Facts) -> Finding:
    server = in_redis.server(facts)
    if not isinstance(server, RedisServer):
        return server
    if not server.flushes:
        return RuledOut("nobody has emptied a database since the start of Redis")
    says = f"databases were emptied {server.flushes} times since the start of Redis, {server.started:%Y-%m-%d %H:%M} UTC"
    shown = Evidence(says, "redis", "INFO commandstats: flushall, flushdb")
    lost = [one.evidence for one in in_redis.missed(facts) if one.visit.login.started / 1000 > server.started.timestamp()]
    if lost:
        return Confirmed((shown, *lost[:2]), certainty=0.9)
    return code.possible(facts, LINKS, (shown,), WHY, "A database of this Redis was emptied")

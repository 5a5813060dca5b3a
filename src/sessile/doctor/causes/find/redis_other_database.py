"""The sessions stand in another numbered database of Redis than the one that is asked.

Symptom: login answers 200 with a cookie that verifies, and the next request, at another instance or after a deploy, is 401.
Evidence: the database of the URL has no such key, and another one of the same server has it. The number after the host is lost on
    the way: a client that is given host and port only is in database 0.
Tell apart: another prefix is in the same database. Another server has other keys altogether.
Fix: give every instance the same URL, number included. Sessions that stand in the other database can be copied.
"""

from sessile.doctor.causes import code, in_redis
from sessile.doctor.facts import Evidence, Facts, Redis
from sessile.doctor.facts.redis import Keys, RedisServer
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Remedy, RuledOut

ENTRIES: tuple[str, ...] = ()
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Give every instance the same URL, its number included; `COPY key key DB n` brings sessions over",
    'redis-cli -u "$REDIS_URL" info keyspace',
    changes=(Change("Node.js", "createClient({ socket: { host, port } })", "createClient({ url: process.env.REDIS_URL })"),),
)
LINKS = {
    "cookie comes back in vain": Level.USUALLY,
    "login, then 401": Level.USUALLY,
    "no row for a cookie": Level.USUALLY,
    "intermittent 401": Level.SOMETIMES,
}
WHY = "a service whose own URL names that database finds them"


def judge(facts: Facts) -> Finding:
    redis, server, keys = in_redis.redis(facts), in_redis.server(facts), in_redis.keys(facts)
    if not isinstance(redis, Redis):
        return redis
    if not isinstance(server, RedisServer):
        return server
    if strayed := in_redis.missed(facts, elsewhere=True):
        return Confirmed(tuple(one.evidence for one in strayed[:2]), certainty=0.97)
    if not redis.neighbours:
        return RuledOut("no other database of this server holds sessions")
    if not isinstance(keys, Keys):
        return keys
    if keys.express or not keys.complete:
        return RuledOut("sessions stand in this database")
    other = redis.neighbours[0]
    says = (
        f"database {server.database} has no sessions among its {keys.seen} keys; database {other.database} has {other.sessions}"
    )
    title = f"Sessions stand in database {other.database} of this Redis, and none in database {server.database}"
    return code.possible(facts, LINKS, (Evidence(f"{says}, under {other.prefix}", "redis", "INFO keyspace, SCAN"),), WHY, title)

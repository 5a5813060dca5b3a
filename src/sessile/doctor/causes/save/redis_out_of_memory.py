"""Redis has used up its memory, and refuses every new session.

Symptom: who is logged in stays so; a new login is gone at the next request, or answers 500.
Evidence: OOM command not allowed when used memory > 'maxmemory': the policy is noeviction, or nothing may be evicted.
Tell apart: with an evicting policy no save fails: other sessions vanish instead.
Fix: give it more memory, or find what fills it: sessions without an end, a cache without a limit, sessions of bots.
"""

from sessile.doctor.causes import in_redis, signs
from sessile.doctor.causes.errors.redis_row import WHY
from sessile.doctor.causes.signs import Course, Sign
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.redis import RedisServer
from sessile.doctor.findings import Confirmed, Finding, Level, Noted, Remedy, RuledOut

ENTRIES: tuple[str, ...] = ()
REMEDY = Remedy(
    "Raise maxmemory as far as the machine allows, and find what fills it",
    'redis-cli -u "$REDIS_URL" config set maxmemory 512mb && redis-cli -u "$REDIS_URL" --bigkeys',
)
LINKS = {"save errors": Level.ALWAYS, "login, then 401": Level.USUALLY, "server errors with a cookie": Level.SOMETIMES}
SIGN = Sign(("REDIS_OOM",), course=Course.WRITING, of_sessions=True)
NEARLY = 0.9


def judge(facts: Facts) -> Finding:
    server = in_redis.server(facts)
    met = signs.judge(facts, SIGN)
    if not isinstance(server, RedisServer):
        return met if met and not (isinstance(server, RuledOut) and server.because != in_redis.NOWHERE) else server
    says = f"{server.used_memory:,} of {server.max_memory:,} bytes are in use, and the policy is {server.policy}"
    room = Evidence(says, "redis", "INFO memory")
    if isinstance(met, Confirmed) and not in_redis.passed(facts):
        return Noted((*met.evidence, room), WHY) if in_redis.incidental(facts) else Confirmed((*met.evidence, room))
    if server.fullness >= NEARLY and not server.evicts:
        return Noted(
            (room,), "there is still room; when there is none, no login is saved", "The memory of Redis is nearly used up"
        )
    return RuledOut("a login's own commands are not refused") if in_redis.passed(facts) else met or RuledOut("there is room")

"""Sessions in Redis have no end, and pile up.

Symptom: none at first; Redis fills up, until it refuses to save (OOM), or evicts other keys.
Evidence: PTTL of the keys is -1: `disableTTL: true`, a store of one's own that calls SET without EX, or PERSIST.
Tell apart: a browser-session cookie has no end of its own, and connect-redis gives its key a day all the same.
Fix: let the store set an end; keys that have none keep living until they are given one with EXPIRE.
"""

from sessile.doctor.causes import in_redis
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.redis import Keys
from sessile.doctor.findings import Change, Finding, Frequency, Noted, Remedy, RuledOut

ENTRIES: tuple[str, ...] = ()
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Let the store set an end, and give those without one a day: EXPIRE key 86400 NX",
    changes=(Change("Express", "new RedisStore({ client, disableTTL: true })", "new RedisStore({ client })"),),
)


def judge(facts: Facts) -> Finding:
    keys = in_redis.keys(facts)
    if not isinstance(keys, Keys):
        return keys
    endless = [family for family in keys.express if family.endless > family.wrong_type]
    if not endless:
        return RuledOut("every session that was read has an end")
    shown = tuple(
        Evidence(f"{one.endless} of {one.read} keys under {one.prefix} never end", "redis", "PTTL -1") for one in endless
    )
    return Noted(shown, "nobody is logged out by it, until Redis is full")

"""The sessions in Redis end before their own cookies do.

Symptom: users are logged out while their browser still sends the cookie, and before what the cookie was made for is over.
Evidence: PTTL of the keys is shorter than the time that is left by `cookie.expires` in their values: the store has a `ttl` of its
    own, or something else sets the end of keys (EXPIRE by a job, a plan of the provider's).
Tell apart: a touch makes the key outlive what its value says, never the other way round. A key that was evicted is gone at once.
Fix: leave `ttl` out, so that the store takes the cookie's own end; sessions that live get theirs at their next use.
"""

from sessile.doctor.causes import code, in_redis
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.redis import Keys
from sessile.doctor.findings import Change, Finding, Frequency, Level, Remedy, RuledOut

ENTRIES: tuple[str, ...] = ()
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Leave the store's ttl out, and give cookie.maxAge alone",
    changes=(
        Change(
            "Express",
            "new RedisStore({ client, ttl: () => 1800 })",
            "new RedisStore({ client })  // the end is cookie.maxAge's",
        ),
    ),
)
LINKS = {
    "cookie comes back in vain": Level.USUALLY,
    "no row for a cookie": Level.USUALLY,
    "same user logs in again and again": Level.SOMETIMES,
    "login, then 401": Level.RARELY,
}
WHY = "it may be meant: whoever is away so long must log in again, whatever the cookie says"


def judge(facts: Facts) -> Finding:
    keys = in_redis.keys(facts)
    if not isinstance(keys, Keys):
        return keys
    early = [family for family in keys.express if family.ending_early * 2 > family.read]
    if not early:
        return RuledOut("the sessions that were read live as long as their cookies")
    shown = tuple(
        Evidence(
            f"{one.ending_early} of {one.read} sessions under {one.prefix} end before their cookies",
            "redis",
            "PTTL, cookie.expires",
        )
        for one in early
    )
    return code.possible(facts, LINKS, shown, WHY)

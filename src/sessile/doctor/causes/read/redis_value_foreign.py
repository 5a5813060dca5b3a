"""What stands under the sessions' prefix in Redis is no session of express-session.

Symptom: some users, or all of one service, get 500 wherever the session is read; a new login mends it for them, or fails as well.
Evidence: the key holds another type (WRONGTYPE Operation against a key holding the wrong kind of value), no JSON, or JSON without
    a cookie object: another library, serializer or version writes under the same prefix.
Tell apart: a session that lost its user is readable, and names nobody.
Fix: give one of the two another prefix. What cannot be read cannot be kept; the others stay.
"""

from sessile.doctor.causes import code, in_redis, signs
from sessile.doctor.causes.signs import Course, Sign
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.correlation import Stored
from sessile.doctor.facts.redis import Family, Keys
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Remedy, RuledOut
from sessile.doctor.placement import at
from sessile.session.outcome import Station

ENTRIES: tuple[str, ...] = ()
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Give one of the two writers another prefix, or the same serializer",
    changes=(Change("Express", "new RedisStore({ client })", "new RedisStore({ client, prefix: 'web:sess:' })"),),
)
LINKS = {"server errors with a cookie": Level.USUALLY, "cookie comes back in vain": Level.SOMETIMES}
SIGN = Sign(("REDIS_WRONGTYPE",), course=Course.SELECTIVE, of_sessions=True)
WHY = "another service may have put them there for itself; who has a cookie for one of them is answered 500"


def judge(facts: Facts) -> Finding:
    keys = in_redis.keys(facts)
    met = signs.judge(facts, SIGN)
    if not isinstance(keys, Keys):
        return met if met and not (isinstance(keys, RuledOut) and keys.because != in_redis.NOWHERE) else keys
    shown = tuple(evidence for family in keys.express if (evidence := _foreign(family)))
    read = [one for one in at(facts, Station.READ) if one.correlation and isinstance(one.correlation.row, Stored)]
    if unreadable := [one.evidence for one in read if "no session as Express" in one.because]:
        return Confirmed((*unreadable[:2], *shown))
    if not shown:
        return met or RuledOut("what was read under the sessions' prefixes are sessions")
    if isinstance(met, Confirmed):
        return Confirmed((*met.evidence, *shown), certainty=met.certainty)
    return code.possible(facts, LINKS, shown, WHY, "Not all that stands under the sessions' prefix in Redis are sessions")


def _foreign(family: Family) -> Evidence | None:
    odd = {
        f"of another type ({', '.join(family.types)})": family.wrong_type,
        "no JSON object": family.unreadable,
        "without a cookie object": family.without_cookie,
    }
    parts = [f"{count} {what}" for what, count in odd.items() if count]
    if not parts:
        return None
    return Evidence(f"of {family.read} keys read under {family.prefix}: {', '.join(parts)}", "redis", "GET, TYPE")

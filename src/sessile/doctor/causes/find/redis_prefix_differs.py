"""Sessions are written under one prefix in Redis, and looked for under another.

Symptom: after a deploy, or at one of two services, everybody is logged out; login works, at each of them by itself.
Evidence: the session of a cookie stands under another prefix than the service's code gives its store. connect-redis uses `sess:`
    where none is given; older versions and other stores have others.
Tell apart: with another secret the signature does not match; here it does, and the key is there.
Fix: give the store the prefix under which the sessions stand: those that live are found again.
"""

from collections.abc import Iterator

from sessile.doctor.causes import code, in_redis
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.correlation import Stored
from sessile.doctor.facts.redis import Keys
from sessile.doctor.facts.source import Literal, Made, Place, Source
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Noted, Remedy, RuledOut, Undecided
from sessile.doctor.placement import Placed, placed

ENTRIES: tuple[str, ...] = ()
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Give every store the prefix under which the sessions stand",
    changes=(
        Change("Express", "new RedisStore({ client })", "new RedisStore({ client, prefix: 'app:sess:' })"),
        Change("Python", "RedisStore(url)", 'RedisStore(url, prefix="app:sess:")'),
    ),
)
LINKS = {"cookie comes back in vain": Level.USUALLY, "intermittent 401": Level.SOMETIMES, "no row for a cookie": Level.SOMETIMES}
WHY = "each service finds its own; it logs out only who should be known to both"


def judge(facts: Facts) -> Finding:
    keys = in_redis.keys(facts)
    if not isinstance(keys, Keys):
        return keys
    prefixes = [family.prefix for family in keys.express]
    asked = next(_coded(facts), None)
    shown = tuple(
        Evidence(f"{family.keys} sessions stand under {family.prefix!r}", "redis", "SCAN") for family in keys.express[:3]
    )
    stray = [one for one in placed(facts) if one.station is None and _prefix(one) not in ("", asked[0] if asked else "")]
    if asked and stray:
        prefix, source, place = asked
        return Confirmed((source.evidence(place, f"the store looks under {prefix!r}"), stray[0].evidence, *shown))
    if asked and prefixes and asked[0] not in prefixes and keys.complete:
        prefix, source, place = asked
        return code.possible(facts, LINKS, (source.evidence(place, f"the store looks under {prefix!r}"), *shown), WHY)
    if len(prefixes) < 2:
        return RuledOut(
            "the sessions in this database stand under one prefix" if prefixes else "this database holds no sessions of Express"
        )
    return Undecided(shown) if stray else Noted(shown, WHY, "Sessions stand under several prefixes in one database of Redis")


def _prefix(one: Placed) -> str:
    """The prefix under which the session of a request stands that was turned away, "" where it is not there."""
    row = one.correlation.row if one.correlation else None
    return row.prefix if isinstance(row, Stored) else ""


def _coded(facts: Facts) -> Iterator[tuple[str, Source, Place]]:
    """The prefix that the code gives a store of Redis, where it gives one."""
    for source, _, setting in code.options(facts, "store"):
        made = code.effective(facts, setting.value)
        for option in made.settings if isinstance(made, Made) and "redis" in made.what.lower() else ():
            if option.name == "prefix" and isinstance(option.value, Literal) and isinstance(option.value.value, str):
                yield option.value.value, source, option.place

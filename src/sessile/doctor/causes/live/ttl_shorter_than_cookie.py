"""The store's ttl is shorter than the cookie lives, and it counts because the cookie has no maxAge.

Symptom: users are logged out after the ttl, though their browser still sends the cookie.
Evidence: in the code, `new PgStore({ ttl: 60 })` (seconds) and no `cookie.maxAge`, which would count instead. The rows have
    no originalMaxAge, and expire soon after they were saved.
Tell apart: maxAge in seconds is in the rows' originalMaxAge. A time zone moves expire by hours.
Fix: give cookie.maxAge, and leave ttl out. Rows that are not pruned yet can be given more time.
"""

from sessile.doctor.causes import code
from sessile.doctor.facts import Facts
from sessile.doctor.facts.source import Literal, Made, Setting, Step
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Noted, Remedy

ENTRIES = ("store-ttl-shorter-than-cookie", "store-ttl-in-ms")
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Give cookie.maxAge, and leave the store's ttl out",
    changes=(
        Change(
            "Express",
            "session({ secret, store: new PgStore({ pool, ttl: 60 }) })",
            "session({ secret, store: new PgStore({ pool }), cookie: { maxAge: 14 * 24 * 60 * 60 * 1000 } })",
        ),
    ),
)
LINKS = {"login, then 401": Level.SOMETIMES, "cookie comes back in vain": Level.USUALLY, "no row for a cookie": Level.USUALLY}
SHORT = 3600
"""A ttl of fewer seconds ends sessions while people still work."""
DAY = 86400
YEARS = 10 * 365 * DAY
WHY = "a browser that stays open longer meets it; nothing that was given shows that users do"


def judge(facts: Facts) -> Finding:
    for source, step, store in code.options(facts, "store"):
        made = code.effective(facts, store.value)
        ttl = next((one for one in made.settings if one.name == "ttl"), None) if isinstance(made, Made) else None
        seconds = _seconds(ttl)
        if ttl is None or seconds is None or step.open_ended or _lives(step):
            continue
        proof = (source.evidence(ttl.place, f"rows live {seconds:g} s, for the cookie has no maxAge"),)
        if seconds > YEARS:
            return Noted(proof, "ttl is in seconds, and this many milliseconds' worth is forever: sessions never end")
        if seconds < SHORT:
            return Confirmed(proof, certainty=code.BY_CODE)
        return code.possible(facts, LINKS, proof, WHY) if seconds < DAY else Noted(proof, WHY)
    return code.absent(facts, "the store has no ttl of its own that counts", "store", "cookie.maxAge")


def _seconds(ttl: Setting | None) -> float | None:
    value = ttl.value if ttl else None
    known = value.value if isinstance(value, Literal) else None
    return known if isinstance(known, int | float) and not isinstance(known, bool) else None


def _lives(step: Step) -> bool:
    """Whether the cookie has a life of its own, or may have."""
    given = (step.setting("cookie.maxAge"), step.setting("cookie.expires"))
    return any(one is not None and one.value != Literal(None) for one in given)

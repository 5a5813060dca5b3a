"""The cookie is set at the login alone, so it ends a maxAge after it, however active the user is.

Symptom: users who are at work are logged out, exactly a maxAge after their login.
Evidence: a recording shows the login's cookie, other requests with it, and after its Expires a request without it that was
    turned away; the row still lives, for every request touched it. In the code, maxAge without `rolling: true`.
Tell apart: a row that expires first is touched by nobody (live-touch-disabled); then the cookie still comes.
Fix: `rolling: true`, or a longer maxAge. No session is lost.
"""

from sessile.doctor.causes import code
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.exchange import Exchange
from sessile.doctor.facts.source import Literal
from sessile.doctor.findings import Change, Confirmed, Finding, Level, Noted, Remedy, RuledOut
from sessile.doctor.visits import Visit, visits

ENTRIES = ("rolling-off-absolute-expiry",)
REMEDY = Remedy(
    "Renew the cookie with every answer, or let it live longer",
    changes=(
        Change(
            "Express",
            "session({ secret, store, cookie: { maxAge: 3600000 } })",
            "session({ secret, store, rolling: true, cookie: { maxAge: 3600000 } })",
        ),
    ),
)
LINKS = {"no cookie came": Level.USUALLY, "cookie does not come back": Level.SOMETIMES}
SHORT = 8 * 60 * 60 * 1000
"""Who works a day through meets a cookie that lives fewer milliseconds."""
REMARK = "The cookie is not renewed, and lives for less than a working day"
WHY = "whoever works longer than that must log in again, which may be meant"


def judge(facts: Facts) -> Finding:
    ended, proof = tuple(evidence for visit in visits(facts) for evidence in _ended(visit)), _proof(facts)
    if ended:
        return Confirmed((*ended, *proof), certainty=code.BOTH)
    if proof:
        return Noted(proof, WHY, REMARK)
    if visits(facts) and not facts.sources:
        return RuledOut("no cookie ended while its user was active")
    return code.absent(facts, "the cookie is renewed, or lives for a working day", "cookie.maxAge", "rolling")


def _ended(visit: Visit) -> tuple[Evidence, ...]:
    """A user who was let in until the cookie's end, and turned away without it afterwards."""
    cookie = visit.cookie
    if cookie is None or not visit.let_in:
        return ()
    life = cookie.max_age * 1000 if cookie.max_age is not None else None
    end = visit.login.started + life if life is not None else cookie.expires
    if end is None or end <= visit.login.started:
        return ()
    late = [one for one in visit.turned_away if one.started >= end and visit.sent(one) == ()]
    if not late or any(_renews(one, cookie.name) for one in visit.after):
        return ()
    says = f"{visit.name} ended {round((end - visit.login.started) / 1000)} s after its login, while its user was active"
    return (visit.wire.evidence(late[0], says),)


def _renews(exchange: Exchange, name: str) -> bool:
    lines = exchange.response.set_cookies if exchange.response else ()
    return isinstance(lines, tuple) and any(line.name == name for line in lines)


def _proof(facts: Facts) -> tuple[Evidence, ...]:
    found = []
    for source, step, setting in code.options(facts, "cookie.maxAge"):
        value, rolling = setting.value, step.setting("rolling")
        known = value.value if isinstance(value, Literal) else None
        off = rolling is None or rolling.value == Literal(value=False)
        if isinstance(known, int | float) and 0 < known < SHORT and off:
            found.append(source.evidence(setting.place, f"the cookie ends {known / 60000:g} minutes after the login"))
    return tuple(found)

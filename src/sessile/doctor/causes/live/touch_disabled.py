"""The store does not touch rows, so they expire under users who are active.

Symptom: active users are logged out a maxAge after their last change, though every answer renews their cookie.
Evidence: in the code, `disableTouch: true` with `resave: false`; with `rolling: true` the cookie goes on and the row does
    not. The cookie's Expires lies ahead, the row's expire lies behind.
Tell apart: without rolling the cookie ends first, and the request comes without it (send-cookie-not-renewed).
Fix: leave disableTouch out. No session is lost.
"""

from sessile.doctor.causes import code
from sessile.doctor.facts import Facts
from sessile.doctor.facts.source import Literal, Made, Step
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Noted, Remedy
from sessile.doctor.placement import at
from sessile.session.outcome import Station

ENTRIES = ("touch-disabled",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Let the store touch the rows of active users",
    changes=(Change("Express", "new PgStore({ pool, disableTouch: true })", "new PgStore({ pool })"),),
)
LINKS = {
    "cookie comes back in vain": Level.USUALLY,
    "no row for a cookie": Level.USUALLY,
    "login, then 401": Level.RARELY,
    "same user logs in again and again": Level.RARELY,
}
WHY = "sessions end a maxAge after the last change, for cookie and row alike: that may be meant"


def judge(facts: Facts) -> Finding:
    for source, step, store in code.options(facts, "store"):
        made = code.effective(facts, store.value)
        off = next((one for one in made.settings if one.name == "disableTouch"), None) if isinstance(made, Made) else None
        if off is None or code.effective(facts, off.value) != Literal(value=True) or _is(step, "resave", value=True):
            continue
        proof = [source.evidence(off.place, "rows are never touched")]
        rolling = step.setting("rolling")
        if rolling and rolling.value == Literal(value=True):
            proof.append(source.evidence(rolling.place, "and the cookie is renewed by every answer"))
            expired = tuple(one.evidence for one in at(facts, Station.LIVE))
            edits = code.edit(off.place, r",\s*disableTouch: true|disableTouch: true,\s*", "")
            return Confirmed((*proof, *expired), certainty=code.BOTH if expired else code.BY_CODE, changes=edits)
        return Noted(tuple(proof), WHY)
    return code.absent(facts, "the store touches the rows of active users", "store", "resave")


def _is(step: Step, name: str, *, value: bool) -> bool:
    given = step.setting(name)
    return given is None or given.value == Literal(value=value)

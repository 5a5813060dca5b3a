"""The store has no touch(), so the row of an active user is never prolonged.

Symptom: active users are logged out a maxAge after their last change; with resave: true they stay, and changes of requests
    that run at once undo each other.
Evidence: the code's own store extends session.Store, sets an expiry in set(), and has no touch(); the middleware says resave:
    false. express-session then calls touch() only where there is one, and saves nothing.
Tell apart: connect-pg-simple has one: switched off it is live-touch-disabled.
Fix: write touch(sid, session, callback), which moves the expiry and nothing else. No session is lost.
"""

from sessile.doctor.causes import code
from sessile.doctor.facts import Facts
from sessile.doctor.facts.source import Act, Deed, Literal, Made, Source, Step
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Noted, Remedy, RuledOut

ENTRIES = ("store-without-touch",)
UNPROVOKED = "What it does takes as long as a session lives; it is tested on code."
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Give the store a touch() that moves the expiry",
    changes=(
        Change(
            "Express",
            "class OwnStore extends session.Store {\n  set(sid, data, done) { /* ... */ }\n}",
            "class OwnStore extends session.Store {\n  set(sid, data, done) { /* ... */ }\n"
            "  touch(sid, data, done) { this.db.expire(sid, data.cookie.expires).then(() => done(), done) }\n}",
        ),
    ),
)
LINKS = {
    "cookie comes back in vain": Level.USUALLY,
    "no row for a cookie": Level.USUALLY,
    "same user logs in again and again": Level.RARELY,
}


def judge(facts: Facts) -> Finding:
    found = [(source, step, act) for source in code.express(facts) for act in source.did(Deed.STORES_WITHOUT_TOUCH)
             for step in code.sessions(source) if _uses(step, act)]  # fmt: skip
    if not found:
        return code.absent(facts, "the code brings along no store without touch()")
    source, step, act = found[0]
    shown = source.evidence(act.place, f"{act.detail} sets an expiry, and has no touch()")
    resave = step.setting("resave")
    if resave and resave.value == Literal(value=False):
        return Confirmed((shown, source.evidence(resave.place, "and nothing is saved again")), certainty=code.BY_CODE)
    if _saves_again(source, step):
        return Noted(
            (shown,), "each request saves its session again; two at once undo each other's changes", "The store has no touch()"
        )
    return RuledOut("whether sessions are saved again cannot be told")


def _uses(step: Step, act: Act) -> bool:
    """Whether it is this store that the middleware is given, as far as the code tells."""
    store = step.setting("store")
    return store is not None and not (isinstance(store.value, Made) and act.detail not in store.value.what)


def _saves_again(source: Source, step: Step) -> bool:
    resave = step.setting("resave")
    return bool(source.steps) and (resave is None or resave.value == Literal(value=True))

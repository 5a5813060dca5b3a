"""resave writes every request's old copy of the session back, over a login or a logout that happened meanwhile.

Symptom: users are logged out seconds after their login, at random, where pages send several requests at once; or are logged
    in again after their logout.
Evidence: a recording shows a request that was sent before the login's answer and ended after it, and the login's row names
    nobody afterwards. In the code, `resave: true`, or no `resave`, which means the same.
Tell apart: with `resave: false` only a request that changes the session itself can do it (read-both-modify).
Fix: `resave: false`; connect-pg-simple can touch. Log in with regenerate(), so that an old request has another row. No
    session is lost.
"""

from sessile.doctor.causes import code, crossed
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.source import Literal
from sessile.doctor.findings import Change, Finding, Level, Remedy

ENTRIES = ("lost-update-resave-true", "logout-resurrected")
REMEDY = Remedy(
    "Save only what a request changed",
    changes=(Change("Express", "session({ secret, store, resave: true })", "session({ secret, store, resave: false })"),),
)
LINKS = {"login, then 401": Level.SOMETIMES, "cookie comes back in vain": Level.SOMETIMES, "no cookie came": Level.NEVER}
REMARK = "Every request saves its copy of the session (resave)"
WHY = "a slow request overwrites what a faster one changed; nothing that was given shows that it happens"


def judge(facts: Facts) -> Finding:
    proof = _proof(facts)
    otherwise = code.possible(facts, LINKS, proof, WHY, REMARK) if proof else code.absent(facts, "resave is off", "resave")
    return crossed.judge(facts, proof, otherwise)


def _proof(facts: Facts) -> tuple[Evidence, ...]:
    found = []
    for source in code.express(facts):
        for step in code.sessions(source):
            given = step.setting("resave")
            if given is None:
                found.append(source.evidence(step.place, "no `resave` is given, which means true"))
            elif code.effective(facts, given.value) == Literal(value=True):
                found.append(source.evidence(given.place, "every request saves its copy of the session"))
    return tuple(found)

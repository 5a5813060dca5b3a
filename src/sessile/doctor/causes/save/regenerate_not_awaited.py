"""The login changes the session beside regenerate() instead of after it, so the change goes to the session that ends.

Symptom: now and then a login does not last; or the id stays the same, so that a session planted before the login is taken over.
Evidence: in the code, `req.session.regenerate(...)` is called, and `req.session.userId = ...` stands beside its callback.
    regenerate() deletes the old row first; until that has happened `req.session` is the old one.
Tell apart: a login that redirects before the save has its row a moment later; here the row names nobody.
Fix: change the session in the callback, then save. No session is lost.
"""

from sessile.doctor.causes import code
from sessile.doctor.facts import Facts
from sessile.doctor.facts.source import Deed
from sessile.doctor.findings import Change, Finding, Frequency, Level, Remedy

ENTRIES = ("regenerate-not-awaited",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Change the session in the callback of regenerate()",
    changes=(
        Change(
            "Express",
            "req.session.regenerate(() => {})\nreq.session.userId = user.id",
            "req.session.regenerate((err) => {\n  if (err) return next(err)\n  req.session.userId = user.id\n"
            "  req.session.save((err) => (err ? next(err) : res.redirect('/')))\n})",
        ),
    ),
)
LINKS = {
    "login, then 401": Level.USUALLY,
    "cookie comes back in vain": Level.USUALLY,
    "login without Set-Cookie": Level.SOMETIMES,
    "same user logs in again and again": Level.SOMETIMES,
}
REMARK = "A login does not wait for regenerate()"
WHY = "who wins depends on the database's time; nothing that was given shows that a login was lost"


def judge(facts: Facts) -> Finding:
    proof = code.shown(code.did(facts, Deed.REGENERATES_UNAWAITED), "the session is changed beside this call, not after it")
    return code.possible(facts, LINKS, proof, WHY, REMARK) if proof else code.absent(facts, "every login waits for regenerate()")

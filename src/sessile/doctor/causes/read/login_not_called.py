"""passport checks the password and hands the user to a callback that never calls req.login().

Symptom: the login answers as if it had succeeded, and the next request is nobody's. There is no error, no cookie and no row.
Evidence: in the code, `passport.authenticate('local', (err, user) => ...)` with a callback of its own, in which `req.login()` is
    not called, nor anywhere else. With a callback passport leaves the login to it.
Tell apart: `session: false` keeps the user for one request only (read-passport-session-false). A callback that answers with a
    token needs no session.
Fix: call `req.login(user, next)` in the callback, and answer in its own. No session is lost.
"""

from sessile.doctor.causes import code
from sessile.doctor.facts import Facts
from sessile.doctor.facts.source import Deed, Part
from sessile.doctor.findings import Change, Finding, Frequency, Level, Remedy

FREQUENCY = Frequency.RARE
ENTRIES: tuple[str, ...] = ()
REMEDY = Remedy(
    "Call req.login() in the callback, and answer in its own",
    changes=(
        Change(
            "Express",
            "passport.authenticate('local', (err, user) => {\n  if (!user) return res.redirect('/login')\n"
            "  res.redirect('/')\n})",
            "passport.authenticate('local', (err, user) => {\n  if (!user) return res.redirect('/login')\n"
            "  req.login(user, (err) => (err ? next(err) : res.redirect('/')))\n})",
        ),
    ),
)
LINKS = {
    "login, then 401": Level.USUALLY,
    "login without Set-Cookie": Level.USUALLY,
    "turned away after the login": Level.USUALLY,
    "table empty": Level.SOMETIMES,
    "save errors": Level.NEVER,
}
REMARK = "A login with passport leaves it to a callback that logs nobody in"
WHY = "other logins of the code do; nothing that was given shows that users take this one"


def judge(facts: Facts) -> Finding:
    kept = [source for source in code.express(facts) if source.of(Part.IDENTITY)]
    proof = tuple(
        source.evidence(act.place, "the callback does not call req.login()")
        for source in kept
        for act in source.did(Deed.CHECKS_WITHOUT_LOGIN)
    )
    if not proof:
        return code.absent(facts, "whoever passport has checked is logged in")
    if any(source.did(Deed.LOGS_IN, Deed.LOGS_IN_BY_LIBRARY) for source in kept):
        return code.possible(facts, LINKS, proof, WHY, REMARK)
    return code.certain(facts, *proof)

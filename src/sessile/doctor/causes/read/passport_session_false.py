"""The login is told to keep no session, so nobody is logged in afterwards.

Symptom: every login answers 200, and the next request 401; nothing is kept, and no error is seen.
Evidence: in the code, `passport.authenticate('local', { session: false })` (or req.login with it), often copied from an
    example for tokens, and a session middleware that is meant to keep the user. A row, if there is one, has no passport in it.
Tell apart: for tokens (jwt, bearer) it is right, and they need no cookie.
Fix: leave `session: false` out. No session is lost.
"""

from sessile.doctor.causes import code
from sessile.doctor.facts import Facts
from sessile.doctor.facts.source import Deed, Part
from sessile.doctor.findings import Change, Finding, Frequency, Level, Remedy

ENTRIES = ("passport-login-session-false",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Let the login keep its session",
    changes=(
        Change(
            "Express",
            "app.post('/login', passport.authenticate('local', { session: false }), done)",
            "app.post('/login', passport.authenticate('local'), done)",
        ),
    ),
)
LINKS = {
    "login, then 401": Level.ALWAYS,
    "login without Set-Cookie": Level.USUALLY,
    "cookie comes back in vain": Level.SOMETIMES,
    "table empty": Level.SOMETIMES,
}
REMARK = "A login keeps no session"
OPTION = r",\s*\{\s*session:\s*false\s*\}"
WHY = "other logins keep their session; nothing that was given shows that users suffer from this one"


def judge(facts: Facts) -> Finding:
    for source in code.express(facts):
        stateless = source.did(Deed.WITHOUT_SESSION)
        if not stateless or not code.sessions(source):
            continue
        proof = tuple(source.evidence(act.place, "this login keeps no session") for act in stateless)
        if source.did(Deed.LOGS_IN_BY_LIBRARY, Deed.LOGS_IN) or not source.of(Part.IDENTITY):
            return code.possible(facts, LINKS, proof, WHY, REMARK)
        mounted = source.of(Part.IDENTITY)[0].place
        edits = tuple(edit for act in stateless for edit in code.edit(act.place, OPTION, ""))
        return code.certain(
            facts, *proof, source.evidence(mounted, "the user is looked for in the session"), changes=edits, loaded=True
        )
    return code.absent(facts, "no login is told to keep no session")

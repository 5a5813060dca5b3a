"""A handler that is no logout ends the session.

Symptom: users are logged out by what they do: a wrong one-time code, a page of the public part. The login itself works.
Evidence: in the code, `req.session.destroy()`, `req.logout()`, or `req.session = null` with `unset: 'destroy'`, in a middleware
    that every request meets, or under a condition on what the request brings (`req.body`, `req.path`).
Tell apart: a limit of idling or a guard that ends the session for what the session itself says is meant. A handler that gives
    the session a new id and forgets the user is read-user-left-behind.
Fix: refuse the one request, and let the session be. Whoever was logged out so logs in again.
"""

from sessile.doctor.causes import code
from sessile.doctor.facts import Facts
from sessile.doctor.facts.source import TO_NULL, Act, Deed, Literal, Source
from sessile.doctor.findings import Change, Finding, Frequency, Level, Remedy

FREQUENCY = Frequency.RARE
ENTRIES: tuple[str, ...] = ()
UNPROVOKED = "The code is a remark until users are seen to come there; what code says of it is tested."
REMEDY = Remedy(
    "Refuse the request, and let the session be",
    changes=(
        Change(
            "Express",
            "if (req.body.code !== code) {\n  return req.session.destroy(() => res.sendStatus(403))\n}",
            "if (req.body.code !== code) {\n  return res.sendStatus(403)\n}",
        ),
        Change(
            "Express, a part that needs no session",
            "app.use(session(options))\napp.use('/public', (req, res, next) => {\n  req.session = null\n  next()\n})",
            "app.use('/public', pages)\napp.use(session(options))",
        ),
    ),
)
LINKS = {
    "login, then 401": Level.RARELY,
    "one login, then 401": Level.RARELY,
    "turned away after the login": Level.SOMETIMES,
    "cookie comes back in vain": Level.SOMETIMES,
    "401 after a restart": Level.RARELY,
    "signature invalid": Level.NEVER,
    "login without Set-Cookie": Level.NEVER,
}
REMARK = "A handler that is no logout ends the session"
WHY = "whoever is logged in and comes there is logged out; nothing that was given shows that users come there"


def judge(facts: Facts) -> Finding:
    ending = (one for one in code.did(facts, Deed.ENDS_UNASKED) if _removes(facts, *one))
    proof = code.shown(ending, "it {deed}")
    return code.possible(facts, LINKS, proof, WHY, REMARK) if proof else code.absent(facts, "only a logout ends the session")


def _removes(facts: Facts, source: Source, act: Act) -> bool:
    """Whether the row goes: of a session that is set to null it stays, unless the middleware is told otherwise."""
    told = (step.setting("unset") for step in code.sessions(source))
    return act.detail != TO_NULL or any(one and code.effective(facts, one.value) == Literal("destroy") for one in told)

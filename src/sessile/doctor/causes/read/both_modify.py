"""Two requests change one session at once, and the later one writes its copy over the login.

Symptom: users are logged out right after their login, at random, though `resave` is false.
Evidence: a recording shows a request that was sent before the login's answer and ended after it, and the login's row names
    nobody afterwards. In the code, `resave: false`, another handler that changes the session (a counter, a flash message, a
    cart), and a login without regenerate().
Tell apart: with `resave: true` any request does it (read-resave-overwrites). The keys that are left tell who wrote last.
Fix: regenerate() at the login, so that the old request writes another row; keep counters out of the session. No session is
    lost.
"""

from sessile.doctor.causes import code, crossed
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.source import Deed, Literal
from sessile.doctor.findings import Change, Finding, Frequency, Level, Remedy

ENTRIES = ("lost-update-both-modify",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Give every login a new session, which no older request can overwrite",
    changes=(
        Change(
            "Express",
            "req.session.userId = user.id",
            "req.session.regenerate((err) => {\n  if (err) return next(err)\n  req.session.userId = user.id\n"
            "  req.session.save((err) => (err ? next(err) : res.json({ ok: true })))\n})",
        ),
    ),
)
LINKS = {"login, then 401": Level.RARELY, "cookie comes back in vain": Level.SOMETIMES, "no cookie came": Level.NEVER}
REMARK = "Several handlers change one session, and the login does not begin a new one"
WHY = "two requests of one user at once may overwrite each other; nothing that was given shows that they do"


def judge(facts: Facts) -> Finding:
    proof = _proof(facts)
    otherwise = (
        code.possible(facts, LINKS, proof, WHY, REMARK)
        if proof
        else code.absent(facts, "logins get a new session, or no other handler changes it", "resave")
    )
    return crossed.judge(facts, proof, otherwise)


def _proof(facts: Facts) -> tuple[Evidence, ...]:
    found = []
    for source in code.express(facts):
        off = [one for step in code.sessions(source) if (one := step.setting("resave")) and one.value == Literal(value=False)]
        logins, changes = source.did(Deed.LOGS_IN), source.did(Deed.CHANGES)
        renewed = source.did(Deed.REGENERATES, Deed.REGENERATES_UNAWAITED, Deed.LOGS_IN_BY_LIBRARY)
        if off and logins and changes and not renewed:
            found.append(source.evidence(logins[0].place, "the login keeps the session that it finds"))
            found += [source.evidence(act.place, "this changes the same session") for act in changes[:2]]
    return tuple(found)

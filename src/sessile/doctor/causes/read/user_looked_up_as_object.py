"""passport keeps an object of the user and takes it for the user's id later, so it finds nobody.

Symptom: the login answers as it should, and then every request with the cookie is answered 500, or as to a stranger.
Evidence: in the code, serializeUser hands on the user or an object, and deserializeUser takes its argument as it is for an id.
Tell apart: an error for some users only means that those do not exist any more (read-user-unknown).
Fix: hand on the id, and understand the objects that live sessions hold: then nobody has to log in again.
"""

from sessile.doctor.causes import code
from sessile.doctor.facts import Facts
from sessile.doctor.facts.source import Deed
from sessile.doctor.findings import Change, Finding, Frequency, Level, Remedy

ENTRIES = ()
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Keep the user's id, and take it out of the objects that sessions hold by now",
    changes=(
        Change(
            "Express",
            "passport.serializeUser((user, done) => done(null, { id: user.id, role: user.role }))\n"
            "passport.deserializeUser(async (id, done) => done(null, await findById(id)))",
            "passport.serializeUser((user, done) => done(null, user.id))\n"
            "passport.deserializeUser(async (kept, done) => done(null, (await findById(kept.id ?? kept)) || null))",
        ),
    ),
)
LINKS = {
    "server errors with a cookie": Level.USUALLY,
    "cookie comes back in vain": Level.USUALLY,
    "login, then 401": Level.SOMETIMES,
    "signature invalid": Level.NEVER,
}


def judge(facts: Facts) -> Finding:
    says = "an object is taken for an id here: {detail} is where the session gets it"
    proof = code.shown(code.did(facts, Deed.LOOKS_UP_OBJECT), says)
    if proof:
        return code.certain(facts, *proof, loaded=True)
    return code.absent(facts, "what passport keeps of a user is not looked up as something else")

"""Sessions name users who do not exist.

Symptom: some users, or all after the users were loaded anew, get 500 on every request.
Evidence: Passport: failed to deserialize user out of session, while others are let in. The session is found and read; its
    user is not there.
Tell apart: the cookie, its signature and the row are all right; only the look-up of the user fails. Where it fails for
    everybody from the first login on, the code may have no deserializeUser (read-deserialize-missing).
Fix: answer `null` for an unknown user, so that the request goes on without one; restore the users.
"""

from sessile.doctor.causes import code, signs
from sessile.doctor.causes.read.serialize_missing import lacking
from sessile.doctor.causes.read.user_erased import NOBODY_FOUND
from sessile.doctor.causes.signs import Course, Sign
from sessile.doctor.facts import Facts
from sessile.doctor.facts.logs import Kind
from sessile.doctor.facts.source import Deed
from sessile.doctor.findings import Confirmed, Finding, Frequency, Level, Remedy, RuledOut, Undecided

ENTRIES = ("user-row-missing",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Let deserializeUser answer null where no user is found, and an error only where the look-up itself failed",
    "Express: passport.deserializeUser(async (id, done) => done(null, (await findUser(id)) || null))",
)
LINKS = {"server errors with a cookie": Level.USUALLY}
SIGN = Sign(("DESERIALIZE_USER",), text="deserialize user", course=Course.SELECTIVE)


def judge(facts: Facts) -> Finding:
    if lacking(facts, Deed.DESERIALIZES, "deserializeUser"):
        return RuledOut("the code has no deserializeUser, so nobody is found, whether or not the user exists")
    if next(code.did(facts, Deed.LOOKS_UP_OBJECT), None):
        return RuledOut(NOBODY_FOUND)
    said = signs.judge(facts, SIGN)
    others = any(log.count(Kind.AUTHORIZED) for log in facts.logs) or bool(code.express(facts))
    if isinstance(said, Confirmed) and not others:
        return Undecided(said.evidence)
    return said or signs.absent(facts)

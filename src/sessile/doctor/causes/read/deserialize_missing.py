"""passport does not know how to find a user again, so every request after the login fails.

Symptom: the login answers 200, and then every request with the cookie 500.
Evidence: Failed to deserialize user out of session, for everybody. In the code, passport's session is mounted and
    deserializeUser is nowhere.
Tell apart: the same error for some users only means that those users do not exist any more (read-user-unknown).
Fix: give passport.deserializeUser, with `null` for a user who is not found. No session is lost.
"""

from sessile.doctor.causes import code, signs
from sessile.doctor.causes.read.serialize_missing import lacking
from sessile.doctor.causes.signs import Sign
from sessile.doctor.facts import Facts
from sessile.doctor.facts.source import Deed
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Remedy, RuledOut, Undecided

ENTRIES = ("passport-deserialize-missing",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Tell passport how to find a user again",
    changes=(
        Change(
            "Express",
            "app.use(passport.session())",
            "passport.deserializeUser(async (id, done) => done(null, (await findUser(id)) || null))\napp.use(passport.session())",
        ),
    ),
)
LINKS = {"server errors with a cookie": Level.ALWAYS}
SIGN = Sign(("DESERIALIZE_USER",), text="deserialize user")


def judge(facts: Facts) -> Finding:
    said, proof = signs.judge(facts, SIGN), lacking(facts, Deed.DESERIALIZES, "deserializeUser")
    if proof and isinstance(said, Confirmed):
        return Confirmed((*said.evidence, *proof), certainty=code.BOTH)
    if proof:
        return code.certain(facts, *proof, loaded=True)
    finding = code.absent(facts, "passport is told how to find a user again, or it keeps no user in the session")
    if isinstance(finding, RuledOut):
        return finding
    return Undecided(said.evidence) if isinstance(said, Confirmed) else said or signs.absent(facts)

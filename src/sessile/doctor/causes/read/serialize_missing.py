"""passport does not know what of a user to store, so every login fails.

Symptom: every login answers 500.
Evidence: Failed to serialize user into session. In the code, passport logs in and serializeUser is nowhere; or it hands over
    an id that is undefined or empty.
Tell apart: the text says it. "Failed to deserialize" is the way back: the login works and every request after it fails.
Fix: give passport.serializeUser a defined id. No session is lost.
"""

from sessile.doctor.causes import code, signs
from sessile.doctor.causes.signs import Sign
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.source import Deed
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Remedy, RuledOut

ENTRIES = ("passport-serialize-missing",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Tell passport what of a user to store",
    changes=(
        Change(
            "Express",
            "passport.use(strategy)",
            "passport.use(strategy)\npassport.serializeUser((user, done) => done(null, user.id))",
        ),
    ),
)
LINKS = {"server errors with a cookie": Level.SOMETIMES, "login without Set-Cookie": Level.SOMETIMES}
SIGN = Sign(("SERIALIZE_USER",), text="Failed to serialize user into session")


def judge(facts: Facts) -> Finding:
    said, proof = signs.judge(facts, SIGN), lacking(facts, Deed.SERIALIZES, "serializeUser")
    if isinstance(said, Confirmed):
        return Confirmed((*said.evidence, *proof), certainty=code.BOTH if proof else said.certainty)
    if proof:
        return code.certain(facts, *proof, loaded=True)
    if said is not None:
        return said
    finding = code.absent(facts, "passport is told what of a user to store, or it keeps no user in the session")
    return finding if isinstance(finding, RuledOut) else signs.absent(facts)


def lacking(facts: Facts, deed: Deed, name: str) -> tuple[Evidence, ...]:
    """The logins with passport in code that was read whole and never calls a function that they need."""
    return tuple(
        source.evidence(source.did(Deed.LOGS_IN_BY_LIBRARY)[0].place, f"passport logs in here, and {name} is nowhere in the code")
        for source in code.express(facts)
        if source.complete and code.sessions(source) and source.did(Deed.LOGS_IN_BY_LIBRARY) and not source.did(deed)
    )

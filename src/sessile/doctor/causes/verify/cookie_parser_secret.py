"""cookie-parser stands before the session with another secret, and the session has to take the cookie from it.

Symptom: sessions are found now and not then, or never, though the cookie comes and its signature is right.
Evidence: "express-session deprecated cookie should be available in req.headers.cookie": the raw header was gone, and the
    session fell back to what cookie-parser had verified with its own secret. In the code, `cookieParser(A)` and
    `session({ secret: B })`, and something that removes or rewrites the Cookie header.
Tell apart: with the raw header there, cookie-parser changes nothing, whatever its secret.
Fix: remove cookie-parser from before the session, or give it the session's secret; another secret for the session would
    log everybody out. No session is lost.
"""

from sessile.doctor.causes import code
from sessile.doctor.facts import Evidence, Facts, Source, Unknown
from sessile.doctor.facts.logs import Kind
from sessile.doctor.facts.source import Deed, Literal, Part, Value
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Need, Noted, Remedy, RuledOut, Undecided, Unseen

ENTRIES = ("cookie-parser-secret-mismatch",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Remove cookie-parser from before the session, or give it the session's secret",
    changes=(
        Change(
            "Express",
            "app.use(cookieParser('another'))\napp.use(session({ secret, store }))",
            "app.use(session({ secret, store }))   // it reads the cookie itself",
        ),
    ),
)
LINKS = {"login, then 401": Level.USUALLY, "cookie comes back in vain": Level.USUALLY, "no cookie came": Level.SOMETIMES}

REMARK = "cookie-parser stands before the session with another secret"


def judge(facts: Facts) -> Finding:
    said = tuple(log.evidence(event) for log in facts.logs for event in log.of(Kind.WARNING, "COOKIE_HEADER_GONE"))
    proof = tuple(evidence for source in code.express(facts) for evidence in _differing(source))
    if said and proof:
        return Confirmed((*said, *proof), certainty=code.BOTH)
    if said:
        return Undecided(said)
    taken = code.shown(code.did(facts, Deed.TAKES_COOKIE_AWAY), "the header that the session reads is taken away")
    if proof and taken:
        return code.certain(facts, *proof, *taken)
    if proof and facts.logs:
        return Noted(proof, "as long as the Cookie header comes through, the session reads it itself", REMARK)
    if proof:
        return Noted(proof, "it matters only where something removes the Cookie header, and then the log says so", REMARK)
    finding = code.absent(facts, "no cookie-parser with another secret stands before the session")
    return finding if isinstance(finding, RuledOut) else Unseen(Need.LOG, "no log was given") if not facts.logs else finding


def _differing(source: Source) -> tuple[Evidence, ...]:
    for number, step in enumerate(source.steps):
        after = [one for one in source.steps[number:] if one.part is Part.SESSION]
        parsed, signs = step.setting("secret"), after[0].setting("secret") if after else None
        if step.part is Part.COOKIES and source.ordered and parsed and signs and _differ(parsed.value, signs.value):
            return (
                source.evidence(step.place, "cookie-parser verifies with one secret"),
                source.evidence(signs.place, "the session signs with another"),
            )
    return ()


def _differ(one: Value, other: Value) -> bool:
    """Whether two secrets are known and not the same; none at all differs from nothing."""
    return one not in (other, Literal(None)) and not isinstance(one, Unknown) and not isinstance(other, Unknown)

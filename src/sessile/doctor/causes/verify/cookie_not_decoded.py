"""A part of the service checks the session cookie's signature by itself, and does not decode the cookie first.

Symptom: pages work, and the sockets (or whatever else reads the cookie by itself) know nobody.
Evidence: in the code, a value is cut out of the Cookie header and given to unsign(), in a function that decodes nothing.
    express-session sends its cookie URL-encoded, `s%3A` and the rest; a signature with + or / in it is no longer the same.
Tell apart: where a socket comes without the cookie, a recording shows that. With another secret, decoded values fail as well.
Fix: decode the value, or let the socket pass the session middleware. No session is lost.
"""

from sessile.doctor.causes import code
from sessile.doctor.facts import Facts
from sessile.doctor.facts.source import Deed
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Remedy

ENTRIES: tuple[str, ...] = ()
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Decode the cookie's value before its signature is checked, or let the socket pass the session middleware",
    changes=(
        Change(
            "Express",
            "signature.unsign(raw.slice(2), process.env.SESSION_SECRET)",
            "signature.unsign(decodeURIComponent(raw).slice(2), process.env.SESSION_SECRET)",
        ),
    ),
)
LINKS = {"signature invalid": Level.SOMETIMES, "cookie comes back in vain": Level.SOMETIMES}


def judge(facts: Facts) -> Finding:
    proof = tuple(
        source.evidence(act.place, "the cookie is URL-encoded here, and its signature does not match")
        for source, act in code.did(facts, Deed.UNSIGNS_UNDECODED)
        if code.sessions(source)
    )
    return Confirmed(proof, certainty=code.BY_CODE) if proof else code.absent(facts, "no cookie is unsigned as it was sent")

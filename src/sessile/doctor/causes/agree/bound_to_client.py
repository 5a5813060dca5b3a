"""The service ends a session when the client's address or browser changes.

Symptom: users on the phone are logged out all the time, when they go from Wi-Fi to the mobile network or their provider
    gives them another address; on the desk nobody is.
Evidence: in the code, `req.ip` (or the User-Agent) is compared with what the session holds. Behind a proxy that is not
    trusted `req.ip` is the proxy's own address, and changes with it.
Tell apart: the row lives and names the user, and the same cookie is let in from the old address.
Fix: log the change instead of ending the session. No session is lost.
"""

from sessile.doctor.causes import code
from sessile.doctor.facts import Facts
from sessile.doctor.facts.source import Deed
from sessile.doctor.findings import Change, Finding, Level, Remedy

ENTRIES = ("session-bound-to-ip-or-agent",)
REMEDY = Remedy(
    "Log the change, and let the session be",
    changes=(
        Change(
            "Express",
            "if (req.session.ip !== req.ip) return res.sendStatus(401)",
            "if (req.session.ip !== req.ip) log.info('the address changed')",
        ),
    ),
)
LINKS = {
    "login, then 401": Level.SOMETIMES,
    "cookie comes back in vain": Level.SOMETIMES,
    "intermittent 401": Level.SOMETIMES,
    "signature invalid": Level.NEVER,
    "save errors": Level.NEVER,
}
WHY = "users whose address changes are turned away; nothing that was given shows that it happens"


def judge(facts: Facts) -> Finding:
    proof = code.shown(code.did(facts, Deed.BINDS_TO_CLIENT), "the session is bound to the client")
    return (
        code.possible(facts, LINKS, proof, WHY)
        if proof
        else code.absent(facts, "no handler compares the client with its session")
    )

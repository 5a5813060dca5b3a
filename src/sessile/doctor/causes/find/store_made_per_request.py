"""Each request gets a session store of its own, which is empty.

Symptom: the login answers with a cookie, and the next request with it is a stranger's, for everybody, each time.
Evidence: in the code, a handler calls session() without a store, or with a MemoryStore made there, and hands it the request.
Tell apart: a store in memory that is made once keeps sessions until the next start (boot-memory-store).
Fix: make the middleware once, at the start. No session is lost, for none was kept.
"""

from sessile.doctor.causes import code
from sessile.doctor.facts import Facts
from sessile.doctor.facts.source import Deed
from sessile.doctor.findings import Change, Finding, Frequency, Level, Remedy

ENTRIES = ()
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Make the session's middleware once, and hand every request to that one",
    changes=(
        Change(
            "Express",
            "app.use((req, res, next) => session({ secret })(req, res, next))",
            "app.use(session({ secret, store: new PgStore({ pool }) }))",
        ),
    ),
)
LINKS = {
    "login, then 401": Level.ALWAYS,
    "cookie comes back in vain": Level.ALWAYS,
    "same user logs in again and again": Level.USUALLY,
    "table empty": Level.USUALLY,
    "signature invalid": Level.NEVER,
}


def judge(facts: Facts) -> Finding:
    says = "each request gets a store of its own here, which holds nothing"
    proof = code.shown(code.did(facts, Deed.FORGETS_EACH_REQUEST), says)
    if proof:
        return code.certain(facts, *proof)
    return code.absent(facts, "no request gets a store of its own")

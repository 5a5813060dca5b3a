"""A rate limit answers 401, so that whoever asks too often is taken for logged out.

Symptom: users who click fast, or share an address with many others, are sent to the login, and are let in again a while later
    without one; a login does not help until the limit's window is over.
Evidence: in the code, a rate limit whose `statusCode` is 401, or whose handler answers 401. In the log, 401 and 200 by turns
    for one address, with the same cookie.
Tell apart: instances that do not share a secret or a store answer so from the first request on. A limit of the login alone
    (429, or 401 on wrong passwords) logs nobody out.
Fix: let it answer 429. No session is lost.
"""

from sessile.doctor.causes import code
from sessile.doctor.facts import Facts
from sessile.doctor.facts.source import Deed
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Remedy

FREQUENCY = Frequency.RARE
ENTRIES: tuple[str, ...] = ()
UNPROVOKED = "The package of the limit is not among the lab's; what code says of it is tested."
REMEDY = Remedy(
    "Let the rate limit answer 429",
    changes=(Change("Express", "rateLimit({ limit: 100, statusCode: 401 })", "rateLimit({ limit: 100 })   // answers 429"),),
)
LINKS = {"login, then 401": Level.SOMETIMES, "intermittent 401": Level.SOMETIMES}


def judge(facts: Facts) -> Finding:
    proof = code.shown(code.did(facts, Deed.LIMITS_WITH_401), "the answer to whoever asks too often")
    return Confirmed(proof, certainty=code.BY_CODE) if proof else code.absent(facts, "no rate limit answers 401")

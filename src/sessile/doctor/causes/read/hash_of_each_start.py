"""The session holds a value of Python's hash(), which each start computes differently, and is compared with it.

Symptom: everybody is logged out at each restart; at random where processes answer that were started one by one (uvicorn's).
Evidence: in the code, `session["agent"] = hash(...)` of a text, and a comparison with it: since Python 3.3 each start hashes
    texts with a seed of its own, unless PYTHONHASHSEED is set. Processes that were forked have their parent's.
Tell apart: the secret is one, the cookie or the row is intact, and so is what else it holds.
Fix: hash with hashlib, which gives the same everywhere. Sessions from before are turned away once more.
"""

from sessile.doctor.causes import code
from sessile.doctor.facts import Facts
from sessile.doctor.facts.source import Deed
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Need, Remedy, RuledOut, Unseen

ENTRIES = ()
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Hash with hashlib, which gives the same at each start",
    logs_out="whoever has the old kind of hash in the session, once",
    instead="keep the hash under a new key, and compare it only where that key is there",
    changes=(
        Change(
            "Flask",
            'session["agent"] = hash(request.headers["User-Agent"])',
            'session["agent"] = hashlib.sha256(request.headers["User-Agent"].encode()).hexdigest()',
        ),
    ),
)
LINKS = {
    "intermittent 401": Level.SOMETIMES,
    "401 after a restart": Level.ALWAYS,
    "cookie comes back in vain": Level.SOMETIMES,
    "login, then 401": Level.RARELY,
    "signature invalid": Level.NEVER,
}
SEED = "PYTHONHASHSEED"


def judge(facts: Facts) -> Finding:
    proof = code.shown(
        code.in_python(facts, Deed.HASHES_PER_START),
        "each start of the service computes another value, and turns away the sessions from before",
    )
    if not proof:
        read = code.any_python(facts)
        return RuledOut("no session is compared with a hash()") if read else Unseen(Need.SOURCE, "no source in Python was given")
    if any(SEED in one.names for one in code.environments(facts)):
        return RuledOut(f"{SEED} is set, so that all hash alike")
    return Confirmed(proof[:3], certainty=code.BY_CODE)

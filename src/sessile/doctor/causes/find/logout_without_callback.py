"""The logout calls req.logout() without a callback, which passport refuses since 0.6.

Symptom: the logout answers 500, and the user stays logged in.
Evidence: req#logout requires a callback function. In the code, `req.logout()` without one, and passport 0.6 or later.
Tell apart: the text says it. A session that comes back after its logout was written again by a request in flight.
Fix: pass a callback, and answer in it. No session is lost.
"""

from sessile.doctor.causes import code, signs
from sessile.doctor.causes.signs import Sign
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.source import Deed
from sessile.doctor.findings import Change, Finding, Frequency, Noted, Remedy, RuledOut

ENTRIES = ("passport-logout-sync",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Pass a callback to req.logout(), and answer in it",
    changes=(
        Change(
            "Express",
            "req.logout()\nres.redirect('/')",
            "req.logout((err) => (err ? next(err) : res.redirect('/')))",
        ),
    ),
)
SIGN = Sign(("LOGOUT_CALLBACK",), text="requires a callback function")
SINCE = (0, 6)
WHY = "logouts fail, and nobody is logged out by it who should not be"


def judge(facts: Facts) -> Finding:
    said, proof = signs.proof(facts, SIGN), _proof(facts)
    if said or proof:
        return Noted((*said, *proof), WHY)
    finding = code.absent(facts, "every logout passes a callback")
    return finding if isinstance(finding, RuledOut) else signs.absent(facts)


def _proof(facts: Facts) -> tuple[Evidence, ...]:
    return tuple(
        source.evidence(act.place, f"passport {source.packages['passport']} wants a callback here")
        for source, act in code.did(facts, Deed.LOGS_OUT_UNAWAITED)
        if code.version(source.packages.get("passport", "")) >= SINCE
    )

"""Something that runs at every request ends the session under a condition that users meet.

Symptom: users are logged out by what they do: a page of another part, an address that changed, a pause; the login itself works.
Evidence: in the code, `session.clear()`, `request.session.flush()` or `logout(request)` in a function of before_request or in a
    middleware, and users who are turned away after they were let in.
Tell apart: a limit of time that is meant ends sessions after a pause only. Other causes leave the session, or its row, as it was.
Fix: leave the session, and refuse the one request; end it only where the user logs out. Whoever was logged out logs in again.
"""

from sessile.doctor.causes import code
from sessile.doctor.facts import Facts
from sessile.doctor.facts.source import Deed
from sessile.doctor.findings import Change, Finding, Frequency, Level, Need, Noted, Remedy, RuledOut, Undecided, Unseen

ENTRIES: tuple[str, ...] = ()
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Refuse the request, and let the session be",
    changes=(
        Change(
            "Flask",
            "@app.before_request\ndef guard():\n    if not allowed(request):\n        session.clear()",
            "@app.before_request\ndef guard():\n    if not allowed(request):\n        abort(403)",
        ),
    ),
)
LINKS = {
    "login, then 401": Level.SOMETIMES,
    "turned away after the login": Level.SOMETIMES,
    "cookie comes back in vain": Level.SOMETIMES,
    "intermittent 401": Level.SOMETIMES,
    "401 after a restart": Level.RARELY,
    "signature invalid": Level.NEVER,
    "login without Set-Cookie": Level.NEVER,
}


def judge(facts: Facts) -> Finding:
    proof = tuple(
        source.evidence(act.place, f"it {act.deed}" + (f" where {act.detail}" if act.detail else ""))
        for source, act in code.in_python(facts, Deed.ENDS_IN_HOOK)
    )
    if not proof:
        read = code.any_python(facts)
        return (
            RuledOut("nothing ends sessions at every request") if read else Unseen(Need.SOURCE, "no source in Python was given")
        )
    found = code.possible(facts, LINKS, proof[:3], "")
    if isinstance(found, Noted):
        return RuledOut("what may end sessions at a request is not seen to log anybody out")
    return Undecided(found.evidence)

"""The login did not log anybody in: it answers 200 with an error in its body.

Symptom: "logged out at once", by a user who was never logged in: a wrong password, a code that was not entered.
Evidence: a recording shows the login's answer, 200 with an error in it, no change of the cookie, and no other login that
    succeeded.
Tell apart: a login that succeeds says so in its body, and leaves a row that names a user.
Fix: answer 401 where nobody was logged in, and let the page say why. There is no session to lose.
"""

from sessile.doctor import timeline
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.exchange import Role, Sign
from sessile.doctor.findings import Change, Confirmed, Finding, Level, Need, Remedy, RuledOut, Unseen
from sessile.doctor.visits import turned_away

ENTRIES = ("login-did-not-authenticate",)
UNPROVOKED = "No service of the lab answers 200 to a wrong password; it is tested on recordings in the form of Chromium's."
REMEDY = Remedy(
    "Answer 401 to a login that fails, and show its reason",
    changes=(
        Change(
            "Express",
            "if (!user) return res.json({ error: 'wrong password' })",
            "if (!user) return res.status(401).json({ error: 'wrong password' })",
        ),
    ),
)
LINKS = {"same user logs in again and again": Level.RARELY}
REFUSALS = frozenset((Sign.REFUSED, Sign.UNAUTHENTICATED))
CERTAINTY = 0.95


def judge(facts: Facts) -> Finding:
    if not facts.wires:
        return Unseen(Need.WIRE, "no recording was given")
    if any(timeline.logins(wire) for wire in facts.wires):
        return RuledOut("a login succeeded")
    proof = _refused(facts)
    return Confirmed(proof, certainty=CERTAINTY) if proof else RuledOut("no login was answered 200 with an error in its body")


def _refused(facts: Facts) -> tuple[Evidence, ...]:
    """The logins that were refused in a 200, where somebody was turned away afterwards."""
    found = []
    for wire in facts.wires:
        refused = [
            one
            for one in wire.exchanges
            if one.role is Role.LOGIN and one.status == 200 and one.response and REFUSALS & one.response.body.signs
        ]
        later = [one for one in wire.exchanges if refused and one.started > refused[0].started and turned_away(one)]
        if refused and later:
            found.append(wire.evidence(refused[0], f"{refused[0]} answers 200, and its body says that nobody was logged in"))
            found.append(wire.evidence(later[0], f"{later[0]} was turned away"))
    return tuple(found)

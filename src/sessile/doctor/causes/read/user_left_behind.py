"""A handler gives the session a new id and does not take the user along.

Symptom: users are logged out by one action, at the same one every time: after a second factor, a change of the organisation or
    of the password. The login itself holds.
Evidence: in the code, a handler that is no login calls `req.session.regenerate(...)` and goes on with the new session, without
    putting the user into it. regenerate() begins an empty session; what the old one held is gone.
Tell apart: a login that changes the session beside regenerate() races with it (save-regenerate-not-awaited). A logout does not
    go on with the new session.
Fix: keep what names the user, and put it back in the callback. Whoever was logged out so logs in again.
"""

from typing import Final

from sessile.doctor.causes import code
from sessile.doctor.facts import Facts
from sessile.doctor.facts.source import Deed
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Remedy

FREQUENCY = Frequency.RARE
ENTRIES: tuple[str, ...] = ()
REMEDY = Remedy(
    "Take the user along into the new session",
    changes=(
        Change(
            "Express",
            "req.session.regenerate((err) => {\n  if (err) return next(err)\n  req.session.orgId = orgId\n"
            "  res.json({ orgId })\n})",
            "const { userId } = req.session\nreq.session.regenerate((err) => {\n  if (err) return next(err)\n"
            "  Object.assign(req.session, { userId, orgId })\n  res.json({ orgId })\n})",
        ),
    ),
)
LINKS = {
    "login, then 401": Level.SOMETIMES,
    "turned away after the login": Level.SOMETIMES,
    "save errors": Level.NEVER,
}
REMARK = "A handler begins a new session and does not put the user into it"
WHY = "whoever is logged in and comes there is logged out; nothing that was given shows that users come there"
FOR_USERS: Final = "only users come here"


def judge(facts: Facts) -> Finding:
    if not any(code.did(facts, Deed.LOGS_IN, Deed.LOGS_IN_BY_LIBRARY)):
        return code.absent(facts, "no handler puts a user into the session")
    found = list(code.did(facts, Deed.LEAVES_USER_BEHIND))
    proof = code.shown(found, "the new session does not name the user")
    if any(act.detail == FOR_USERS for _, act in found):
        return Confirmed(proof, certainty=code.BY_CODE)
    return code.possible(facts, LINKS, proof, WHY, REMARK) if proof else code.absent(facts, "who gets a new id keeps the user")

"""passport gives every login a new session since 0.6, and what the old one held is gone.

Symptom: after an update to passport 0.6 or later, the way back after the login, the cart or the state of a login with another
    site is lost; where the service's own user id was set before, the user is not known afterwards.
Evidence: in the code, `req.session.key = ...` before `req.login(...)`, without keepSessionInfo, and passport 0.6 or later.
Tell apart: the session's id changes at the login, and `passport.user` is in the row.
Fix: set the keys after the login, or pass `keepSessionInfo: true`. No session is lost.
"""

from sessile.doctor.causes import code
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.source import Act, Deed
from sessile.doctor.findings import Change, Finding, Level, Noted, Remedy

ENTRIES = ("passport-06-session-regenerated",)
REMEDY = Remedy(
    "Set the keys after the login, or keep them",
    changes=(
        Change(
            "Express",
            "req.session.userId = user.id\nreq.login(user, next)",
            "req.login(user, { keepSessionInfo: true }, (err) => {\n  if (err) return next(err)\n"
            "  req.session.userId = user.id\n  next()\n})",
        ),
    ),
)
LINKS = {"login, then 401": Level.USUALLY, "cookie comes back in vain": Level.USUALLY}
SINCE = (0, 6)
REMARK = "passport discards at the login what the session held before"


def judge(facts: Facts) -> Finding:
    own, others = _lost(facts, of_users=True), _lost(facts, of_users=False)
    if own:
        return code.certain(facts, *own, loaded=True)
    if others:
        return Noted(others, "what is lost at the login is no user", REMARK)
    return code.absent(facts, "no key is set before a login with passport 0.6 or later")


def _lost(facts: Facts, *, of_users: bool) -> tuple[Evidence, ...]:
    found = []
    for source, act in code.did(facts, Deed.SETS_BEFORE_LOGIN):
        known = code.version(source.packages.get("passport", ""))
        if known >= SINCE and (act.place in _places(source.did(Deed.LOGS_IN))) is of_users:
            found.append(source.evidence(act.place, f"passport {source.packages['passport']} discards this key at the login"))
    return tuple(found)


def _places(acts: tuple[Act, ...]) -> set[object]:
    return {act.place for act in acts}

"""passport took the user out of sessions whose user it did not find once.

Symptom: after a short trouble with the users' database, whoever came during it is logged out for good.
Evidence: live rows hold `"passport":{}`, and passport is 0.6 or later: passport deletes the user's key where deserializeUser
    answers null or false, and Express saves that. A logout leaves no such row, for it destroys the session.
Tell apart: the rows live, and only the user in them is gone. An error from deserializeUser erases nothing. A few such rows belong
    to users who were deleted.
Fix: answer an error where the look-up failed, and null only for a user who does not exist. The users log in again; where a log or
    a backup tells whose session it was, the key can be put back.
"""

from collections.abc import Iterator

from sessile.doctor.causes import code, sight
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.database import Rows
from sessile.doctor.facts.source import Act, Deed, Source
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Noted, Remedy, RuledOut, Undecided

ENTRIES = ("passport-user-erased",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Let deserializeUser answer an error where the look-up failed, and null only for a user who does not exist",
    changes=(
        Change(
            "Express",
            "passport.deserializeUser((id, done) => findUser(id).then((user) => done(null, user), () => done(null, null)))",
            "passport.deserializeUser((id, done) => findUser(id).then((user) => done(null, user || null), done))",
        ),
    ),
)
LINKS = {
    "login, then 401": Level.SOMETIMES,
    "cookie comes back in vain": Level.USUALLY,
    "same user logs in again and again": Level.SOMETIMES,
    "server errors with a cookie": Level.RARELY,
}
DESTROYS_AT_LOGOUT = (0, 6)
"""Since this version of passport a logout destroys the session; before, it left an empty `passport` behind."""
MANY = 10
"""One session in so many is more than deleted users leave."""

NOBODY_FOUND = "the code looks for an object among ids, so nobody is found, whether or not the look-up works and the user exists"


def judge(facts: Facts) -> Finding:
    rows = sight.rows(facts)
    if not isinstance(rows, Rows):
        return rows
    if not rows.users_erased:
        return RuledOut(f"of {rows.live} live sessions, none lost its user to passport")
    if next(code.did(facts, Deed.LOOKS_UP_OBJECT), None):
        return RuledOut(NOBODY_FOUND)
    says = f"{rows.users_erased} of {rows.live} live sessions hold an empty passport: their user was taken out"
    shown = Evidence(says, "postgres", "sess.passport")
    if rows.users_erased * MANY < rows.live:
        return Noted((shown,), "so few may belong to deleted users", "passport took the user out of a few sessions")
    found = list(_finders(facts))
    if not found or _keeps_at_logout(facts):
        return Undecided((shown,))
    source, act = found[0]
    finds = source.evidence(act.place, f"passport {source.packages['passport']} does so where this answers null or false")
    return Confirmed((shown, finds), certainty=code.BOTH)


def _finders(facts: Facts) -> Iterator[tuple[Source, Act]]:
    """Where the code says how a user is found again, with a passport whose logout leaves no empty key behind."""
    for source, act in code.did(facts, Deed.DESERIALIZES):
        if code.version(source.packages.get("passport", "")) >= DESTROYS_AT_LOGOUT:
            yield source, act


def _keeps_at_logout(facts: Facts) -> bool:
    """Whether a logout may carry the emptied key over into the next session (keepSessionInfo)."""
    return any("keepSessionInfo" in act.place.excerpt for _, act in code.did(facts, Deed.LOGS_OUT, Deed.LOGS_OUT_UNAWAITED))

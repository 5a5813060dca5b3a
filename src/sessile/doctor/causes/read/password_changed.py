"""Changing a password ends the session of the user who changed it: Django binds each session to the password's hash.

Symptom: one user is logged out right after changing the password, after an administrator saved the user, or after the hasher
    was upgraded; or whoever logs in on the phone is logged out on the computer. The row is valid, and nothing is logged.
Evidence: the source calls request.user.set_password() and neither update_session_auth_hash() nor login() afterwards; or it
    hashes the password anew at each login, and each hash has a salt of its own.
Tell apart: one user at a time, at a time of their own. A changed SECRET_KEY logs everybody out, and the log says "Session
    data corrupted".
Fix: call update_session_auth_hash(request, user), and leave hashing anew to Django, which does so only where the hasher is no
    longer the preferred one. Other sessions of a user who changes the password end, as they should.
"""

from sessile.doctor import layers
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.source import Deed, Framework, Source
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Need, Remedy, RuledOut, Unseen

ENTRIES = ("django-session-auth-hash",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Keep the user logged in who changes the password",
    changes=(
        Change(
            "Django",
            "request.user.set_password(password)\nrequest.user.save()",
            "request.user.set_password(password)\nrequest.user.save()\nupdate_session_auth_hash(request, request.user)",
        ),
        Change(
            "Django, where the login hashes anew",
            "user.set_password(password)",
            "if user.check_password(password):  # hashes anew where the preferred hasher changed\n    return user",
        ),
    ),
)
SURE = 0.95
LINKS = {"sessions never seen again": Level.RARELY, "cookie comes back in vain": Level.RARELY}


EACH_LOGIN = "Each login hashes the password anew, and ends the user's other sessions"


def judge(facts: Facts) -> Finding:
    changed = _shown(facts, Deed.OUTDATES_SESSION, "this changes the password of the user who asks, and ends the session with it")
    if changed:
        return Confirmed(changed, certainty=SURE)
    hashed = _shown(facts, Deed.HASHES_AT_LOGIN, "each login gives the password another hash, to which no older session is bound")
    if hashed:
        return Confirmed(hashed, EACH_LOGIN, SURE)
    return (
        RuledOut("nothing changes a password without keeping the session")
        if _projects(facts)
        else Unseen(Need.SOURCE, "no source of a Django project was given")
    )


def _shown(facts: Facts, deed: Deed, says: str) -> tuple[Evidence, ...]:
    return tuple(source.evidence(act.place, says) for source in _projects(facts) for act in source.did(deed)[:3])


def _projects(facts: Facts) -> list[Source]:
    return [source for source in layers.sources(facts) if source.framework is Framework.DJANGO]

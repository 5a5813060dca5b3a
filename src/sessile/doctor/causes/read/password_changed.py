"""Changing a password ends the session of the user who changed it: Django binds each session to the password's hash.

Symptom: one user is logged out right after changing the password, after an administrator saved the user, or after the hasher
    was upgraded; the row is valid, and nothing is logged.
Evidence: the source calls request.user.set_password() and neither update_session_auth_hash() nor login() afterwards.
Tell apart: one user at a time, at a time of their own. A changed SECRET_KEY logs everybody out, and the log says "Session
    data corrupted".
Fix: call update_session_auth_hash(request, user). Other sessions of that user end, as they should.
"""

from sessile.doctor import layers
from sessile.doctor.facts import Facts
from sessile.doctor.facts.source import Deed, Framework
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
    ),
)
LINKS = {"sessions never seen again": Level.RARELY}


def judge(facts: Facts) -> Finding:
    sources = [source for source in layers.sources(facts) if source.framework is Framework.DJANGO]
    found = [(source, act) for source in sources for act in source.did(Deed.OUTDATES_SESSION)]
    if found:
        says = "this changes the password of the user who asks, and ends the session with it"
        return Confirmed(tuple(source.evidence(act.place, says) for source, act in found[:3]), certainty=0.95)
    return (
        RuledOut("nothing changes the password of who asks without keeping the session")
        if sources
        else Unseen(Need.SOURCE, "no source of a Django project was given")
    )

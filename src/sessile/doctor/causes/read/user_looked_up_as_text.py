"""Flask-Login hands over the user's id as a text, and the code looks for it among numbers, so it finds nobody.

Symptom: the login answers as it should, and the next page sends the user to the login again, every time.
Evidence: in the code, the function of `@login_manager.user_loader` takes its argument as it is to a dictionary whose keys are
    numbers.
Tell apart: cookie and signature are all right, and the data holds `_user_id`; a changed secret would lose all of it.
Fix: turn the id into a number first. Whoever has logged in is let in again, without a new login.
"""

from sessile.doctor.causes import code
from sessile.doctor.facts import Facts
from sessile.doctor.facts.source import Deed
from sessile.doctor.findings import Change, Finding, Frequency, Level, Need, Remedy, RuledOut, Unseen

ENTRIES = ()
FREQUENCY = Frequency.RARE
UNPROVOKED = "It needs Flask-Login, which the lab does not have; it is tested on code as its users write it."
REMEDY = Remedy(
    "Turn the id into a number before the look-up",
    changes=(Change("Flask-Login", "return users.get(user_id)", "return users.get(int(user_id))"),),
)
LINKS = {
    "login, then 401": Level.ALWAYS,
    "cookie comes back in vain": Level.ALWAYS,
    "same user logs in again and again": Level.USUALLY,
    "signature invalid": Level.NEVER,
}


def judge(facts: Facts) -> Finding:
    proof = code.shown(code.in_python(facts, Deed.LOOKS_UP_TEXT), "the id is a text here, and the keys of {detail} are numbers")
    if proof:
        return code.certain(facts, *proof)
    if code.any_python(facts):
        return RuledOut("no text is looked up among numbers")
    return Unseen(Need.SOURCE, "no source of a service in Python was given")

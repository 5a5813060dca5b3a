"""Another app on the same host or domain has a session cookie of the same name, and its cookie takes the place of this one's.

Symptom: logging in to one app logs out of the other; in development, with two services on two ports of localhost.
Evidence: between the login and the request that was turned away, a host or port of another app set a cookie of the same
    name, and the request carries that one: ports do not separate cookies, and a cookie for the parent domain goes to all
    below it.
Tell apart: it alternates with the use of the other app. Two cookies of one app are send-duplicate-cookies. Where both
    apps share table and secret on purpose, nobody is turned away.
Fix: a name of its own for each app. Read the old name, too, for as long as its cookies may live, and nobody is logged out.
"""

from sessile.doctor.causes import carried, other_app, unsent
from sessile.doctor.facts import Facts
from sessile.doctor.findings import Confirmed, Finding, Level, Remedy, RuledOut, Unseen

ENTRIES = ("cookie-name-collision",)
REMEDY = Remedy(
    "Give the cookie of each app a name of its own, and read the old name for as long as its cookies may live",
    changes=carried.NEW_NAME,
)
LINKS = {"cookie comes back in vain": Level.SOMETIMES, "signature invalid": Level.SOMETIMES}


def judge(facts: Facts) -> Finding:
    if found := other_app.collisions(facts):
        return Confirmed(found[0].evidence)
    unknown = unsent.nothing(facts)
    return unknown if isinstance(unknown, Unseen) else RuledOut("no request carries a cookie that another app set")

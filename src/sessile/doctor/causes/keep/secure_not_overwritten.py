"""A Secure cookie of this name is there from https, and a login over plain http may not replace it.

Symptom: the login over http fails for those who once logged in over https, and a private window works.
Evidence: the response came over plain http, the browser has a Secure cookie of the same name that covers the path, and
    drops the new one: OverwriteSecure. The old one is not sent over http, either.
Tell apart: whoever never came by https is well. A recording that begins after the login over https does not show the old
    cookie: then only a private window tells.
Fix: one scheme: redirect all of http to https. No session of https is lost.
"""

from sessile.cookies import Reason
from sessile.doctor.causes import https, unkept, unsent
from sessile.doctor.facts import Facts
from sessile.doctor.findings import Confirmed, Finding, Frequency, Level, RuledOut, Undecided

ENTRIES = ("overwrite-secure-blocked",)
FREQUENCY = Frequency.RARE
REMEDY = https.ONLY
LINKS = {"cookie not kept": Level.ALWAYS, "cookie does not come back": Level.SOMETIMES}


def judge(facts: Facts) -> Finding:
    if found := unkept.unkept(facts, Reason.OVERWRITE_SECURE):
        return Confirmed(found[0].evidence)
    plain = [one for one in unsent.unsent(facts) if one.allowed and one.visit.login.request.address.scheme == "http"]
    if plain:
        says = f"{plain[0].exchange} goes without {plain[0].visit.name}, which the login set over plain http"
        return Undecided((plain[0].evidence(says),))
    if facts.wires and not any(one.request.address.scheme == "http" for wire in facts.wires for one in wire.exchanges):
        return RuledOut("nothing goes over plain http")
    return unkept.nothing(facts, "no login over plain http meets a Secure cookie of its name")

"""The page passes withCredentials where the body belongs, so the call is made without credentials.

Symptom: GETs work, POSTs do not; or the login works and keeps nobody logged in.
Evidence: the body of a request holds withCredentials, or fetch's credentials option. axios.post(url, data, options)
    takes the options third, axios.get(url, options) second.
Tell apart: with send-credentials-omitted the option stands nowhere. A body that holds it shows that somebody thought of
    it.
Fix: pass the options as the third argument, or set them once for all calls.
"""

from sessile.doctor.causes import crossing
from sessile.doctor.facts import Facts, Unknown
from sessile.doctor.facts.exchange import Sign
from sessile.doctor.findings import Change, Confirmed, Finding, Level, Need, Remedy, RuledOut, Undecided, Unseen
from sessile.doctor.visits import visits

ENTRIES = ("axios-withcredentials-misplaced",)
REMEDY = Remedy(
    "Pass withCredentials with the options of the call, not in its body",
    changes=(
        Change(
            "the page",
            "axios.post(url, { withCredentials: true })",
            "axios.defaults.withCredentials = true\naxios.post(url, data)\n\n"
            "axios.post(url, {}, { withCredentials: true })   // or for this call only",
        ),
    ),
)
LINKS = {"cookie does not come back": Level.USUALLY}


def judge(facts: Facts) -> Finding:
    if not facts.wires:
        return Unseen(Need.WIRE, "no recording was given")
    kept = {visit.login.pointer for visit in visits(facts) if any(visit.came_back(one) for one in visit.after)}
    bodies = [
        (wire, one)
        for wire in facts.wires
        for one in wire.exchanges
        if Sign.WITH_CREDENTIALS in one.request.body.signs and crossing.crosses(one) and one.pointer not in kept
    ]
    for wire, one in bodies:
        evidence = wire.evidence(one, f"{one}: the body holds withCredentials, which belongs into the options of the call")
        if one.request.cookies == ():
            return Confirmed((evidence,))
        if isinstance(one.request.cookies, Unknown):
            return Undecided((evidence,))
    return RuledOut("no request without cookies has withCredentials in its body")

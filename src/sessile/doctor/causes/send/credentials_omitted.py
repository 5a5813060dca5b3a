"""The page asks another origin without credentials, so the browser neither keeps nor sends the cookie.

Symptom: the login answers 200, and the next call is anonymous; every call gets a new session.
Evidence: a script asks across origins, the browser's rules would let the cookie go along, and the request carries no
    cookie at all; no reason against the cookie is reported, for it was never considered.
Tell apart: within one origin nothing needs to be said. In a request between two sites, send-third-party-blocked looks
    the same from outside; there the browser names a reason, or another browser works. Where the rules forbid the cookie
    anyway (SameSite), that comes first.
Fix: ask with credentials everywhere, at the login, too: once, in the one place through which the page calls its
    service. The service must then name the page's origin and allow credentials.
"""

from sessile.cookies import Outcome
from sessile.doctor.causes import crossing, unsent
from sessile.doctor.causes.unsent import Unsent
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.exchange import Sign
from sessile.doctor.findings import Confirmed, Finding, Frequency, Level, Remedy, RuledOut, Undecided
from sessile.doctor.visits import Visit, visits

ENTRIES = ("fetch-credentials-omitted",)
FREQUENCY = Frequency.VERY_COMMON
REMEDY = Remedy(
    "Ask with credentials in every call across origins, at the login, too",
    changes=(crossing.PAGE, *crossing.server_changes(origin="*")[:2]),
)
LINKS = {"cookie does not come back": Level.ALWAYS, "cookie not kept": Level.RARELY}


def judge(facts: Facts) -> Finding:
    if overlooked := next((visit for visit in visits(facts) if _overlooked(visit)), None):
        says = f"{overlooked.login} was made without credentials, so the browser does not look at its Set-Cookie"
        return Confirmed((overlooked.wire.evidence(overlooked.login, says),))
    lost = [one for one in unsent.unsent(facts) if one.bare and one.allowed and _left_out(one)]
    for one in lost:
        if proof := _proof(one):
            return Confirmed((unsent.set_to(one.visit), *proof), certainty=0.95)
    if lost:
        return Undecided((lost[0].evidence("it went to another site without any cookie: without credentials, or blocked"),))
    if facts.wires and not any(crossing.crosses(one) for wire in facts.wires for one in wire.exchanges):
        return RuledOut("no script asks across origins")
    return unsent.nothing(facts)


def _left_out(one: Unsent) -> bool:
    """Whether a script asked across origins, and nothing shows that it did so with credentials."""
    return crossing.crosses(one.exchange) and not crossing.credentials(one.exchange)


def _overlooked(visit: Visit) -> bool:
    return visit.cookie is not None and visit.setting is not None and visit.setting.outcome is Outcome.OVERLOOKED


def _proof(one: Unsent) -> tuple[Evidence, ...]:
    """What shows that the script left the cookie out, and not the browser."""
    request, page = one.exchange.request, one.exchange.request.origin
    if request.withheld or request.credentials == "include" or Sign.WITH_CREDENTIALS in request.body.signs:
        return ()
    bare = one.evidence(f"{one.exchange} went from {page} to {request.address.origin} without any cookie")
    if request.credentials is not None:
        return bare, one.evidence(f"its script asked with credentials: {request.credentials!r}")
    if crossing.credentials(one.exchange) is False:
        return bare, one.evidence("the browser sent no Sec-Fetch-Storage-Access, as it does where credentials are included")
    if not one.third_party:
        return bare, one.evidence("both are of one site, so the browser's rules let the cookie go along")
    carried = next(
        (other for other in one.visit.passages.values() if other.context.third_party and other.exchange.request.cookies), None
    )
    if carried is None:
        return ()
    return bare, one.visit.wire.evidence(
        carried.exchange, "this request to another site carries cookies, so the browser allows them"
    )

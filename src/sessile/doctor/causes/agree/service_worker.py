"""A service worker answers in place of the service, with what it kept from before.

Symptom: an old user, or "not logged in", is shown after a login; once the worker is unregistered all is well.
Evidence: the question who is logged in is answered by a service worker that asked nobody, and the answer names nobody
    or is a 401.
Tell apart: a worker that passes the request on is followed by the same request to the network; a hard reload goes past
    it. Without a worker it is agree-browser-cache.
Fix: let the worker leave /api to the network, and let the page empty its caches at login and logout.
"""

from sessile.doctor.facts import Facts, Wire
from sessile.doctor.facts.exchange import Exchange, Role, Served
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Need, Remedy, RuledOut, Unseen
from sessile.doctor.visits import turned_away, visits

ENTRIES = ("service-worker-cache",)
UNPROVOKED = (
    "It lies in a page's own worker, and the lab's pages have none; it is tested on recordings in the form of Chromium's."
)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Let the service worker leave everything about the user to the network",
    changes=(
        Change(
            "the service worker (workbox)",
            "registerRoute(({ url }) => url.pathname.startsWith('/api/'), new StaleWhileRevalidate())",
            "registerRoute(({ url }) => url.pathname.startsWith('/api/'), new NetworkOnly())",
        ),
        Change(
            "the page, after login and logout",
            "location.reload()",
            "for (const name of await caches.keys()) await caches.delete(name)\nlocation.reload()",
        ),
    ),
)

TOGETHER = 500.0
"""A worker that passes a request on does so within so many milliseconds of it."""


def judge(facts: Facts) -> Finding:
    if not facts.wires:
        return Unseen(Need.WIRE, "no recording was given")
    answered = [
        (visit, one)
        for visit in visits(facts)
        for one in visit.after
        if one.role is Role.PERSONAL and one.served is Served.SERVICE_WORKER
    ]
    for visit, one in answered:
        if turned_away(one) and not _passed_on(visit.wire, one):
            says = f"{one} was answered by a service worker that asked nobody, and names nobody although the login had succeeded"
            return Confirmed((visit.wire.evidence(one, says),), certainty=0.95)
    if answered:
        return RuledOut("the service worker passed the request on, or answered with the user")
    return RuledOut("no service worker answered for the service")


def _passed_on(wire: Wire, one: Exchange) -> bool:
    """Whether the worker asked the service: the same URL went over the network at the same time."""
    until = max(one.ended or 0, one.started + TOGETHER)
    return any(
        other.served is Served.NETWORK and other.request.address == one.request.address and one.started - 1 <= other.sent <= until
        for other in wire.exchanges
    )

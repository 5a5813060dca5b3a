"""A proxy takes the Cookie header out of the request before the service sees it.

Symptom: the browser sends the cookie, and the service answers as if there were none; asked directly, it knows the
    session.
Evidence: the same request with the same cookie is let in where it goes directly to the service and turned away
    through the proxy (which leaves its mark in the answer: Via, X-Cache, Server). The service's log says that no
    cookie came.
Tell apart: with a failing signature or a missing row the direct request fails, too. With
    verify-secret-differs-between-instances the answers change from request to request, whichever way they go.
Fix: let the proxy forward the Cookie header on every path that needs a session; a CDN needs a rule or a policy for
    it.
"""

from collections.abc import Iterable, Iterator

from sessile.doctor.causes import passing, proxied
from sessile.doctor.facts import Facts
from sessile.doctor.facts.exchange import Exchange
from sessile.doctor.facts.logs import Kind
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Need, Remedy, RuledOut, Undecided, Unseen
from sessile.doctor.placement import placed
from sessile.doctor.visits import Visit, visits
from sessile.session.outcome import Station

ENTRIES = ("proxy-strips-cookie",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Let the proxy forward the Cookie header on every path that needs a session",
    changes=(
        Change(
            "nginx",
            'location /api/ { proxy_pass http://app; proxy_set_header Cookie ""; }',
            "location /api/ { proxy_pass http://app; proxy_set_header Cookie $http_cookie; }",
        ),
        Change(
            "CloudFront",
            "CookiesConfig: { CookieBehavior: none }",
            "CookiesConfig: { CookieBehavior: whitelist, Cookies: [connect.sid] }   # and a cache policy with TTL 0",
        ),
        Change(
            "Next.js (a route that passes a request on)",
            "await fetch(api, { method: 'GET' })",
            "await fetch(api, { method: 'GET', headers: { cookie: request.headers.get('cookie') ?? '' } })",
        ),
    ),
)
LINKS = {"cookie comes back in vain": Level.SOMETIMES, "no cookie came": Level.USUALLY, "login without Set-Cookie": Level.NEVER}
OR_CHANGES = "A proxy takes the Cookie header out of the request before the service sees it, or changes it"
"""As much as the same request asked directly shows, without a log that says that no cookie came."""
BEYOND = (Station.VERIFY, Station.FIND, Station.LIVE, Station.READ, Station.AGREE)


def judge(facts: Facts) -> Finding:
    if configured := proxied.strips_cookie(facts):
        return Confirmed(configured, certainty=proxied.CERTAINTY)
    refused = [(visit, one) for visit in visits(facts) for one in visit.turned_away if visit.came_back(one)]
    if not refused:
        return passing.nothing(facts, "no request that carried the cookie of its login was turned away")
    if came := next((through for visit, one in refused for through in _let_in_through(visit, one)), None):
        return RuledOut(f"the cookie comes through: {came} was let in with it")
    if beside := _beside(facts, refused):
        return beside
    beyond = [one for one in placed(facts) if one.station in BEYOND]
    if beyond:
        return RuledOut(f"its session stops at {beyond[0].station}, whatever the proxy does: {beyond[0].because}")
    no_cookie = [log.evidence(event) for log in facts.logs for event in log.of(Kind.NO_COOKIE)]
    if facts.logs and not no_cookie and any(log.count(Kind.SIGNATURE_INVALID) + log.count(Kind.NO_SESSION) for log in facts.logs):
        return RuledOut("the service's log tells of cookies that came")
    behind = [(visit, one) for visit, one in refused if passing.marks(one)]
    if not behind and not no_cookie:
        return Unseen(Need.SITE, "the service was not asked without what stands before it")
    visit, one = (behind or refused)[0]
    return Undecided((visit.wire.evidence(one, f"{one} carried {visit.name}, and was turned away"), *no_cookie))


def _beside(facts: Facts, refused: Iterable[tuple[Visit, Exchange]]) -> Confirmed | RuledOut | None:
    """What the same requests, asked directly with the same cookie, say of the proxy."""
    for visit, one in refused:
        if let_in := passing.let_in_directly(facts, visit, one):
            if damaged := passing.unverified(facts):
                return RuledOut(f"a cookie came, and did not verify: {damaged[0].says}")
            return Confirmed(let_in, "" if any(log.of(Kind.NO_COOKIE) for log in facts.logs) else OR_CHANGES)
        if passing.with_same_cookie(facts, visit, one):
            return RuledOut("asked directly, with the same cookie, the service turns the user away as well")
    return None


def _let_in_through(visit: Visit, refused: Exchange) -> Iterator[Exchange]:
    """Requests for the same path, sent the same way, that were let in with the cookie."""
    for one in visit.let_in:
        here, there = one.request.address, refused.request.address
        if visit.came_back(one) and (here.origin, here.path) == (there.origin, there.path) and not passing.directly(one):
            yield one

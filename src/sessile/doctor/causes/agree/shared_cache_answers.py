"""A shared cache answers for the service: with what it once said to somebody who was not logged in.

Symptom: the login succeeds, and the page still says that nobody is logged in, for everybody behind the same cache,
    until the entry ages out; or somebody sees the data of somebody else.
Evidence: the answer to a personal request carries Age, or X-Cache or CF-Cache-Status with HIT, although the request
    carried the cookie of its login. What the service sends lacks Cache-Control: private or no-store.
Tell apart: the service's own log has no such request, and the same request with an unknown parameter (?x=1) gets
    another answer. agree-page-cached-by-framework is a cache within the service's framework, and names it in a header
    of its own.
Fix: send Cache-Control: private, no-store and Vary: Cookie with everything that depends on who asks, tell the cache
    to pass such paths by, then purge it. Somebody may have seen another one's data: treat it as an incident.
"""

from collections.abc import Iterator

from sessile.doctor import timeline
from sessile.doctor.causes import passing, proxied
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.exchange import Exchange, Role
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Noted, Remedy, Undecided
from sessile.doctor.visits import Visit, turned_away, visits

ENTRIES = ("cdn-caches-auth-response",)
FREQUENCY = Frequency.RARE
NO_STORE = (
    Change(
        "nginx",
        "location /api/ { proxy_pass http://app; proxy_cache shop; }",
        "location /api/ { proxy_pass http://app; proxy_no_cache 1; proxy_cache_bypass 1; }",
    ),
    Change(
        "Express",
        "app.use('/api', routes)",
        "app.use('/api', (req, res, next) => { res.set('Cache-Control', 'private, no-store').vary('Cookie'); next() }, routes)",
    ),
    Change(
        "Starlette and FastAPI",
        "return JSONResponse(user)",
        'return JSONResponse(user, headers={"Cache-Control": "private, no-store", "Vary": "Cookie"})',
    ),
    Change(
        "Flask",
        "return jsonify(user)",
        'return jsonify(user), {"Cache-Control": "private, no-store", "Vary": "Cookie"}',
    ),
    Change("Django", "def me(request):", "@never_cache\n@vary_on_cookie\ndef me(request):"),
)
REMEDY = Remedy(
    "Send Cache-Control: private, no-store and Vary: Cookie with every answer that depends on who asks, and purge the cache",
    changes=NO_STORE,
)
LINKS = {"cookie comes back in vain": Level.ALWAYS}
OFTEN = 3
"""How often it must be let in past the cache: by chance a balancer's instances answer so in one of hundreds of cases."""


def judge(facts: Facts) -> Finding:
    found = [(visit, one) for visit in visits(facts) for one in visit.personal if _is_it(one)]
    refused = [(visit, one) for visit, one in found if turned_away(one)]
    returned = [(visit, one) for visit, one in refused if visit.came_back(one)]
    if returned:
        return Confirmed(_evidence(*returned[0]))
    if passed := next((proof for visit in visits(facts) for proof in _past_it(visit)), None):
        return passed
    unknown = [(visit, one) for visit, one in refused if visit.came_back(one) is None]
    if unknown:
        return Undecided(_evidence(*unknown[0]))
    kept = [
        (visit, one) for visit, one in found if one.role is Role.PERSONAL and 200 <= one.status < 400 and not turned_away(one)
    ]
    if kept:
        why = "it let the user in; but the next one to ask may be somebody else"
        return Noted(_evidence(*kept[0]), why, "A shared cache keeps an answer that depends on who asks")
    return _configured(facts) or passing.nothing(facts, "no personal request was answered by a shared cache")


def _configured(facts: Facts) -> Confirmed | Noted | None:
    """What nginx's configuration says of a cache, where no recording shows one at work."""
    if keeping := proxied.keeps_refusals(facts):
        return Confirmed(keeping, certainty=proxied.CERTAINTY)
    if keeping := proxied.keeps_answers(facts):
        why = "it keeps no refusal; but one visitor may be given what another one asked for"
        return Noted(keeping, why, "A shared cache may keep an answer that depends on who asks")
    return None


def _past_it(visit: Visit) -> Iterator[Confirmed | Undecided]:
    """One question, turned away before and after it was let in under an address that no cache had kept.

    Where one of several instances knows the session, that comes about by chance as well, but not again and again.
    """
    refused = [one for one in visit.turned_away if visit.came_back(one)]
    for one in visit.let_in:
        same = [other for other in refused if _asks_the_same(one, other)]
        before, after = [other for other in same if other.sent < one.sent], [other for other in same if other.sent > one.sent]
        if visit.came_back(one) and before and after and not _by_turns(visit, same[0]):
            kept = f"{after[0]}, before and after that, with the same {visit.name}: a cache answers, and leaves no mark"
            proof = (
                visit.wire.evidence(one, f"{one}, under an address of its own, is let in"),
                visit.wire.evidence(after[0], kept),
            )
            yield Confirmed(proof) if _often(visit, same[0]) else Undecided(proof)


def _by_turns(visit: Visit, kept: Exchange) -> bool:
    """Whether the question was let in as it is, too, or turned away past the cache: then instances differ, and no cache."""
    plain = any(one.request.address == kept.request.address for one in visit.let_in)
    return plain or any(turned_away(one) for one in visit.personal if _asks_the_same(one, kept))


def _often(visit: Visit, kept: Exchange) -> bool:
    """Whether it was asked past the cache often enough."""
    return sum(_asks_the_same(one, kept) for one in visit.personal) >= OFTEN


def _asks_the_same(one: Exchange, other: Exchange) -> bool:
    """Whether only a parameter makes the difference."""
    here, there = one.request.address, other.request.address
    alike = one.request.method == other.request.method == "GET" and here.origin == there.origin and here.path == there.path
    return alike and here != there and set(here.query) > set(there.query)


def _is_it(exchange: Exchange) -> bool:
    return passing.by_shared_cache(exchange) and not passing.by_framework(exchange)


def _evidence(visit: Visit, one: Exchange) -> tuple[Evidence, ...]:
    says = f"{one} came from {timeline.cached(one)} ({passing.headers_of_cache(one)})"
    return (visit.wire.evidence(one, says),)

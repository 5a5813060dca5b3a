"""The browser takes the answer to "who is logged in" out of its own cache, from before the login.

Symptom: after the login the page still shows the login form, in one profile; in a private window it works.
Evidence: the question is answered from the disk or the memory of the browser, and that answer names nobody; a response
    that may be cached lacks Cache-Control: no-store.
Tell apart: an Age header or X-Cache means a cache between browser and service, a service worker is
    agree-service-worker. A 304 means that the service was asked and sees the same answer as before: there the service
    itself does not know the user.
Fix: answer everything that depends on who asks with Cache-Control: no-store.
"""

from sessile.doctor import timeline
from sessile.doctor.facts import Facts
from sessile.doctor.facts.exchange import Exchange, Role, Served, Sign
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Need, Remedy, RuledOut, Undecided, Unseen
from sessile.doctor.visits import Visit, turned_away, visits

ENTRIES = ("http-cache-stale-me",)
UNPROVOKED = (
    "Chromium keeps no 401, and no service of the lab answers 200 to nobody; it is tested on recordings in the form of"
    " Chromium's."
)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Answer what depends on who asks with Cache-Control: no-store",
    changes=(
        Change(
            "Express",
            "app.get('/api/me', (req, res) => res.json(req.session.user ?? null))",
            "app.use('/api', (req, res, next) => { res.set('Cache-Control', 'private, no-store'); next() })",
        ),
        Change(
            "Starlette and FastAPI",
            "return JSONResponse(user)",
            'return JSONResponse(user, headers={"Cache-Control": "private, no-store"})',
        ),
        Change(
            "Flask",
            "return jsonify(user)",
            '@app.after_request\ndef uncached(response):\n    response.headers["Cache-Control"] = "private, no-store"\n'
            "    return response",
        ),
        Change("Django", "def me(request):", "@never_cache\ndef me(request):"),
    ),
)

BROWSERS = frozenset({Served.DISK, Served.MEMORY, Served.CACHE})


def judge(facts: Facts) -> Finding:
    if not facts.wires:
        return Unseen(Need.WIRE, "no recording was given")
    stale = [(visit, one) for visit in visits(facts) for one in visit.after if _from_cache(one)]
    for visit, one in stale:
        if one.served in BROWSERS and (turned_away(one) or _named_nobody(visit, one)):
            says = f"{one} came from {timeline.cached(one)}, and names nobody although the login had succeeded"
            return Confirmed((visit.wire.evidence(one, says),))
    for visit, one in stale:
        if _named_nobody(visit, one) or turned_away(one):
            return Undecided((visit.wire.evidence(one, f"{one} came from {timeline.cached(one)}"),))
    return RuledOut("no answer about the user that names nobody came from the browser's cache")


def _from_cache(one: Exchange) -> bool:
    return one.role is Role.PERSONAL and (one.served in BROWSERS or one.status == 304)


def _named_nobody(visit: Visit, one: Exchange) -> bool:
    """Whether the last answer from the service for this URL, which the cache must have kept, named nobody."""
    if one.response and Sign.SOMEBODY in one.response.body.signs:
        return False
    kept = [
        other
        for other in visit.wire.exchanges
        if other.request.address == one.request.address and other.started < one.started and other.served is Served.NETWORK
    ]
    answered = [other for other in kept if other.status not in (0, 304) and not other.request.preflight]
    return bool(answered) and turned_away(answered[-1]) and answered[-1].started < visit.login.started

"""A cache gives a page the answer that was made for a page of another origin.

Symptom: the login works from one front end, then from another, never for long from both.
Evidence: an answer comes out of a cache (Age, X-Cache, the browser's disk), its Access-Control-Allow-Origin names
    another origin than the request's, and it lacks Vary: Origin.
Tell apart: with agree-cors-origin-not-allowed the service itself answers so, every time.
Fix: send Vary: Origin with every answer whose headers depend on it, and Cache-Control: private, no-store with answers
    that depend on who asks; then purge the cache.
"""

from sessile.doctor import timeline
from sessile.doctor.causes import crossing
from sessile.doctor.causes.crossing import Crossing
from sessile.doctor.cors import Rule
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Remedy

ENTRIES = ("cors-response-cached-for-other-origin",)
UNPROVOKED = (
    "A browser's own recording has nothing of an answer that it kept from the page; it is tested on recordings in the"
    " form of Chromium's."
)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Send Vary: Origin, and no-store on what depends on who asks",
    changes=(
        Change(
            "Express",
            "app.use((req, res, next) => { res.set('Access-Control-Allow-Origin', req.headers.origin); next() })",
            "app.use(cors({ origin: ['https://shop.example', 'https://admin.example'], credentials: true }))  // sends Vary\n"
            "app.use('/api', (req, res, next) => { res.set('Cache-Control', 'private, no-store'); next() })",
        ),
        Change(
            "Python",
            'response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]',
            'response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]\n'
            'response.headers["Vary"] = "Origin"\nresponse.headers["Cache-Control"] = "private, no-store"',
        ),
    ),
)


def judge(facts: Facts) -> Finding:
    refused = crossing.refused(facts, Rule.MISMATCH, Rule.MISSING)
    cached = [one for one in refused if timeline.cached(one.exchange) and not _varies(one)]
    if cached:
        return Confirmed((*cached[0].evidence, _from(cached[0])), certainty=cached[0].certainty)
    return crossing.nothing(facts)


def _varies(crossed: Crossing) -> bool:
    response = crossed.exchange.response
    named = ",".join(response.headers.all("vary")).lower() if response else ""
    return any(name.strip() in ("origin", "*") for name in named.split(","))


def _from(crossed: Crossing) -> Evidence:
    says = f"{crossed.exchange} came from {timeline.cached(crossed.exchange)}, without Vary: Origin"
    return crossed.wire.evidence(crossed.exchange, says)

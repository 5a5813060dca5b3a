"""The framework keeps a page that was rendered for nobody, and serves it to everybody.

Symptom: after a login a page still shows the login form, and reloading does not help; data fetched by script is
    right.
Evidence: the answer carries X-Nextjs-Cache: HIT or STALE, or came out of a cache with s-maxage=31536000, the mark of
    a page that was rendered once at build time. It says that nobody is logged in, although the request carried the
    cookie of its login.
Tell apart: the header names the framework; a cache before the service (agree-shared-cache-answers) adds Age or
    X-Cache: HIT. After a build the page is wrong from the first request on.
Fix: make every page that depends on the session dynamic, and fetch what it shows without a cache.
"""

from sessile.doctor.causes import passing
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.exchange import Exchange
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Remedy, Undecided
from sessile.doctor.visits import Visit, visits

ENTRIES = ("framework-page-cache",)
UNPROVOKED = "It needs a build of Next.js or the like; it is tested on recordings with the headers that Next.js documents."
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Make the page dynamic: rendered for each request, and never stored",
    changes=(
        Change(
            "Next.js, the page",
            "export default async function Page() {",
            "export const dynamic = 'force-dynamic'\nexport default async function Page() {",
        ),
        Change(
            "Next.js, what it fetches",
            "await fetch(`${api}/me`)",
            "await fetch(`${api}/me`, { cache: 'no-store', headers: { cookie: (await cookies()).toString() } })",
        ),
        Change("Flask (Flask-Caching)", "@cache.cached()\ndef dashboard():", "def dashboard():"),
        Change("Django", "@cache_page(900)\ndef dashboard(request):", "@never_cache\ndef dashboard(request):"),
    ),
)
LINKS = {"cookie comes back in vain": Level.ALWAYS}


def judge(facts: Facts) -> Finding:
    found = [(visit, one) for visit in visits(facts) for one in visit.turned_away if passing.by_framework(one)]
    returned = [(visit, one) for visit, one in found if visit.came_back(one)]
    if returned:
        return Confirmed(_evidence(*returned[0]))
    unknown = [(visit, one) for visit, one in found if visit.came_back(one) is None]
    if unknown:
        return Undecided(_evidence(*unknown[0]))
    return passing.nothing(facts, "no page for nobody came out of a framework's cache")


def _evidence(visit: Visit, one: Exchange) -> tuple[Evidence, ...]:
    return (visit.wire.evidence(one, f"{one} was rendered before, for nobody ({passing.headers_of_cache(one)})"),)

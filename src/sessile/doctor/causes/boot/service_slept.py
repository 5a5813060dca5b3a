"""The service was put to sleep while nobody asked, and woke up without the sessions of before.

Symptom: after a quarter of an hour without visitors the first request takes half a minute, or fails with 502 or 503;
    whoever was logged in is logged out.
Evidence: in one recording a session is let in, nobody asks for 15 minutes, the next answer takes seconds longer than
    the others or is 502 to 504, and from then on the same cookie is turned away. The answers come from a platform
    whose free services sleep.
Tell apart: an idle timeout ends a session as well, but wakes nobody: the answer comes as fast as ever. With rows in
    PostgreSQL and a fixed secret, sleep costs time and no session.
Fix: keep the sessions in the database and give the service a fixed secret; then it may sleep. A paid plan, or a ping
    that keeps it awake, hides the fault until the next deploy.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from sessile.doctor.causes import passing
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.correlation import Stored
from sessile.doctor.facts.exchange import Exchange, Served
from sessile.doctor.findings import Change, Confirmed, Finding, Level, Noted, Remedy, Undecided
from sessile.doctor.visits import Visit, turned_away, visits

ENTRIES = ("free-tier-sleep",)
UNPROVOKED = "Only a hosting platform puts a service to sleep; it is tested on recordings and on render.yaml files."
REMEDY = Remedy(
    "Keep the sessions in the database and the secret fixed, so that a wake-up costs time and no session",
    logs_out="whoever logged in since the last wake-up, once",
    instead="deploy it while the service sleeps: then nobody is logged in",
    changes=(
        Change(
            "Express",
            "app.use(session({ secret: crypto.randomBytes(32).toString('hex') }))",
            "const store = new PgStore({ conString: process.env.DATABASE_URL })\n"
            "app.use(session({ secret: process.env.SESSION_SECRET, store }))",
        ),
        Change(
            "Starlette and FastAPI",
            "app.add_middleware(SessionMiddleware, store=MemoryStore(), secret=secrets.token_urlsafe())",
            'app.add_middleware(SessionMiddleware, store=PostgresStore(DATABASE_URL), secret=os.environ["SESSION_SECRET"])',
        ),
        Change("render.yaml", "plan: free", "plan: starter"),
    ),
)
LINKS = {"401 after a restart": Level.USUALLY, "cookie comes back in vain": Level.RARELY}

IDLE = 15 * 60 * 1000.0
"""After so many milliseconds without a request a free service of Render is stopped (render.com/docs/free)."""
SLOW = 8000.0
WAKING = (502, 503, 504)
SLEEPERS = (".onrender.com", ".herokuapp.com", ".fly.dev", ".railway.app", ".koyeb.app", ".repl.co", ".glitch.me")


def judge(facts: Facts) -> Finding:
    for visit in visits(facts):
        for before, woken in _wake_ups(visit):
            later = [one for one in visit.personal if one.started >= woken.started]
            refused = [one for one in later if turned_away(one) and visit.came_back(one)]
            kept = [one for one in visit.let_in if one.started >= woken.started and visit.came_back(one)]
            evidence = _evidence(visit, before, woken)
            if kept:
                why = "the session lived through it"
                return Noted(evidence, why, "The service sleeps when nobody asks, and takes long to wake up")
            if refused and not _row_is_there(facts, visit):
                said = visit.wire.evidence(refused[0], f"{refused[0]} with the cookie that was let in before")
                used = any(visit.came_back(one) for one in visit.let_in if one.started < woken.started)
                return Confirmed((*evidence, said), certainty=0.9) if used and _sleeper(woken) else Undecided((*evidence, said))
    if free := _sleeps(facts):
        why = "with sessions in the database and a fixed secret a wake-up costs time and no session"
        return Noted(free, why, "The service's plan puts it to sleep when nobody asks")
    return passing.nothing(facts, "no request waited for the service to wake up")


def _sleeps(facts: Facts) -> tuple[Evidence, ...]:
    """The services whose plan is one that sleeps (render.com/docs/free)."""
    return tuple(
        Evidence(f"{service.name} has the plan free", "deployment", service.pointer)
        for service in facts.deployments.web
        if service.plan == "free" and service.platform == "Render"
    )


def _wake_ups(visit: Visit) -> Iterator[tuple[Exchange, Exchange]]:
    """Each two requests with a quarter of an hour between them, of which the second was slow or failed."""
    host = visit.login.request.address.host
    asked = [one for one in (visit.login, *visit.after) if one.request.address.host == host and one.served is Served.NETWORK]
    usual = _usual(asked)
    for before, one in pairwise(sorted(asked, key=lambda one: one.started)):
        waited = one.timings.wait if one.timings and one.timings.wait is not None else one.duration or 0
        if one.started - (before.ended or before.started) >= IDLE and (one.status in WAKING or waited > max(SLOW, 5 * usual)):
            yield before, one


def _usual(asked: Sequence[Exchange]) -> float:
    waits = sorted(one.timings.wait for one in asked if one.timings and one.timings.wait is not None)
    return waits[len(waits) // 2] if len(waits) > 2 else 0.0


def _sleeper(one: Exchange) -> bool:
    headers = one.response.headers if one.response else None
    named = headers is not None and headers.get("x-render-origin-server") is not None
    return named or one.request.address.host.endswith(SLEEPERS)


def _row_is_there(facts: Facts, visit: Visit) -> bool:
    known = facts.correlations.of(visit.cookie.value) if visit.cookie else None
    return known is not None and isinstance(known.row, Stored) and (known.row.expires or 0) > facts.now.timestamp() * 1000


def _evidence(visit: Visit, before: Exchange, woken: Exchange) -> tuple[Evidence, ...]:
    idle = round((woken.started - before.started) / 60_000)
    took = round((woken.duration or 0) / 1000)
    return (visit.wire.evidence(woken, f"{woken} after {idle} minutes in which nobody asked took {took} s"),)

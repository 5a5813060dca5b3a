"""Sessions are kept in the process's memory.

Symptom: everybody is logged out by each restart or deploy, and at random where several instances run.
Evidence: express-session warns at start that MemoryStore is not made for production: it got no store, or
    `store: undefined`, which the code shows. The session table, if there is one, does not grow at a login.
Tell apart: a secret that is random at each start looks the same, but there the rows are still in the table.
Fix: hand the middleware a store. Sessions in memory cannot be carried over.
"""

from sessile.doctor import running
from sessile.doctor.causes import code, signs
from sessile.doctor.causes.boot.session_middleware_twice import hides_store, twice
from sessile.doctor.causes.signs import Course, Sign
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.source import Deed, Literal
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Remedy, RuledOut

ENTRIES = ("store-undefined-falls-to-memory", "memory-store-restart", "memory-store-multi-instance")
FREQUENCY = Frequency.VERY_COMMON
REMEDY = Remedy(
    "Give the session middleware a store that outlives the process; what is in memory now is lost at the next start anyway",
    logs_out="whoever is logged in when it is deployed, as every start of this service does",
    instead="nothing carries a process's memory over: deploy it with a start that comes anyway",
    changes=(
        Change(
            "Express",
            "app.use(session({ secret }))",
            "const PgStore = connectPgSimple(session)\napp.use(session({ secret, store: new PgStore({ pool }) }))",
        ),
        Change("Python", "SessionMiddleware(app)", "SessionMiddleware(app, store=PostgresStore(url))"),
    ),
)
LINKS = {
    "401 after a restart": Level.ALWAYS,
    "intermittent 401": Level.SOMETIMES,
    "table empty": Level.USUALLY,
    "session rows missing after login": Level.USUALLY,
}
SIGN = Sign(("MEMORY_STORE",), text="MemoryStore is not", course=Course.SELECTIVE)


def judge(facts: Facts) -> Finding:
    said, without = signs.judge(facts, SIGN), _without(facts)
    if next(code.did(facts, Deed.FORGETS_EACH_REQUEST), None):
        return RuledOut("each request gets a store of its own, which no restart has to empty")
    if any((pair := twice(source)) and hides_store(*pair) for source in code.express(facts)):
        return RuledOut("there is a store, on a session middleware that another one comes before")
    if isinstance(said, Confirmed):
        shown = (*said.evidence, *without, *running.several(facts)[:1])
        return Confirmed(shown, certainty=code.BOTH if without else said.certainty)
    if without:
        if facts.rows and facts.rows.returning:
            return RuledOut(f"{facts.rows.returning} sessions saved within a day were used again from the table")
        return Confirmed((*without, *running.several(facts)[:1]), certainty=code.BY_CODE)
    if said is not None:
        return said
    finding = code.absent(facts, "the session middleware is given a store", "store")
    return finding if isinstance(finding, RuledOut) else signs.absent(facts)


def _without(facts: Facts) -> tuple[Evidence, ...]:
    """The session middleware that is the only one and is given no store, by the code as the environment makes it."""
    found = []
    for source in code.express(facts):
        sessions = code.sessions(source)
        if len(sessions) != 1 or not source.ordered:
            continue
        given = sessions[0].setting("store")
        if given is None:
            found.append(source.evidence(sessions[0].place, "no store is given, so sessions are kept in memory"))
        elif code.effective(facts, given.value) == Literal(None):
            found.append(source.evidence(given.place, "the store is undefined here, so sessions are kept in memory"))
    return tuple(found)

"""The session middleware is mounted twice, and the first one, without the store, wins.

Symptom: everything seems right until a restart or a second instance logs everybody out; the session table stays empty, and
    cookies have the name and the options of another middleware than the one people look at.
Evidence: in the code, two `app.use(session(...))`. The second one sees `req.session` and steps aside (express-session's
    index.js, "self-awareness"), so its store, its secret and its cookie are never used.
Tell apart: a store that is undefined is one middleware, and express-session warns of its MemoryStore.
Fix: remove the one that was not meant. Sessions kept by it end then, once.
"""

from sessile.doctor.causes import code
from sessile.doctor.facts import Facts, Source
from sessile.doctor.facts.source import Literal, Part, Step
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Noted, Remedy, RuledOut

ENTRIES = ("double-session-middleware",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Remove the session middleware that was not meant; sessions that it kept end once",
    logs_out="whoever's session the first one keeps in memory, once",
    instead="nothing carries a process's memory over: deploy it with a start that comes anyway",
    changes=(
        Change(
            "Express",
            "app.use(session({ secret: 'dev' }))\napp.use(session({ secret, store: new PgStore({ pool }) }))",
            "app.use(session({ secret, store: new PgStore({ pool }) }))",
        ),
    ),
)
LINKS = {
    "401 after a restart": Level.ALWAYS,
    "intermittent 401": Level.SOMETIMES,
    "table empty": Level.ALWAYS,
    "session rows missing after login": Level.ALWAYS,
}


def judge(facts: Facts) -> Finding:
    for source in code.express(facts):
        pair = twice(source)
        if pair is None:
            continue
        first, second = pair
        proof = (
            source.evidence(first.place, "the first session middleware, which serves"),
            source.evidence(second.place, "the second one, which steps aside"),
        )
        if not hides_store(first, second):
            return Noted(proof, "the first one serves, and it has a store; which options hold are its own")
        if facts.rows and (facts.rows.returning or facts.rows.live):
            return RuledOut(f"{facts.rows.live} live sessions are in the table of the second one")
        return Confirmed(proof, certainty=code.BY_CODE)
    return code.absent(facts, "there is one session middleware")


def twice(source: Source) -> tuple[Step, Step] | None:
    """The first two that meet every request; those under a condition may exclude each other."""
    every = [step for step in source.of(Part.SESSION) if not step.conditional and step.path == "/"]
    return (every[0], every[1]) if source.ordered and len(every) > 1 else None


def hides_store(first: Step, second: Step) -> bool:
    """Whether the first one has no store and the second one has."""
    kept, meant = first.setting("store"), second.setting("store")
    without = kept is None or kept.value == Literal(None)
    return without and meant is not None and meant.value != Literal(None)

"""The session comes from a library that has no regenerate(), which passport calls at every login.

Symptom: every login answers 500, since passport was updated to 0.6 or later.
Evidence: TypeError: req.session.regenerate is not a function. The code mounts cookie-session, or another library than
    express-session, and logs in with passport 0.6 or later.
Tell apart: a session object that was replaced lacks touch() and save() as well.
Fix: give the session the two functions that passport calls, or use express-session with a store, and take over who comes
    with a cookie of before. Neither logs anybody out.
"""

from sessile.doctor.causes import carried, code
from sessile.doctor.facts import Evidence, Facts, Log
from sessile.doctor.facts.logs import Event, Kind
from sessile.doctor.facts.source import Deed, Part
from sessile.doctor.findings import Change, Confirmed, Finding, Level, Remedy

ENTRIES = ("passport-06-missing-regenerate",)
REMEDY = Remedy(
    "Give the session what passport calls, or use express-session with a store, which regenerates",
    changes=(
        Change(
            "Express",
            "app.use(cookieSession({ keys }))",
            "app.use(cookieSession({ keys }))\n"
            "app.use((req, res, next) => {\n"
            "  if (req.session) Object.assign(req.session, { regenerate: (done) => done(), save: (done) => done() })\n"
            "  next()\n"
            "})",
        ),
        carried.ON_THE_SERVER[0],
    ),
)
LINKS = {"server errors with a cookie": Level.SOMETIMES, "login without Set-Cookie": Level.SOMETIMES}
REGENERATES = (0, 6)


def judge(facts: Facts) -> Finding:
    said = tuple(log.evidence(event) for log, event in _complaints(facts))
    proof = _without(facts)
    if said:
        return Confirmed((*said, *proof), certainty=code.BOTH if proof else code.BY_CODE)
    if proof:
        return code.certain(facts, *proof)
    if code.express(facts):
        return code.absent(facts, "what gives requests their session has regenerate()")
    return code.absent(facts, "no such service's code was given")


def _complaints(facts: Facts) -> list[tuple[Log, Event]]:
    lines = [(log, event) for log in facts.logs for kind in (Kind.ERROR, Kind.EXIT) for event in log.of(kind, "SESSION_REPLACED")]
    return [(log, event) for log, event in lines if "regenerate is not a function" in event.text]


def _without(facts: Facts) -> tuple[Evidence, ...]:
    found = []
    for source in code.express(facts):
        foreign = [step for step in source.of(Part.SESSION) if step.library == "cookie-session"]
        logins = source.did(Deed.LOGS_IN_BY_LIBRARY)
        if foreign and logins and not code.sessions(source) and code.version(source.packages.get("passport", "")) >= REGENERATES:
            found.append(source.evidence(foreign[0].place, "this session has no regenerate()"))
            found.append(source.evidence(logins[0].place, f"passport {source.packages['passport']} calls it at this login"))
    return tuple(found)

"""Routes that need the session come before the session middleware, so they never have one.

Symptom: the login answers 500 (or 401), or some pages have a session and others never do, from the first request on.
Evidence: in the code, `app.use(session(...))` stands after routes whose handlers use `req.session`, or passport's session
    comes before it. The log has "Login sessions require session support", or a TypeError on `req.session` being undefined.
Tell apart: a session that is mounted on a sub-path is missing outside of it only. A store that is disconnected, and a
    cookie's path that does not match, take the session away from all routes for a while.
Fix: move the session middleware up, before everything that uses it. No session is lost.
"""

from sessile.doctor.causes import code, signs
from sessile.doctor.causes.signs import Sign
from sessile.doctor.facts import Evidence, Facts, Source
from sessile.doctor.facts.source import Part, Step
from sessile.doctor.findings import Change, Confirmed, Finding, Level, Remedy, RuledOut, Undecided

ENTRIES = ("session-middleware-after-routes",)
REMEDY = Remedy(
    "Mount the session middleware before every route that uses the session, and passport's after it",
    changes=(
        Change(
            "Express",
            "app.use('/api', routes)\napp.use(session({ secret, store }))",
            "app.use(session({ secret, store }))\napp.use('/api', routes)",
        ),
    ),
)
LINKS = {
    "server errors with a cookie": Level.USUALLY,
    "login, then 401": Level.SOMETIMES,
    "login without Set-Cookie": Level.SOMETIMES,
}
SIGN = Sign(("SESSION_SUPPORT", "SESSION_UNDEFINED"))


def judge(facts: Facts) -> Finding:
    said = signs.proof(facts, SIGN)
    for source in code.express(facts):
        early, late = _early(source), _late(source)
        if early and not late:
            return code.certain(facts, *(_proof(source, step) for step in early), *said)
        if early:
            proof = (*(_proof(source, step) for step in early), *said)
            return Confirmed(proof, certainty=code.BOTH) if said else code.possible(facts, LINKS, proof, _SOME, REMARK)
    finding = code.absent(facts, "the session middleware comes before every route that uses the session")
    return Undecided(said) if said and not isinstance(finding, RuledOut) else finding


REMARK = "Some routes come before the session middleware"
_SOME = "only these routes are without a session; nothing that was given shows that users come to them and need it"


def _early(source: Source) -> tuple[Step, ...]:
    """What needs a session and comes before the first one; the order is told for one application, whole."""
    sessions = code.sessions(source)
    if not source.ordered or not sessions:
        return ()
    before = source.steps[: source.steps.index(sessions[0])]
    if any(step.part is Part.SESSION for step in before):
        return ()
    return tuple(step for step in before if step.needs_session and step.part in (Part.ROUTE, Part.IDENTITY))


def _late(source: Source) -> tuple[Step, ...]:
    after = source.steps[source.steps.index(code.sessions(source)[0]) :] if code.sessions(source) else ()
    return tuple(step for step in after if step.needs_session and step.part is Part.ROUTE)


def _proof(source: Source, step: Step) -> Evidence:
    what = "passport's session" if step.part is Part.IDENTITY else step.path or "a route"
    session = code.sessions(source)[0].place
    return source.evidence(step.place, f"{what} comes before the session middleware ({session})")

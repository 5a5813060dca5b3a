"""The session middleware is mounted on a sub-path, so what lies outside of it has no session.

Symptom: some paths have sessions and others never do, whoever asks: the login at /auth, say, but not /api.
Evidence: in the code, `app.use('/api', session(...))`, or session() inside a router that is mounted on a path, and routes
    elsewhere that use `req.session`.
Tell apart: a session middleware after routes is missing for what stands before it, whatever its path. A cookie with a
    Path of its own is set, and not sent elsewhere.
Fix: mount the session middleware at the root. No session is lost.
"""

from sessile.doctor.causes import code, signs
from sessile.doctor.causes.signs import Sign
from sessile.doctor.facts import Evidence, Facts, Source
from sessile.doctor.facts.source import Part, Step
from sessile.doctor.findings import Change, Finding, Frequency, Level, Remedy, RuledOut, Undecided

ENTRIES = ("session-mounted-on-subpath",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Mount the session middleware at the root",
    changes=(Change("Express", "app.use('/api', session({ secret, store }))", "app.use(session({ secret, store }))"),),
)
LINKS = {"server errors with a cookie": Level.USUALLY, "login, then 401": Level.USUALLY}
SIGN = Sign(("SESSION_SUPPORT", "SESSION_UNDEFINED"))


def judge(facts: Facts) -> Finding:
    said = signs.proof(facts, SIGN)
    for source in code.express(facts):
        if outside := _outside(source):
            mounted = source.of(Part.SESSION)[0].place
            edits = code.edit(mounted, r"\.use\((['\"`])[^'\"`]+\1,\s*", ".use(")
            return code.certain(facts, *outside, *said, changes=edits)
    finding = code.absent(facts, "the session middleware is mounted for every route that uses the session")
    return Undecided(said) if said and not isinstance(finding, RuledOut) else finding


def _outside(source: Source) -> tuple[Evidence, ...]:
    """The routes that use the session where none is mounted."""
    sessions = source.of(Part.SESSION)
    paths = [step.path for step in sessions]
    if not source.ordered or not sessions or any(not path or path == "/" for path in paths):
        return ()
    return tuple(
        source.evidence(
            step.place, f"{step.path} uses the session, which is mounted on {' and '.join(paths)} ({sessions[0].place})"
        )
        for step in source.of(Part.ROUTE)
        if step.needs_session and step.path and not any(_covers(path, step) for path in paths)
    )


def _covers(path: str, step: Step) -> bool:
    prefix = path.rstrip("/")
    return step.path == prefix or step.path.startswith(f"{prefix}/")

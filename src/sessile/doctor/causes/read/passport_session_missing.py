"""passport.session() is not mounted, so nobody takes the user from the session.

Symptom: the login answers 200, and every request afterwards 401, though the cookie comes and the row has `passport.user`.
Evidence: in the code, passport logs users in and finds them again (deserializeUser), and neither `passport.session()` nor
    `passport.authenticate('session')` is mounted before the routes.
Tell apart: where the row names nobody, the login kept nothing (read-passport-session-false), or it was overwritten.
Fix: mount passport.session() after the session middleware and before the routes. No session is lost.
"""

from sessile.doctor.causes import code
from sessile.doctor.facts import Evidence, Facts, Source
from sessile.doctor.facts.source import Deed, Part, Step
from sessile.doctor.findings import Change, Finding, Level, Remedy

ENTRIES = ("passport-session-missing",)
REMEDY = Remedy(
    "Mount passport.session() after the session middleware and before the routes",
    changes=(
        Change(
            "Express",
            "app.use(session({ secret, store }))\napp.use(passport.initialize())",
            "app.use(session({ secret, store }))\napp.use(passport.initialize())\napp.use(passport.session())",
        ),
    ),
)
LINKS = {
    "login, then 401": Level.ALWAYS,
    "cookie comes back in vain": Level.ALWAYS,
    "same user logs in again and again": Level.USUALLY,
}


def judge(facts: Facts) -> Finding:
    served = code.express(facts)
    for source in served:
        if not _mounted_beside(source, served) and (proof := _proof(source)):
            return code.certain(facts, *proof, changes=_edits(source), loaded=True)
    return code.absent(facts, "passport takes the user from the session before the routes, or no user is kept by passport")


def _mounted_beside(source: Source, served: tuple[Source, ...]) -> bool:
    """Whether another application of the same project is the one whose users passport finds."""
    beside = (one for one in served if one is not source and one.source == source.source)
    return not source.of(Part.IDENTITY) and any(one.of(Part.IDENTITY) for one in beside)


def _proof(source: Source) -> tuple[Evidence, ...]:
    logins, finds = source.did(Deed.LOGS_IN_BY_LIBRARY), source.did(Deed.DESERIALIZES)
    sessions = code.sessions(source)
    if not (source.ordered and source.complete and logins and finds and sessions):
        return ()
    said = source.evidence(logins[0].place, "passport keeps this user in the session")
    mounted = source.of(Part.IDENTITY)
    if not mounted:
        return (said, source.evidence(sessions[0].place, "no passport.session() comes after the session middleware"))
    before = _routes(source.steps[: source.steps.index(mounted[0])])
    if before and not _routes(source.steps[source.steps.index(mounted[0]) :]):
        return (said, source.evidence(mounted[0].place, f"it comes after {before[0].path or 'the routes'} ({before[0].place})"))
    return ()


def _edits(source: Source) -> tuple[Change, ...]:
    """The line to add after passport.initialize(), where that stands alone on its line."""
    begun = [step.place for step in source.of(Part.OTHER) if step.library == "passport"]
    return (
        code.edit(begun[0], r"^(\w+)\.use\(passport\.initialize\(\)\);?$", r"\g<0>\n\1.use(passport.session());") if begun else ()
    )


def _routes(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    return tuple(step for step in steps if step.part is Part.ROUTE and step.needs_session)

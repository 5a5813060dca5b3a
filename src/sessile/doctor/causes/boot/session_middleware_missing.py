"""The session is asked for where its middleware has not run: it is not there, or another one stands around it.

Symptom: every request that needs the session is answered 500, or the service does not start.
Evidence: "SessionMiddleware must be installed to access request.session" (Starlette), "requires session middleware to be
    installed" (Django's authentication). In the source no SessionMiddleware is added, or one that asks for the session is
    added after it: what is added last stands outermost and runs first.
Tell apart: with the middleware in its place and no secret, Starlette and sessile do not start at all, and Flask says "no
    secret key was set".
Fix: add the middleware, and add it last (Starlette, FastAPI) or list it before those that need it (Django). No session is
    lost.
"""

from collections.abc import Iterator

from sessile.doctor import layers
from sessile.doctor.causes import signs
from sessile.doctor.causes.signs import Sign
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.source import Deed, Framework, Part, Source, Step
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Remedy, RuledOut

ENTRIES = ("starlette-middleware-missing-or-order",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Let the session's middleware run before whatever asks for the session",
    changes=(
        Change(
            "Starlette and FastAPI (the last added runs first)",
            "app.add_middleware(SessionMiddleware, secret_key=key)\napp.add_middleware(WhoIsIt)",
            "app.add_middleware(WhoIsIt)\napp.add_middleware(SessionMiddleware, secret_key=key)",
        ),
        Change(
            "Django (the first listed runs first)",
            '"django.contrib.auth.middleware.AuthenticationMiddleware",\n"django.contrib.sessions.middleware.SessionMiddleware",',
            '"django.contrib.sessions.middleware.SessionMiddleware",\n"django.contrib.auth.middleware.AuthenticationMiddleware",',
        ),
    ),
)
LINKS = {"server errors with a cookie": Level.USUALLY, "boot failed": Level.SOMETIMES}
SIGN = Sign(("SESSION_MIDDLEWARE",), text="SessionMiddleware must be installed|requires session middleware to be installed")


def judge(facts: Facts) -> Finding:
    in_source = tuple(evidence for source in layers.sources(facts) for evidence in _out_of_place(source))
    logged = signs.judge(facts, SIGN)
    if isinstance(logged, Confirmed):
        return Confirmed((*logged.evidence, *in_source), certainty=0.99 if in_source else logged.certainty)
    if isinstance(logged, RuledOut):
        return logged
    if in_source:
        return Confirmed(in_source, certainty=0.95)
    if logged:
        return logged
    return (
        RuledOut("the session's middleware stands around all that ask for it") if layers.sources(facts) else signs.absent(facts)
    )


def _out_of_place(source: Source) -> Iterator[Evidence]:
    if source.framework is Framework.FLASK or not source.ordered:
        return
    session = next((step for step in source.steps if step.part is Part.SESSION), None)
    if session is None:
        yield from _without(source)
        return
    outside = [step for step in source.steps[: source.steps.index(session)] if step.needs_session]
    yield from (
        source.evidence(step.place, "this asks for the session, and runs before the session's middleware") for step in outside
    )


def _without(source: Source) -> Iterator[Evidence]:
    """The places that ask for the session, where all of the code was seen and none of it adds the middleware."""
    if not source.complete or any(step.open_ended for step in source.steps) or not _is_told(source.steps, source.framework):
        return
    for act in source.did(Deed.ASKS)[:2]:
        yield source.evidence(act.place, "this asks for the session, and no SessionMiddleware is added anywhere")


def _is_told(steps: tuple[Step, ...], framework: Framework) -> bool:
    """Whether the list of middleware was seen: Django always has one."""
    return bool(steps) or framework is not Framework.DJANGO

"""A middleware around the session's assigns Set-Cookie, and so throws the session's cookie away.

Symptom: the login answers 200 and sets a cookie, only not the session's; nobody is logged in afterwards.
Evidence: in the code, a middleware that stands around SessionMiddleware does `response.headers["Set-Cookie"] = ...`: in Starlette
    and FastAPI that takes the place of every Set-Cookie of the answer.
Tell apart: inside SessionMiddleware it takes nothing away, for the session's cookie is added later. A proxy that strips
    Set-Cookie strips them all. Flask and Django keep their cookies elsewhere until the end.
Fix: response.set_cookie(...), or response.headers.append("Set-Cookie", ...). No session is lost.
"""

from collections.abc import Iterator

from sessile.doctor import layers
from sessile.doctor.causes import code
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.source import Act, Deed, Framework, Part, Source, Step
from sessile.doctor.findings import Change, Finding, Frequency, Level, Need, Remedy, RuledOut, Unseen

ENTRIES: tuple[str, ...] = ()
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Add the other cookie beside the session's",
    changes=(
        Change(
            "Starlette and FastAPI",
            'response.headers["Set-Cookie"] = f"visitor={number}"',
            'response.set_cookie("visitor", number)',
        ),
    ),
)
LINKS = {"login without Set-Cookie": Level.ALWAYS, "login, then 401": Level.ALWAYS}


def judge(facts: Facts) -> Finding:
    if not code.any_python(facts):
        return Unseen(Need.SOURCE, "no source of a service in Python was given")
    if proof := tuple(one for source in layers.sources(facts) for one in _around(source)):
        return code.certain(facts, *proof)
    return RuledOut("no middleware around the session's puts its own Set-Cookie in the place of others")


def _around(source: Source) -> Iterator[Evidence]:
    """The assignments in middlewares that see the answer after the session's cookie was added."""
    session = next((number for number, step in enumerate(source.steps) if step.part is Part.SESSION), None)
    if session is None or source.framework not in (Framework.STARLETTE, Framework.FASTAPI) or not source.ordered:
        return
    for act in source.did(Deed.REPLACES_SET_COOKIE):
        if any(_is_of(act, step) for step in source.steps[:session]):
            yield source.evidence(act.place, "this takes the place of the session's Set-Cookie")


def _is_of(act: Act, step: Step) -> bool:
    """Whether a step is the middleware that does it: by its place, or by the name of its class."""
    return act.detail == str(step.place) or act.detail in step.place.excerpt

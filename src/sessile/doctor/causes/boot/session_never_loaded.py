"""starsessions is installed, and nothing loads the sessions: who asks for one gets an error, or nobody.

Symptom: every page behind the login answers 401 or 500 although the login succeeds and its cookie comes back.
Evidence: in the source, starsessions' SessionMiddleware is added, with neither SessionAutoloadMiddleware nor a call of
    load_session(). The error is SessionNotLoaded; code that catches it takes it for a visitor who has not logged in.
Tell apart: Starlette's and sessile's own middleware load the session by themselves. A session that is loaded and not found has
    another store, or another prefix.
Fix: add SessionAutoloadMiddleware inside SessionMiddleware, or await load_session(request) first. No session is lost.
"""

from sessile.doctor.causes import code
from sessile.doctor.facts import Facts
from sessile.doctor.facts.source import Deed
from sessile.doctor.findings import Change, Finding, Frequency, Level, Need, Remedy, RuledOut, Unseen

ENTRIES: tuple[str, ...] = ()
FREQUENCY = Frequency.RARE
UNPROVOKED = "starsessions is not installed here; it is tested on source as its documentation has it, and was met in the field."
REMEDY = Remedy(
    "Load the session before it is asked for",
    changes=(
        Change(
            "Starlette and FastAPI (the last added runs first)",
            "app.add_middleware(SessionMiddleware, store=store)",
            "app.add_middleware(SessionAutoloadMiddleware)\napp.add_middleware(SessionMiddleware, store=store)",
        ),
    ),
)
LINKS = {"cookie comes back in vain": Level.USUALLY, "login, then 401": Level.USUALLY}


def judge(facts: Facts) -> Finding:
    coded = code.shown(
        code.in_python(facts, Deed.NEVER_LOADS),
        "starsessions' middleware; no SessionAutoloadMiddleware and no load_session() is there",
    )
    if coded:
        return code.certain(facts, *coded)
    if not code.any_python(facts):
        return Unseen(Need.SOURCE, "no source of a service in Python was given")
    return RuledOut("sessions are loaded where starsessions keeps them, or something else does")

"""The service knows the user, and the page shows the login form all the same.

Symptom: every answer in the recording is good, and the user is asked to log in.
Evidence: the question who is logged in is answered with a user, or with an error that says nothing of sessions (429,
    500, 502, no answer at all), and the next thing is the login page.
Tell apart: where that question is answered 401 or with nobody, the service does not know the user. Where the browser
    hides the answer, the agree-cors causes say so. An old answer out of a cache is agree-browser-cache.
Fix: take the answer of /api/me for the truth, and nothing else: an HttpOnly cookie is invisible to document.cookie,
    though it is sent; a flag in localStorage grows old; an error is no logout.
"""

from collections.abc import Collection, Iterator

from sessile.doctor import timeline
from sessile.doctor.causes import crossing
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.exchange import Exchange, Role, Sign
from sessile.doctor.findings import Change, Confirmed, Finding, Need, Remedy, RuledOut, Undecided, Unseen
from sessile.doctor.visits import Visit, turned_away, visits

ENTRIES = ("client-believes-logged-out",)
UNPROVOKED = (
    "It lies in a page's own script, and the lab's pages have none; it is tested on recordings in the form of Chromium's."
)
REMEDY = Remedy(
    "Let the page ask the service who is logged in, and believe it",
    changes=(
        Change(
            "the page",
            "const loggedIn = document.cookie.includes('connect.sid')",
            "const answer = await fetch('/api/me')\nif (answer.status === 401) showLogin()\n"
            "else if (!answer.ok) showError('please try again')\nelse show(await answer.json())",
        ),
    ),
)

SOON = 5000.0
"""Within so many milliseconds after the answer a page goes to the login form by itself."""


def judge(facts: Facts) -> Finding:
    hidden = {one.exchange.pointer for one in crossing.crossings(facts) if one.refusal}
    shown = [found for visit in visits(facts) for found in _disbelieved(visit, hidden)]
    if certain := next((evidence for evidence, certain in shown if certain), None):
        return Confirmed(certain, certainty=0.9)
    if shown:
        return Undecided(shown[0][0])
    if not facts.wires:
        return Unseen(Need.WIRE, "no recording was given")
    return RuledOut("no login page follows an answer that turns nobody away")


def _disbelieved(visit: Visit, hidden: Collection[str]) -> Iterator[tuple[tuple[Evidence, ...], bool]]:
    """The answer and the login page right after it, and whether that answer by itself says that nobody was logged out."""
    asked: Exchange | None = None
    for one in visit.wire.exchanges:
        if one.started <= visit.login.started:
            continue
        if one.role in (Role.LOGIN, Role.LOGOUT) or turned_away(one) or one.pointer in hidden:
            return
        if one.role is Role.PERSONAL and not timeline.cached(one):
            asked = one
        elif asked and crossing.asks_to_log_in(one) and one.started - asked.started <= SOON:
            says = f"{one} follows {_told(asked)}"
            yield (visit.wire.evidence(asked, str(asked)), visit.wire.evidence(one, says)), _plain(asked)
            return


def _plain(one: Exchange) -> bool:
    named = one.response is not None and Sign.SOMEBODY in one.response.body.signs
    return named or one.status == 429 or one.status >= 500


def _told(one: Exchange) -> str:
    if one.status == 429 or one.status >= 500:
        return f"an answer of {one.status}, which says nothing of the session"
    return f"an answer of {one.status or 'nothing'} that turns nobody away"

"""The user logged out, or in again, in another tab, and this one still shows the old state.

Symptom: in one tab everything is 401 right after the user did something in another.
Evidence: the cookie changed or went between two requests of the recording without any response in it that did so; or
    the recording has the logout, on another page, seconds before the 401.
Tell apart: same browser, seconds apart. A cookie that was cleared by a response of this page is
    send-cleared-by-other-response.
Fix: nothing needs mending on the service. Let the tabs tell each other (BroadcastChannel), and say "you logged out in
    another tab".
"""

from collections.abc import Iterator

from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.cookies import CookieSet
from sessile.doctor.facts.exchange import Exchange, Role
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Need, Remedy, RuledOut, Unseen
from sessile.doctor.visits import Visit, same_site, turned_away, visits

ENTRIES = ("logout-in-other-tab",)
UNPROVOKED = "It is no fault of a service; it is tested on recordings in the form of Chromium's."
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Let the tabs tell each other, and say what happened",
    changes=(
        Change(
            "the page",
            "await fetch('/logout', { method: 'POST' })",
            "const tabs = new BroadcastChannel('session')\ntabs.onmessage = () => location.assign('/login?reason=other-tab')\n"
            "await fetch('/logout', { method: 'POST' })\ntabs.postMessage('ended')",
        ),
    ),
)
LINKS = {"cookie comes back in vain": Level.RARELY, "cookie does not come back": Level.RARELY}


def judge(facts: Facts) -> Finding:
    logins = visits(facts)
    for visit in logins:
        if shown := next(_elsewhere(visit), None) or next(_replaced(visit), None):
            return Confirmed((shown,), certainty=0.95)
    if not facts.wires:
        return Unseen(Need.WIRE, "no recording was given")
    if any(not isinstance(visit.cookies, tuple) for visit in logins):
        return Unseen(Need.WIRE, "the recording does not show which cookie was sent")
    return RuledOut("no other page changed the cookie")


def _elsewhere(visit: Visit) -> Iterator[Evidence]:
    """A logout on one page of the recording, and a 401 on another that had been let in."""
    exchanges = [one for one in visit.wire.exchanges if one.started > visit.login.started]
    logout = next((one for one in exchanges if one.role is Role.LOGOUT and same_site(one, visit.login)), None)
    if logout is None or not logout.page:
        return
    in_before = {one.page for one in visit.let_in if one.started < logout.started}
    for one in exchanges:
        if one.started > logout.started and turned_away(one) and one.page != logout.page and one.page in in_before:
            yield visit.wire.evidence(one, f"{one} is of another page than {logout} before it")
        if one.role is Role.LOGIN:
            return


def _replaced(visit: Visit) -> Iterator[Evidence]:
    """A cookie of the name that no response of the recording set, after the login's own had come back."""
    if visit.cookie is None:
        return
    known = {cookie.value for one in visit.wire.exchanges for cookie in _set(visit, one)}
    came = False
    for one in visit.personal:
        sent = visit.sent(one)
        strange = isinstance(sent, tuple) and bool(sent) and all(cookie.value not in known for cookie in sent)
        if came and strange and turned_away(one):
            yield visit.wire.evidence(one, f"{one} carries a {visit.name} that no response of this recording set")
        came = came or visit.came_back(one) is True


def _set(visit: Visit, one: Exchange) -> tuple[CookieSet, ...]:
    found = one.response.sets(visit.name) if one.response else ()
    return found if isinstance(found, tuple) else ()

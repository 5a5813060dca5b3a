"""The browser sends two cookies of the session's name, and the service reads the stale one.

Symptom: a login loop for old users only, since a change of Domain or Path; a private window, or clearing the cookies,
    helps.
Evidence: the Cookie header carries the name more than once, and the value that the login set is not the one that is read:
    Express takes the first, and browsers send the longer Path first, then the older cookie.
Tell apart: count the name in the Cookie header. With one cookie of another app's value it is send-name-collision. If the
    login's own cookie would be refused as well, look for that first.
Fix: remove the stale cookie by its own Domain and Path, in every login, for as long as it may live; or rename the cookie,
    and read the old name, too, for as long as its cookies may live. Nobody is logged out by either.
"""

from collections.abc import Iterator

from sessile.doctor.causes import carried, other_app, unsent
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.cookies import CookieSent, Shape, Value
from sessile.doctor.facts.exchange import Exchange
from sessile.doctor.findings import Change, Confirmed, Finding, Level, Remedy, RuledOut, Undecided, Unseen
from sessile.doctor.placement import placed
from sessile.doctor.visits import Visit, visits
from sessile.session.outcome import Station

ENTRIES = ("duplicate-cookie-shadowing",)
REMEDY = Remedy(
    "Remove the stale cookie by its own Domain and Path in every login, for as long as it may live",
    changes=(
        Change(
            "Express",
            "cookie: { domain: 'shop.example' }",
            "cookie: { domain: 'shop.example' }\n"
            "// in the login, before res.json(): the cookie without Domain that older versions set\n"
            "res.clearCookie('connect.sid', { path: '/' })",
        ),
        Change(
            "Express, by a new name",
            carried.NEW_NAME[0].before,
            carried.NEW_NAME[0].after,
        ),
        Change(
            "sessile (Starlette, FastAPI, Flask)",
            'CookiePolicy(name="connect.sid", domain="shop.example")',
            'CookiePolicy(name="connect.sid", domain="shop.example")   # takes the first that verifies and lives',
        ),
        Change(
            "Django",
            'SESSION_COOKIE_DOMAIN = "shop.example"',
            'SESSION_COOKIE_DOMAIN = "shop.example"\n# in the login:\nresponse.delete_cookie("sessionid", path="/")',
        ),
    ),
)
LINKS = {"cookie comes back in vain": Level.ALWAYS}


def judge(facts: Facts) -> Finding:
    found = [(visit, one, sent) for visit in visits(facts) for one, sent in _doubled(visit)]
    if not found:
        unknown = unsent.nothing(facts)
        return unknown if isinstance(unknown, Unseen) else RuledOut("no request that was turned away carries the name twice")
    if other_app.collisions(facts):
        return RuledOut("the other cookie of the name is another app's, which set it meanwhile")
    stations = {id(one.exchange): one for one in placed(facts)}
    beyond = next(
        (where for _, one, _ in found if (where := stations[id(one)]).station not in (None, Station.SEND)),
        None,
    )
    if beyond:
        return RuledOut(f"the session stops at {beyond.station} whichever of them is read: {beyond.because}")
    shadowed = next(((visit, one, sent) for visit, one, sent in found if _shadowed(visit, one, sent)), None)
    if shadowed:
        return Confirmed(_evidence(*shadowed), certainty=0.97)
    return Undecided(_evidence(*found[0]))


def _doubled(visit: Visit) -> Iterator[tuple[Exchange, tuple[CookieSent, ...]]]:
    """The requests that were turned away with the login's cookie and another value of its name."""
    for one in visit.turned_away:
        sent = visit.sent(one)
        if isinstance(sent, tuple) and len({cookie.value for cookie in sent}) > 1 and visit.came_back(one):
            yield one, sent


def _shadowed(visit: Visit, one: Exchange, sent: tuple[CookieSent, ...]) -> bool:
    """Whether a service that reads as Express does takes another one's cookie, which is signed as Express's are."""
    ours = visit.cookie.value if visit.cookie else None
    signed = isinstance(ours, Value) and ours.shape is Shape.SIGNED
    return signed and not visit.was_given(sent[0].value, one)


def _evidence(visit: Visit, one: Exchange, sent: tuple[CookieSent, ...]) -> tuple[Evidence, ...]:
    given = visit.given(one)
    place = next(number for number, cookie in enumerate(sent, 1) if cookie.value in given)
    says = f"{one} carries {visit.name} {len(sent)} times; the one that the login set is number {place}"
    return unsent.set_to(visit), visit.wire.evidence(one, says)

"""The browser threw the cookie away: there were too many, or a response told it to forget them all.

Symptom: now and then a single user is logged out, though the row is alive.
Evidence: a response with Clear-Site-Data: "cookies" that is no logout; more than 180 cookies of one site, of which the
    one that was used least goes.
Tell apart: other cookies of the site are gone, too. A response that clears this cookie alone is
    send-cleared-by-other-response.
Fix: send Clear-Site-Data at the logout only; set fewer cookies; tell the consent tool that the session cookie is
    necessary.
"""

from collections.abc import Iterator
from itertools import chain

from sessile.doctor.causes import unsent
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.exchange import Exchange, Role
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Remedy, RuledOut, Undecided, Unseen
from sessile.doctor.visits import Visit, visits

ENTRIES = ("cookie-evicted-or-cleared",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Keep the number of cookies small, and clear them at the logout only",
    changes=(
        Change(
            "Express",
            "app.use((req, res, next) => { res.set('Clear-Site-Data', '\"cookies\"'); next() })",
            "app.post('/logout', (req, res) => { res.set('Clear-Site-Data', '\"cookies\"'); ... })",
        ),
        Change(
            "Python",
            'response.headers["Clear-Site-Data"] = \'"cookies"\'   # in a middleware',
            'response.headers["Clear-Site-Data"] = \'"cookies"\'   # in the logout alone',
        ),
    ),
)
LINKS = {"cookie does not come back": Level.SOMETIMES}


def judge(facts: Facts) -> Finding:
    for visit in visits(facts):
        if found := next(chain(_cleared(visit), _evicted(visit)), None):
            return Confirmed((unsent.set_to(visit), found))
    if others := [one for one in unsent.unsent(facts) if one.allowed and not one.bare]:
        says = f"{others[0].exchange} carries other cookies, and {others[0].visit.name} no longer, which no response removed"
        return Undecided((others[0].evidence(says),))
    otherwise = unsent.nothing(facts)
    return otherwise if isinstance(otherwise, Unseen) else RuledOut("no response made the browser forget the cookie")


def _cleared(visit: Visit) -> Iterator[Evidence]:
    for one in visit.after:
        if one.role is not Role.LOGOUT and one.request.address.scheme == "https" and _clears_all(one):
            yield visit.wire.evidence(one, f'{one} tells the browser to forget all cookies (Clear-Site-Data: "cookies")')


def _clears_all(one: Exchange) -> bool:
    said = ",".join(one.response.headers.all("clear-site-data")) if one.response else ""
    return bool({'"cookies"', '"*"'} & {directive.strip() for directive in said.split(",")})


def _evicted(visit: Visit) -> Iterator[Evidence]:
    for one in visit.after:
        passage = visit.passages.get(one.pointer)
        for line, setting in passage.settings if passage else ():
            if any(cookie.name == visit.name for cookie in setting.evicted):
                says = f"{one} sets {line.name}, one cookie more than a browser keeps of a site, and {visit.name} had to go"
                yield visit.wire.evidence(one, says)

"""The client's clock is ahead by more than the cookie lives, so it throws the cookie away at once.

Symptom: one user, on one device, is logged out as soon as he logs in.
Evidence: the cookie has Expires and no Max-Age (Express sends only that), and the recording's clock is ahead of the
    response's Date by more than the time left. Chrome and Firefox set Expires right by Date; other clients do not.
Tell apart: another device is fine. If it strikes everybody, the service's clock or a time zone is wrong
    (live-clock-skew, live-time-zone-mismatch), or maxAge was given in seconds.
Fix: set the device's clock; a longer maxAge hides it. A client that is told Max-Age needs no clock.
"""

import re

from sessile.doctor.causes import unsent
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Remedy, RuledOut, Unseen
from sessile.doctor.visits import Visit, visits

ENTRIES = ("client-clock-wrong",)
UNPROVOKED = (
    "It needs a client with a clock of its own that is no Chromium, which corrects its clock by Date; it is tested on recordings."
)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Set the device's clock by the network",
    changes=(
        Change("Express", "cookie: { maxAge: 60 * 60 * 1000 }", "cookie: { maxAge: 14 * 24 * 60 * 60 * 1000 }"),
        Change("Starlette and FastAPI", "idle=timedelta(hours=1)", "idle=timedelta(days=14)"),
    ),
)
LINKS = {"cookie does not come back": Level.USUALLY}

_CORRECTS = re.compile(r"Chrome/|Chromium/|Firefox/")


def judge(facts: Facts) -> Finding:
    logins = [visit for visit in visits(facts) if visit.cookie]
    for visit in logins:
        evidence = _outlived(visit)
        if evidence and any(visit.sent(one) == () for one in visit.turned_away):
            if _CORRECTS.search(visit.login.request.headers.get("user-agent") or ""):
                return RuledOut("the clock is ahead, and this browser sets Expires right by the Date header")
            return Confirmed((evidence,), certainty=0.95)
    found = unsent.nothing(facts)
    return found if isinstance(found, Unseen) else RuledOut("no cookie had expired by the client's clock when it came")


def _outlived(visit: Visit) -> Evidence | None:
    cookie, login = visit.cookie, visit.login
    ahead = visit.wire.clock_ahead(login.request.address.host)
    if cookie is None or cookie.expires is None or cookie.max_age is not None or cookie.removes or ahead is None:
        return None
    came = login.answered or login.ended or login.started
    if cookie.expires > came or ahead <= 0:
        return None
    says = f"the client's clock is {ahead / 1000:.0f} s ahead of the service, so {visit.name} had expired when it came"
    return visit.wire.evidence(login, says)

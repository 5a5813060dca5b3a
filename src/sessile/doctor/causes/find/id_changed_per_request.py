"""Every request gives the session a new id, so requests that come at the same time lose it.

Symptom: users are logged out at random, most on pages that ask for several things at once; one request after the other works.
Evidence: in the code, a middleware that every request meets calls `req.session.regenerate()` and puts the user back: the row of
    the id that the other requests still carry is deleted. In a log, many are refused beside those let in.
Tell apart: a middleware that does so once, or where the rights change, is meant; so is a login that does.
Fix: give a new id at the login, and where rights change. No session is lost.
"""

from collections.abc import Iterator

from sessile.doctor.causes import code
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.logs import Kind
from sessile.doctor.facts.source import Deed
from sessile.doctor.findings import Change, Finding, Frequency, Level, Noted, Remedy, Undecided

ENTRIES = ()
FREQUENCY = Frequency.RARE
UNPROVOKED = (
    "Only requests that meet in time lose the session, which the lab's people do not make; what code says of it is tested."
)
REMEDY = Remedy(
    "Give the session a new id at the login and where rights change, not at each request",
    changes=(Change("Express", "app.use(sessions)\napp.use(rotate)", "app.use(sessions)"),),
)
LINKS = {
    "intermittent 401": Level.USUALLY,
    "cookie comes back in vain": Level.USUALLY,
    "turned away after the login": Level.SOMETIMES,
    "same user logs in again and again": Level.SOMETIMES,
    "login, then 401": Level.SOMETIMES,
    "signature invalid": Level.NEVER,
    "login without Set-Cookie": Level.NEVER,
}
REMARK = "Every request gives the session a new id"
WHY = "of requests that come at the same time, all but one find their row gone; nothing that was given shows such requests"
FEW, SHARE = 3, 10
"""Guests alone are refused so seldom: a few times in a log, or less than once in so many requests that are let in."""


def judge(facts: Facts) -> Finding:
    says = "the row of the id before is deleted here at every request"
    proof = code.shown(code.did(facts, Deed.ROTATES_EACH_REQUEST), says)
    if not proof:
        return code.absent(facts, "no request changes its session's id")
    if refused := tuple(_refused(facts)):
        return Undecided((*proof, *refused), remark=Noted(proof, WHY, REMARK), symptom=True)
    return code.possible(facts, LINKS, proof, WHY, REMARK)


def _refused(facts: Facts) -> Iterator[Evidence]:
    """The refusals in a log among requests that were let in, where they are more than a few guests'."""
    for log in facts.logs:
        let_in, refused = log.count(Kind.AUTHORIZED), log.count(Kind.UNAUTHORIZED)
        if let_in and refused > FEW and refused * SHARE >= let_in:
            yield from (log.evidence(event) for event in log.of(Kind.UNAUTHORIZED))

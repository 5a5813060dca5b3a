"""The page logs the user out as soon as any call is answered 401, although the session is fine.

Symptom: one failing call, to a third party, to a page the user may not see, an upload whose token has expired, and the
    user is logged out everywhere.
Evidence: a 401 that says nothing of the session, from another service or between answers that the session was let in
    for, and within seconds a logout that nobody clicked; the row is deleted by it.
Tell apart: where the session itself was turned away first, the logout only follows. An idle session ends without a
    logout call.
Fix: let only the question who is logged in decide, and answer 403 where somebody is known and may not.
"""

from collections.abc import Iterator

from sessile.doctor.causes import crossing
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.exchange import Exchange, Role
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Need, Remedy, RuledOut, Undecided, Unseen
from sessile.doctor.visits import Visit, same_site, visits

ENTRIES = ("client-401-cascade",)
UNPROVOKED = (
    "It lies in a page's own script, and the lab's pages have none; it is tested on recordings in the form of Chromium's."
)
FREQUENCY = Frequency.VERY_COMMON
REMEDY = Remedy(
    "React only to a 401 of the service's own question who is logged in",
    changes=(
        Change(
            "the page (axios)",
            "axios.interceptors.response.use(null, e => { if (e.response?.status === 401) logout() })",
            "axios.interceptors.response.use(null, async e => {\n"
            "  if (e.response?.status === 401 && !(await stillLoggedIn())) showLogin()   // asks /api/me, sends no logout\n"
            "  throw e\n})",
        ),
        Change("Express", "if (!user.mayEdit) return res.sendStatus(401)", "if (!user.mayEdit) return res.sendStatus(403)"),
        Change("Starlette and FastAPI", "raise HTTPException(401)", "raise HTTPException(403)   # known, and may not"),
    ),
)
LINKS = {"login, then 401": Level.SOMETIMES}

SOON = 3000.0
"""Within so many milliseconds after a 401 a script sends the logout; nobody clicks so fast."""
LATELY = 60_000.0
"""So long ago, in milliseconds, an answer that let the session in still speaks for it."""


def judge(facts: Facts) -> Finding:
    found = [(visit, *cascade) for visit in visits(facts) for cascade in _cascades(visit)]
    for visit, refused, logout, alive in found:
        if alive:
            return Confirmed((*_shown(visit, refused, logout), alive), certainty=0.95)
    if found:
        visit, refused, logout, _ = found[0]
        return Undecided(_shown(visit, refused, logout))
    if not facts.wires:
        return Unseen(Need.WIRE, "no recording was given")
    if not any(one.role is Role.LOGOUT for wire in facts.wires for one in wire.exchanges):
        return RuledOut("nothing in the recording logs out")
    return RuledOut("no logout follows the 401 of another call")


def _cascades(visit: Visit) -> Iterator[tuple[Exchange, Exchange, Evidence | None]]:
    """A 401, the logout it led to, and what shows that the session was alive in between or just before."""
    exchanges = [one for one in visit.wire.exchanges if one.started > visit.login.started]
    logout = next((one for one in exchanges if one.role is Role.LOGOUT and same_site(one, visit.login)), None)
    if logout is None or not crossing.by_script(logout):
        return
    for one in exchanges:
        answered = one.answered or one.ended or one.started
        if one.status == 401 and one.role is Role.OTHER and 0 <= logout.started - answered <= SOON:
            yield one, logout, _alive(visit, one, logout)
            return


def _alive(visit: Visit, refused: Exchange, logout: Exchange) -> Evidence | None:
    """An answer to somebody who is logged in: at any time after the 401, or shortly before it."""
    if not same_site(refused, visit.login):
        return visit.wire.evidence(refused, "it is of another service, which knows nothing of the session")
    if visit.came_back(refused) is False:
        return None
    let_in = [one for one in visit.let_in if one.sent < logout.started and refused.sent - one.sent <= LATELY]
    return visit.wire.evidence(let_in[-1], f"{let_in[-1]} was let in with the same session") if let_in else None


def _shown(visit: Visit, refused: Exchange, logout: Exchange) -> tuple[Evidence, ...]:
    after = (logout.started - (refused.answered or refused.ended or refused.started)) / 1000
    says = f"{logout} follows {after:.1f} s after {refused}, and no user clicks so fast"
    return (visit.wire.evidence(logout, says),)

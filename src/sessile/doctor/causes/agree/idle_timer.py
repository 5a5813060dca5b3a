"""Something in the application ends the session after a fixed time of idling, whatever the cookie and the row say.

Symptom: users are logged out after just so many minutes, however long maxAge is.
Evidence: again and again a logout, or the first 401, after the same pause without a request, although the cookie would
    live on. A timer in the page sends a logout; a lastActivity check answers 401; an identity provider has a limit of
    its own. In the code, `Date.now() - req.session.lastSeen > 30 * 60`: that is less than two seconds.
Tell apart: a session that ends for want of life ends with the row, at the time that Expires named. A fixed time after
    the login, whatever the user does, is an absolute timeout.
Fix: decide how long idling may last, and say it once: in the session's own settings.
"""

from collections.abc import Iterator

from sessile.doctor.causes import code, crossing
from sessile.doctor.facts import Evidence, Facts, Wire
from sessile.doctor.facts.exchange import Exchange, Role
from sessile.doctor.facts.source import Deed
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Need, Remedy, RuledOut, Undecided, Unseen
from sessile.doctor.visits import Visit, turned_away, visits

ENTRIES = ("idle-timer-in-app",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Say once how long a session may idle, and drop the second timer",
    changes=(
        Change(
            "Express",
            "if (Date.now() - req.session.lastActivity > 15 * 60 * 1000) return req.session.destroy(() => res.sendStatus(401))",
            "session({ rolling: true, cookie: { maxAge: 60 * 60 * 1000 } })   // and no check of its own",
        ),
        Change(
            "Starlette and FastAPI",
            'if time() - request.session["last_activity"] > 900: raise HTTPException(401)',
            "SessionMiddleware(idle=timedelta(hours=1))   # and no check of its own",
        ),
        Change("the page", "setTimeout(logout, 15 * 60 * 1000)", "// no timer, or one that asks first and renews the session"),
    ),
)
LINKS = {"cookie comes back in vain": Level.RARELY}

MISTAKEN = "The service's own limit of idling is in seconds, and compared with milliseconds"
SHORTEST_MEANT = 60_000
"""Nobody means a limit of idling of fewer milliseconds."""
SHORTEST = 4 * 60.0
"""A pause of fewer seconds is no idling."""
NEAR = 0.02
"""Two pauses are the same if they differ by less than this part, or by three seconds."""


def judge(facts: Facts) -> Finding:
    if mistaken := _mistaken(facts):
        return Confirmed(mistaken, MISTAKEN, code.BY_CODE)
    if not facts.wires:
        return Unseen(Need.WIRE, "no recording was given")
    ends = [(end, pause, visit) for visit in visits(facts) for end, pause in _ends(visit)]
    for place, (end, pause, visit) in enumerate(ends):
        for other, other_pause, other_visit in ends[place + 1 :]:
            if abs(pause - other_pause) <= max(3.0, NEAR * pause):
                return Confirmed((_shown(visit.wire, end, pause), _shown(other_visit.wire, other, other_pause)), certainty=0.95)
    if ends:
        end, pause, visit = ends[0]
        return Undecided((_shown(visit.wire, end, pause),))
    return RuledOut("no session ended after a pause while its cookie would have lived on")


def _mistaken(facts: Facts) -> tuple[Evidence, ...]:
    """The limits of the code's own that were meant to be seconds and are compared with milliseconds."""
    limits = ((source, act, int(act.detail)) for source, act in code.did(facts, Deed.LIMITS_IDLING))
    return tuple(
        source.evidence(act.place, f"sessions end after {limit} ms without a request, for Date.now() counts milliseconds")
        for source, act, limit in limits
        if 0 < limit < SHORTEST_MEANT
    )


def _ends(visit: Visit) -> Iterator[tuple[Exchange, float]]:
    """A logout sent by a script, or the first 401 with the cookie, after a pause in seconds."""
    quiet_since = visit.login.ended or visit.login.started
    for one in visit.wire.exchanges:
        if one.started <= visit.login.started:
            continue
        pause = (one.started - quiet_since) / 1000
        if pause >= SHORTEST and _ends_it(visit, one) and not _expired(visit, one):
            yield one, pause
        if one.role is Role.LOGIN or _ends_it(visit, one):
            return
        quiet_since = max(quiet_since, one.ended or one.started)


def _ends_it(visit: Visit, one: Exchange) -> bool:
    if one.role is Role.LOGOUT:
        return crossing.by_script(one)
    return turned_away(one) and visit.came_back(one) is True


def _expired(visit: Visit, one: Exchange) -> bool:
    """Whether the cookie's own life was over by then."""
    cookie, login = visit.cookie, visit.login
    if cookie is None:
        return False
    if cookie.max_age is not None:
        return one.started >= (login.answered or login.started) + cookie.max_age * 1000
    return cookie.expires is not None and one.started >= cookie.expires


def _shown(wire: Wire, end: Exchange, pause: float) -> Evidence:
    return wire.evidence(end, f"{end} ends the session after {pause / 60:.1f} minutes without a request")

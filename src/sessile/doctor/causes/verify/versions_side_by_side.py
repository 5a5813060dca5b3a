"""Two versions of the service answer at once, and each has its own idea of the session cookie.

Symptom: trouble for some seconds or minutes during each deploy, and none before and after; or for as long as a canary
    runs.
Evidence: one host sets the session cookie under two names or with two sets of attributes, in turn: first the one,
    then the other, then the first again.
Tell apart: one change, after which it stays, is a finished deploy. Two secrets under one name are
    verify-secret-differs-between-instances.
Fix: change name, attributes, secret or shape of the session in two deploys: first accept both, then write the new
    one; take the old one out when the longest maxAge is over.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

from sessile.doctor.causes import passing
from sessile.doctor.facts import Evidence, Facts, Wire
from sessile.doctor.facts.cookies import CookieSet
from sessile.doctor.facts.exchange import Exchange, Served
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Need, Remedy, Undecided, Unseen
from sessile.doctor.visits import session_names

ENTRIES = ("rolling-deploy-mixed-versions",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Change the session cookie in two deploys: first accept old and new, then write the new one",
    changes=(
        Change(
            "Express",
            "app.use(session({ name: 'new.sid', secret: newSecret }))",
            "app.use(session({ name: 'old.sid', secret: [oldSecret, newSecret] }))   // first deploy: both are accepted\n"
            "app.use(session({ name: 'old.sid', secret: [newSecret, oldSecret] }))   // second deploy: the new one signs",
        ),
        Change(
            "Python",
            "app.add_middleware(SessionMiddleware, secret=new)",
            "app.add_middleware(SessionMiddleware, secret=[old, new])   # first deploy\n"
            "app.add_middleware(SessionMiddleware, secret=[new, old])   # second deploy",
        ),
    ),
)
LINKS = {"intermittent 401": Level.USUALLY, "401 after a restart": Level.SOMETIMES, "cookie comes back in vain": Level.SOMETIMES}

LASTING = ("expires", "max-age")
Kind = tuple[str, tuple[str, ...]]
Line = tuple[Exchange, CookieSet]


def judge(facts: Facts) -> Finding:
    changed = None
    for wire in facts.wires:
        for lines in _by_host(wire):
            turns = [next(group) for _, group in groupby(lines, key=lambda line: _kind(line[1]))]
            kinds = [_kind(line) for _, line in turns]
            if len(kinds) > len(set(kinds)):
                return Confirmed(_evidence(wire, turns[:3]), certainty=0.9)
            if len(kinds) > 1:
                changed = changed or Undecided(_evidence(wire, turns[:2]))
    if changed:
        return changed
    if facts.wires and all(wire.sanitized for wire in facts.wires):
        return Unseen(Need.WIRE, "the recording was exported without cookies")
    return passing.nothing(facts, "the session cookie is set in one way only")


def _by_host(wire: Wire) -> Iterator[Sequence[Line]]:
    """The lines that set a session cookie, by the path that set them: two paths may set two kinds on purpose."""
    names = [name for name in session_names(wire) if _signed(wire, name)]
    found: dict[tuple[str, str], list[Line]] = {}
    for one in wire.exchanges:
        lines = one.response.set_cookies if one.response and one.served is Served.NETWORK else ()
        for line in lines if isinstance(lines, tuple) else ():
            if line.name in names and not line.removes:
                place = (one.request.address.origin, f"{one.request.method} {one.request.address.path}")
                found.setdefault(place, []).append((one, line))
    return iter(found.values())


def _signed(wire: Wire, name: str) -> bool:
    """Whether it is a session's: others may well change from answer to answer."""
    return any(
        line.name == name and line.http_only
        for one in wire.exchanges
        if one.response and isinstance(one.response.set_cookies, tuple)
        for line in one.response.set_cookies
    )


def _kind(line: CookieSet) -> Kind:
    attributes = tuple(sorted(name for name in line.attributes if name not in LASTING))
    return line.name, (*attributes, str(line.domain), str(line.path), str(line.same_site))


def _evidence(wire: Wire, turns: Sequence[Line]) -> tuple[Evidence, ...]:
    return tuple(wire.evidence(one, f"{one} sets {line.name} ({', '.join(line.attributes)})") for one, line in turns)

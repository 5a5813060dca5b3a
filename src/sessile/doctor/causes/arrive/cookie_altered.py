"""The cookie's value is changed on its way: cut off, encoded once more, or decoded like a form.

Symptom: everybody behind one proxy, one app or one SDK is turned away with a cookie that was set for them.
Evidence: the value that came back, or that the login's answer carries, is the signed one cut short, percent-encoded twice
    (%253A) or with spaces for its plus signs; the service's log says "cookie signature invalid" or "cookie unsigned"
    (DEBUG=express-session), and the same cookie, whole, is let in.
Tell apart: a whole value whose signature fails is a matter of the secret: verify-secret-differs-between-instances. A value
    that was decoded once (s: in place of s%3A), or stands in quotes, still works. Where no cookie arrives at all it is
    arrive-proxy-strips-cookie.
Fix: pass the raw value on, as it stands in Set-Cookie and Cookie, without decoding or encoding it. No session is lost.
"""

from collections.abc import Iterator
from typing import Final
from urllib.parse import quote, unquote

from sessile.doctor.causes import passing, unsent
from sessile.doctor.facts import Evidence, Facts, Wire
from sessile.doctor.facts.cookies import CookieSent, CookieSet, Shape, Value
from sessile.doctor.facts.exchange import Role
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Need, Remedy, Unseen
from sessile.doctor.visits import Visit, session_names, turned_away, visits

ENTRIES = ("cookie-altered-in-transit",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Pass the cookie's raw value on, neither decoded nor encoded nor cut",
    changes=(
        Change(
            "the client",
            "headers: { cookie: `connect.sid=${encodeURIComponent(value)}` }",
            "headers: { cookie: `connect.sid=${value}` }   // as it stands in Set-Cookie",
        ),
        Change(
            "Express, a route that passes a request on",
            "headers: { cookie: `connect.sid=${encodeURIComponent(req.cookies['connect.sid'])}` }",
            "headers: { cookie: req.headers.cookie }",
        ),
        Change(
            "Python",
            'httpx.get(url, cookies={"connect.sid": unquote(value)})',
            'httpx.get(url, headers={"Cookie": request.headers["cookie"]})',
        ),
        Change("nginx", "proxy_set_header Cookie $short_cookie;", "proxy_set_header Cookie $http_cookie;"),
    ),
)
LINKS = {"cookie comes back in vain": Level.SOMETIMES, "signature invalid": Level.SOMETIMES}
LONG_ENOUGH: Final = 16
"""Octets of a value that must be left for it to be known as the beginning of another one."""
_DAMAGED: Final = {
    Shape.ENCODED_AGAIN: "it is percent-encoded more than once",
    Shape.CUT: "it begins as a signed one and lacks a whole signature",
}


def judge(facts: Facts) -> Finding:
    proofs = (
        *(proof for visit in visits(facts) for proof in _changed(visit)),
        *(proof for wire in facts.wires for proof in _damaged(wire)),
        *(proof for visit in visits(facts) for proof in _directly(facts, visit)),
    )
    if proofs:
        return Confirmed(proofs[0])
    if facts.wires and all(wire.sanitized for wire in facts.wires):
        return Unseen(Need.WIRE, "the recording was exported without cookies")
    return passing.nothing(facts, "no session cookie was changed on its way")


def _changed(visit: Visit) -> Iterator[tuple[Evidence, ...]]:
    """Requests that were turned away with a mutation of the value that the login set."""
    ours = visit.cookie.value if visit.cookie else None
    if not isinstance(ours, Value):
        return
    for one in visit.turned_away:
        sent = visit.sent(one)
        if visit.came_back(one) or not isinstance(sent, tuple):
            continue
        for how in (how for cookie in sent if isinstance(cookie.value, Value) if (how := _mutation(ours, cookie.value))):
            says = f"{one} carries {visit.name} changed: {how}"
            yield unsent.set_to(visit), visit.wire.evidence(one, says)


def _damaged(wire: Wire) -> Iterator[tuple[Evidence, ...]]:
    """Values that are damaged by their own looks: at the login, or with a request that was turned away."""
    names = session_names(wire)
    for one in wire.exchanges:
        lines: list[CookieSent | CookieSet] = []
        if one.role is Role.LOGIN and one.response and isinstance(one.response.set_cookies, tuple):
            lines += one.response.set_cookies
        if turned_away(one) and isinstance(one.request.cookies, tuple):
            lines += one.request.cookies
        for line in lines:
            how = _DAMAGED.get(line.value.shape) if isinstance(line.value, Value) and line.name in names else None
            if how:
                does = "carries" if isinstance(line, CookieSent) else "sets"
                yield (wire.evidence(one, f"{one} {does} {line.name}, and {how}"),)


def _directly(facts: Facts, visit: Visit) -> Iterator[tuple[Evidence, ...]]:
    """A cookie that is let in directly and not through the proxy, while the log tells of cookies that came and did not verify."""
    said = passing.unverified(facts)
    for one in visit.turned_away if said else ():
        if let_in := passing.let_in_directly(facts, visit, one):
            yield (*let_in, said[0])


def _mutation(ours: Value, theirs: Value) -> str:
    """How one value was made of another, "" if it was not."""
    whole, came = ours.concealed.reveal(), theirs.concealed.reveal()
    if came in (quote(whole, safe=""), quote(whole)) and came != whole:
        return "it is percent-encoded once more"
    if whole.startswith(came) and LONG_ENOUGH <= len(came) < len(whole):
        return f"it is cut off after {theirs.length} of {ours.length} octets"
    if " " in came and came.replace(" ", "+") in (whole, unquote(whole)):
        return "its plus signs became spaces"
    return ""

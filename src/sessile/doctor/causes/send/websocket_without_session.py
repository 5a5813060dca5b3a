"""The page is logged in, and its socket is not: the handshake goes without the cookie, or to another session middleware.

Symptom: HTTP works, and the socket answers 401, 403 or "not authenticated", or lets in somebody unknown.
Evidence: other requests are let in with the cookie, and the handshake (ws://, wss://, or the first poll of socket.io) was
    turned away: without the cookie, because it goes to a host, path or site that the cookie is not for, or was made without
    credentials; or with the very cookie, which then another instance of the session middleware reads.
Tell apart: only the socket fails. Where ordinary requests to the same host lack the cookie as well, look for the cause of
    that. A session saved by a socket long after it was read overwrites later changes, which no recording shows.
Fix: open the socket on the page's own host, with credentials, and let it pass the same session middleware; in a socket's
    handler load the session anew before it is changed.
"""

from collections.abc import Iterator
from typing import Final

from sessile.doctor.causes import unsent
from sessile.doctor.facts import Evidence, Facts, Unknown
from sessile.doctor.facts.exchange import Exchange, Role
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Remedy, RuledOut, Unseen
from sessile.doctor.visits import Visit, visits

ENTRIES = ("websocket-separate-session",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Open the socket on the page's own host, with credentials, and let it pass the service's session middleware",
    changes=(
        Change(
            "Express with socket.io",
            "const io = new Server(server)\nio.use((socket, next) => session(options)(socket.request, {}, next))",
            "const middleware = session(options)\napp.use(middleware)\nconst io = new Server(server)\nio.engine.use(middleware)",
        ),
        Change("the page", "io('https://live.shop.example')", "io({ withCredentials: true })   // on the page's own host"),
        Change(
            "Starlette and FastAPI",
            'app.mount("/ws", socket_app)   # an app without the middleware',
            "app = SessionMiddleware(whole_app, store=store, secret=secret)   # reads the handshake's cookie as well",
        ),
    ),
)
LINKS = {"cookie does not come back": Level.SOMETIMES, "cookie comes back in vain": Level.SOMETIMES}
SURER: Final = 0.992
"""Surer than the cause that knows only why the cookie stayed away: it says besides that all but the socket works."""
_REFUSED: Final = (401, 403, 419, 440)


def judge(facts: Facts) -> Finding:
    if not any(_handshake(one) for wire in facts.wires for one in wire.exchanges):
        unknown = unsent.nothing(facts)
        return (
            unknown if isinstance(unknown, Unseen) and not facts.wires else RuledOut("the recording holds no socket's handshake")
        )
    if proven := next((proof for visit in visits(facts) for proof in _apart(visit)), None):
        return Confirmed(proven, certainty=SURER)
    return RuledOut("no socket's handshake was turned away while other requests were let in")


def _apart(visit: Visit) -> Iterator[tuple[Evidence, ...]]:
    """A refused handshake beside a request that was let in with the cookie."""
    welcome = next((one for one in visit.let_in if visit.came_back(one)), None)
    if welcome is None:
        return
    came = visit.login.answered or visit.login.started
    for one in visit.wire.exchanges:
        if not _handshake(one) or one.sent < came or one.status not in _REFUSED or one.role is Role.LOGIN:
            continue
        how = _how(visit, one)
        if how:
            let_in = visit.wire.evidence(welcome, f"{welcome} is let in with {visit.name}")
            yield let_in, visit.wire.evidence(one, f"{one}, a socket's handshake, {how}")


def _how(visit: Visit, one: Exchange) -> str:
    sent = visit.sent(one)
    if isinstance(sent, Unknown):
        return ""
    if visit.came_back(one):
        return f"carries the same {visit.name} and is turned away: another session middleware reads it"
    passage = visit.passages.get(one.pointer)
    objections = [objection for choice in passage.sending.of(visit.name) for objection in choice.objections] if passage else []
    why = f": {' '.join(str(objections[0]).split())}" if objections else ""
    return "" if sent else f"goes without {visit.name}{why}"


def _handshake(one: Exchange) -> bool:
    """Whether it opens a socket, or polls in place of one as socket.io does."""
    opens = one.request.address.scheme in ("ws", "wss") or one.kind == "websocket"
    return opens or one.request.address.path.startswith("/socket.io/")

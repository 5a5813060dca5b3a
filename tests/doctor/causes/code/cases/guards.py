"""What guards ask the session for, and what reads the cookie by itself."""

from sessile.doctor.findings import Confirmed, RuledOut
from tests.doctor.causes.code.express import CHANGE, HEALTHY, WITH_PASSPORT, Case, swap

GUARD = "\nfunction members(req, res, next) { if (!req.session.memberId) return res.sendStatus(401); next() }"
MOUNTED = f"{GUARD}\napp.get('/club', members, (req, res) => res.json({{}}))"
TYPED = MOUNTED.replace("!req.session.memberId", "!req.session || !req.session.memberId")
POSITIVE = "\napp.use('/club', (req, res, next) => { if (req.session.driverId) return next(); res.status(401).end() })"
EITHER = MOUNTED.replace("!req.session.memberId", "!req.session.memberId && !req.session.userId")
SOCKET = """
import signature from 'cookie-signature'
server.on('upgrade', (req, socket) => {
  const raw = /sid=([^;]+)/.exec(req.headers.cookie ?? '')?.[1]
  if (!signature.unsign(raw.slice(2), process.env.SESSION_SECRET)) socket.destroy()
})"""


def written(how: str) -> str:
    """A guard that is mounted, and another way to write its key."""
    return HEALTHY + MOUNTED + f"\napp.post('/join', (req, res) => {{ {how}; res.end() }})"


ASKS = "read-guard-asks-other-key"
DECODES = "verify-cookie-not-decoded"
CASES: list[Case] = [
    (ASKS, "a key that nothing writes", HEALTHY + MOUNTED, Confirmed),
    (ASKS, "after asking for the session", HEALTHY + TYPED, Confirmed),
    (ASKS, "letting in by it", HEALTHY + POSITIVE, Confirmed),
    (ASKS, "beside passport", WITH_PASSPORT + MOUNTED, Confirmed),
    (ASKS, "a guard that is not mounted", HEALTHY + GUARD, RuledOut),
    (ASKS, "one key or another", HEALTHY + EITHER, RuledOut),
    (ASKS, "the key that the login writes", swap(CHANGE, "req.session.memberId = user.id", HEALTHY + MOUNTED), RuledOut),
    (ASKS, "an id of somebody else's", swap(CHANGE, "req.session.driverId = user.id", HEALTHY + POSITIVE), RuledOut),
    (ASKS, "one that another handler writes", written("req.session.memberId = 7"), RuledOut),
    (ASKS, "one written through a variable", written("const { session } = req; session.memberId = 7"), RuledOut),
    (ASKS, "one written with others", written("Object.assign(req.session, { memberId: 7 })"), RuledOut),
    (ASKS, "any, from an object", written("Object.assign(req.session, user)"), RuledOut),
    (ASKS, "any, by its name", written("req.session[name] = 7"), RuledOut),
    (ASKS, "any, by a package", written("_.merge(req.session, user)"), RuledOut),
    (DECODES, "cut out of the header", HEALTHY + SOCKET, Confirmed),
    (DECODES, "decoded", HEALTHY + SOCKET.replace("raw.slice(2)", "decodeURIComponent(raw).slice(2)"), RuledOut),
    (DECODES, "parsed", HEALTHY + SOCKET.replace("/sid=([^;]+)/.exec(", "cookie.parse("), RuledOut),
]

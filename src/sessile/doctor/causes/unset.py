"""Logins whose response sets no session cookie, and what the log, the table and the service asked directly say of the reason."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sessile.doctor import deeds
from sessile.doctor.causes import passing
from sessile.doctor.causes.passing import Sighting
from sessile.doctor.facts import Evidence, Facts, Log, Unknown
from sessile.doctor.facts.cookies import CookieSet
from sessile.doctor.facts.correlation import Login
from sessile.doctor.facts.exchange import Exchange
from sessile.doctor.facts.logs import Event, Kind
from sessile.doctor.facts.wire import Seen
from sessile.doctor.findings import Need, RuledOut, Undecided, Unseen
from sessile.doctor.latest import Latest
from sessile.doctor.placement import orphans
from sessile.doctor.visits import Visit, same_site, session_names, visits

SURE: Final = 0.97
LOOK_ALIKES: Final = (
    "a proxy that is not trusted, one that hides https or strips Set-Cookie, a login that answers before it changes the session,"
    " a Domain or name that cannot be written"
)
A_FEW: Final = 3
_FORWARDED: Final = ("x-forwarded-proto", "x-forwarded-host", "x-forwarded-port", "x-forwarded-ssl", "forwarded", "via")
_PLATFORMS: Final = (".onrender.com", ".herokuapp.com", ".fly.dev", ".up.railway.app", ".vercel.app")
_PLATFORM_SERVERS: Final = ("heroku", "fly/", "railway", "vercel")


@dataclass(frozen=True, slots=True)
class Direct:
    """What was asked past the proxy beside an exchange that had no cookie: the session cookie that it set, None for none."""

    proxied: Exchange
    asked: Sighting
    line: CookieSet | None

    @property
    def claims(self) -> bool:
        """Whether it said, as a proxy does, that the visitor came by https."""
        return first_proto(self.asked.exchange) == "https"

    @property
    def encrypted(self) -> bool:
        """Whether it was https itself, so that the service needs nobody's word."""
        return self.asked.exchange.request.address.scheme == "https"

    @property
    def evidence(self) -> Evidence:
        """What it shows."""
        exchange = self.asked.exchange
        told = first_proto(exchange)
        how = "over https" if self.encrypted else f"with X-Forwarded-Proto: {told}" if told else "over plain http"
        sets = f"sets {self.line.name}" if self.line else "sets no session cookie"
        return self.asked.wire.evidence(exchange, f"{exchange} directly, {how}, {sets}")


@dataclass(frozen=True, slots=True)
class Unset:
    """A login whose response sets no session cookie, for a visitor who brought none and is not let in afterwards.

    `saved` are the rows that it left, `directly` what the service answered past its proxy.
    """

    visit: Visit
    saved: Login | None
    directly: tuple[Direct, ...]

    @property
    def behind_proxy(self) -> bool:
        """Whether it was recorded between a proxy and the service, and so shows what reaches the service."""
        return any(self.visit.login.request.headers.get(name) for name in _FORWARDED)

    @property
    def by_https(self) -> bool:
        """Whether the visitor came by https, whatever the service sees of it."""
        request = self.visit.login.request
        forwarded = request.headers.get("x-forwarded-proto") or ""
        return request.address.scheme == "https" or "https" in forwarded or (request.origin or "").startswith("https:")

    @property
    def on_platform(self) -> bool:
        """Whether a hosting answered whose own proxy always says X-Forwarded-Proto: https."""
        response, host = self.visit.login.response, self.visit.login.request.address.host
        server = (response.headers.get("server") or "").lower() if response else ""
        render = response is not None and response.headers.get("x-render-origin-server") is not None
        return render or host.endswith(_PLATFORMS) or server.startswith(_PLATFORM_SERVERS)

    @property
    def evidence(self) -> Evidence:
        """The login without its cookie."""
        login = self.visit.login
        scheme = "https" if self.by_https else "plain http"
        return self.visit.wire.evidence(login, f"{login} over {scheme} sets no session cookie")


def unset(facts: Facts) -> tuple[Unset, ...]:
    """Every such login, in order."""
    return _OF_FACTS(facts)


def _unset(facts: Facts) -> tuple[Unset, ...]:
    found = [visit for visit in visits(facts) if _lacks(visit) and (visit.turned_away or not _set_later(facts, visit))]
    every = [Unset(visit, facts.correlations.login(visit.wire, visit.login), tuple(directly(facts, visit))) for visit in found]
    past = {id(direct.asked.exchange) for one in every for direct in one.directly}
    return tuple(one for one in every if id(one.visit.login) not in past and not passing.directly(one.visit.login))


def directly(facts: Facts, visit: Visit) -> Iterator[Direct]:
    """What was asked past the proxy beside a login, and beside what else of its site had no cookie, neither way.

    Some services begin a session with the first page.
    """
    for one in (visit.login, *_bare(facts, visit)):
        yield from (Direct(one, asked, _session_cookie(asked)) for asked in passing.beside(facts, one))


def _bare(facts: Facts, visit: Visit) -> Iterator[Exchange]:
    """What else had no cookie, a few of each question that was ever answered with one: a recording may hold thousands."""
    asked = Counter(dict.fromkeys(_that_set_cookies(facts), A_FEW))
    for one in visit.wire.exchanges:
        bare = one.request.cookies == () and one.response is not None and one.response.set_cookies == ()
        if one is not visit.login and bare and asked[_question(one)] > 0 and same_site(one, visit.login):
            asked[_question(one)] -= 1
            yield one


def _that_set_cookies(facts: Facts) -> Iterator[tuple[str, str]]:
    compared = [one.direct for site in facts.sites for one in site.direct]
    for one in (*compared, *(exchange for wire in facts.wires for exchange in wire.exchanges)):
        if one.response and one.response.set_cookies:
            yield _question(one)


def _question(exchange: Exchange) -> tuple[str, str]:
    return exchange.request.method, exchange.request.address.path


_OF_FACTS: Final = Latest(_unset)


def nothing(facts: Facts) -> Unseen | RuledOut:
    """The finding where no login lacks its cookie."""
    if not facts.wires:
        return Unseen(Need.WIRE, "no recording was given")
    logins = visits(facts)
    if not logins:
        return Unseen(Need.WIRE, "the recording holds no login that succeeded")
    hidden = [visit.cookies for visit in logins if isinstance(visit.cookies, Unknown)]
    if len(hidden) == len(logins):
        return Unseen(Need.WIRE, hidden[0].why)
    return RuledOut("no login lacks its session cookie: it is set, or the visitor is known without a new one")


def unseen(facts: Facts) -> bool:
    """Whether no recording tells if a login sets its cookie, so that only a log may speak."""
    return all(isinstance(visit.cookies, Unknown) for visit in visits(facts))


def not_secured(facts: Facts) -> tuple[Evidence, ...]:
    """The lines, since the service was started last, by which express-session says that a request did not look like https.

    The probe's own questions over plain http, past the proxy, bring such lines about: what came only with them does not count.
    """
    asked = [one.direct.started // 1000 for site in facts.sites for one in site.direct if not one.forwarded]
    found = _lately(facts, Kind.NOT_SECURED)
    return tuple(log.evidence(event) for log, event in found if not asked or _before(event, min(asked)))


def _before(event: Event, moment: float) -> bool:
    """Whether it was logged before a moment, in epoch seconds: express-session writes whole ones."""
    return event.first.time is not None and event.first.time.timestamp() < moment


def refused_options(facts: Facts) -> tuple[Evidence, ...]:
    """The errors, lately, of a cookie whose name or attributes cannot be written."""
    return tuple(log.evidence(event) for log, event in _lately(facts, Kind.ERROR, Kind.EXIT) if event.code == "COOKIE_OPTION")


def needs_no_https(facts: Facts, logins: Sequence[Unset]) -> str:
    """Why the missing cookie cannot be for lack of https; "" where it can."""
    if all(one.saved and one.saved.unsaved for one in logins):
        return "the login saved no row, and for lack of https Express leaves out the cookie alone"
    if any(direct.line and not direct.claims and not direct.encrypted for one in logins for direct in one.directly):
        return "asked directly over plain http, the service sets the cookie"
    if refused_options(facts):
        return "the log has the TypeError of a cookie that cannot be written, which comes once a request passes for https"
    earlier = [one for one in logins if one.visit.wire.seen_by is not Seen.SITE]  # the probe's came after the log, perhaps
    if not not_secured(facts) and all(listened(facts, one.visit.login) for one in earlier or logins):
        return 'the log was written with DEBUG=express-session at the time, and does not say "not secured"'
    return ""


def listened(facts: Facts, login: Exchange) -> bool:
    """Whether some log holds lines of DEBUG=express-session from before and from after a login."""
    return any(_spans(log, login.started / 1000) for log in facts.logs)


def undecided(facts: Facts, logins: Sequence[Unset], *more: Evidence) -> Undecided | RuledOut:
    """The finding where a login lacks its cookie and what was seen does not tell why; with what would."""
    if empty := deeds.unnoticed(facts):
        return RuledOut(f"the code tells why the session is empty: {empty[0][1].says}")
    directly = tuple(direct.evidence for direct in logins[0].directly)
    return Undecided((logins[0].evidence, *orphans(facts), *more, *directly, *_to_collect(facts, logins[0])))


def first_proto(exchange: Exchange) -> str:
    """The scheme that X-Forwarded-Proto names first, which is the one that counts; "" without the field."""
    return (exchange.request.headers.get("x-forwarded-proto") or "").partition(",")[0].strip().lower()


def _lacks(visit: Visit) -> bool:
    if visit.cookies != () or visit.let_in or visit.over_at_once:
        return False
    brought = visit.sent(visit.login) if visit.name else ()
    return not brought and not any(one.request.authorization for one in visit.after)


def _set_later(facts: Facts, visit: Visit) -> bool:
    """Whether another login of the recording sets a cookie: a second factor, after a first step that needs none."""
    return any(other.cookie for other in visits(facts) if other.wire is visit.wire)


def _session_cookie(asked: Sighting) -> CookieSet | None:
    lines = asked.exchange.response.set_cookies if asked.exchange.response else ()
    if not isinstance(lines, tuple):
        return None
    names = session_names(replace(asked.wire, exchanges=(*asked.wire.exchanges, asked.exchange)))
    return next((line for line in lines if line.name in names and not line.removes), None)


def _lately(facts: Facts, *kinds: Kind) -> list[tuple[Log, Event]]:
    return [(log, event) for log in facts.logs for kind in kinds for event in log.of(kind) if _stands(log, event)]


def _stands(log: Log, event: Event) -> bool:
    """Whether it was logged since the last start, or before and nothing but 401 has come since: nobody has tried again."""
    if event.last.boot == log.boots:
        return True
    later = {one.kind for one in log.events if one.last.boot == log.boots}
    return Kind.UNAUTHORIZED in later and not later & {Kind.LOGIN, Kind.SAVED, Kind.AUTHORIZED}


def _spans(log: Log, moment: float) -> bool:
    debug = [event for event in log.events if "express-session " in event.text]
    times = [mark.time.timestamp() for event in debug for mark in (event.first, event.last) if mark.time]
    return bool(times) and min(times) <= moment <= max(times)


def _to_collect(facts: Facts, one: Unset) -> tuple[Evidence, ...]:
    lacking = (
        ("the log with DEBUG=express-session", not not_secured(facts) and not refused_options(facts)),
        ("the session table", one.saved is None),
        ("the login asked past the proxy", not one.directly),
    )
    wanted = [what for what, lacks in lacking if lacks]
    says = f"it takes {'; '.join(wanted)} to tell it from what looks alike from outside: {LOOK_ALIKES}"
    return (one.visit.wire.evidence(one.visit.login, says),) if wanted else ()

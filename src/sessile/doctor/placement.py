"""Puts each request that was turned away at its station: by its cookie, the secret that signed it, and the row that it opens."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from sessile.cookies import Reason, Setting
from sessile.doctor import coming_back, opened, timeline
from sessile.doctor.facts import Evidence, Facts, Unknown
from sessile.doctor.facts.cookies import CookieSent, Value
from sessile.doctor.facts.correlation import Correlation, Correlations, Held, Missing, Signature, Stored, Unsigned
from sessile.doctor.facts.exchange import Exchange, Role
from sessile.doctor.facts.wire import Seen
from sessile.doctor.latest import Latest
from sessile.doctor.opened import CLOCKS, Where
from sessile.doctor.visits import Visit, turned_away, visits
from sessile.doctor.why import ENDED
from sessile.session.outcome import Station
from sessile.stores.postgres.journal import Event

DAY = 86_400_000.0
"""So many milliseconds after a recording a row that is gone may have been pruned."""
SEVERAL = 3
"""So often refused under one address, an answer is no chance of whichever instance came next."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A request that was answered as if nobody were logged in, and the station at which its session stopped; None if it cannot be
    told. `because` is why, without a cookie or an id in it; `correlation` what is known of the cookie that it carried; `left` are
    the stations that come into question for a cookie that came back, empty where nothing excludes any.
    """

    visit: Visit
    exchange: Exchange
    station: Station | None
    because: str
    correlation: Correlation | None = None
    left: frozenset[Station] = frozenset()

    @property
    def loaded(self) -> bool:
        """Whether its session was loaded for that very request, by the cookie that its answer renews or by its row's end."""
        row = self.correlation.row if self.correlation else None
        return self.visit.renewed(self.exchange) or (isinstance(row, Stored) and opened.touched(row, self.visit))

    @property
    def evidence(self) -> Evidence:
        """The proof to show for it."""
        at = f" stops at {self.station}" if self.station else ""
        return self.visit.wire.evidence(self.exchange, f"{self.exchange}{at}: {self.because}")


def placed(facts: Facts) -> tuple[Placed, ...]:
    """Every request after a login that was turned away, in order."""
    return _OF_FACTS(facts)


def _placed(facts: Facts) -> tuple[Placed, ...]:
    return tuple(_place(visit, one, facts) for visit in visits(facts) for one in visit.turned_away)


_OF_FACTS: Final = Latest(_placed)


def _by_value(correlations: Correlations) -> Mapping[Value, Correlation]:
    return {one.value: one for one in correlations.cookies}


_BY_VALUE: Final = Latest(_by_value)


def _known(facts: Facts, value: Value | Unknown) -> Correlation | None:
    return None if isinstance(value, Unknown) else _BY_VALUE(facts.correlations).get(value)


def at(facts: Facts, station: Station) -> tuple[Placed, ...]:
    """Those that stop at one station."""
    return tuple(one for one in placed(facts) if one.station is station)


def let_in(facts: Facts) -> Iterator[tuple[Visit, Exchange, Correlation]]:
    """Every request that was let in with the very cookie of its login, where that cookie was verified and looked up."""
    for visit in visits(facts):
        known = _known(facts, visit.cookie.value) if visit.cookie else None
        if known:
            yield from ((visit, one, known) for one in visit.let_in if visit.came_back(one))


def orphans(facts: Facts) -> tuple[Evidence, ...]:
    """Each login whose row is there and whose cookie never came back, or was never set."""
    found = []
    for visit in visits(facts):
        known = _known(facts, visit.cookie.value) if visit.cookie else None
        returned = any(visit.came_back(one) for one in visit.personal)
        if known and isinstance(known.row, Stored) and visit.turned_away and not returned:
            says = f"the row of this login is there (sid {known.masked_id}), and its cookie never came back"
            found.append(visit.wire.evidence(visit.login, says))
        login = facts.correlations.login(visit.wire, visit.login)
        if visit.cookies == () and login and login.orphaned:
            says = f"{facts.correlations.table} has a row that was saved during this login, and its response sets no cookie"
            found.append(visit.wire.evidence(visit.login, says))
    return tuple(found)


def _place(visit: Visit, one: Exchange, facts: Facts) -> Placed:
    sent = visit.sent(one)
    if isinstance(sent, Unknown) and visit.cookies != ():
        return Placed(visit, one, None, f"which cookie it carried is unknown, because {sent.why}")
    if not isinstance(sent, Unknown) and sent:
        return _place_cookie(visit, one, sent, facts)
    if taker := visit.taken_by(one):
        before = _place(visit, taker, facts)
        return replace(before, exchange=one, because=f"{taker} took its cookie away, and {before.because}")
    return Placed(visit, one, *_without_cookie(visit, facts))


def _place_cookie(visit: Visit, one: Exchange, sent: tuple[CookieSent, ...], facts: Facts) -> Placed:
    known = [_known(facts, cookie.value) for cookie in sent]
    first = known[0]
    if told := _whatever_it_opens(visit, one, sent, facts):
        return Placed(visit, one, *told, first)
    if first is None:
        return Placed(visit, one, None, "nothing was looked up for its cookie")
    station, because = _stops(first, visit, one, facts)
    if station is None:
        return Placed(visit, one, None, because, first, coming_back.left(first, visit, one))
    if _a_later_one_is_good(known, visit, one, facts):
        station, because = Station.SEND, f"several cookies are called {visit.name}, and the first is not the good one"
    return Placed(visit, one, station, because, first)


def _whatever_it_opens(visit: Visit, one: Exchange, sent: tuple[CookieSent, ...], facts: Facts) -> Where | None:
    """Where a cookie stops that came back, told by what happened on the wire."""
    if _is_cached(one):
        return Station.AGREE, f"the answer came from {timeline.cached(one)}"
    if _raced(visit, one):
        return Station.SAVE, "it was sent before the login's answer was whole, and Express saves the session in between"
    if elsewhere := _replaced(visit, one, sent) or _between(visit, one, facts):
        return elsewhere
    if coming_back.signed_by_two([_known(facts, cookie.value) for cookie in visit.own]):
        return Station.VERIFY, f"the login's answer sets {visit.name} {len(visit.own)} times, signed by different secrets"
    return None


def _without_cookie(visit: Visit, facts: Facts) -> Where:
    """Where a request stops that carried no session cookie."""
    if isinstance(visit.cookies, Unknown):
        return None, f"whether the login set a cookie is unknown, because {visit.cookies.why}"
    if visit.cookie is None and visit.over_at_once:
        return Station.LIVE, f"{visit.over_at_once.name} is over in the moment in which the login sets it"
    if visit.cookie is None:
        login = facts.correlations.login(visit.wire, visit.login)
        saved = "; its row was saved" if login and login.orphaned else "; no row was saved" if login and login.unsaved else ""
        return Station.SET, f"the login's response sets no session cookie{saved}"
    setting = visit.setting
    if setting is not None and not setting.stored and not _of_same_site(setting):
        why = "; ".join(map(str, setting.objections)) or setting.outcome.value
        return Station.KEEP, f"a browser does not store {visit.name}: {why}"
    return Station.SEND, f"it went out without {visit.name}, which the login had set"


def _of_same_site(setting: Setting) -> bool:
    """Whether only SameSite stands against storing it: from the same page it would not be sent either."""
    against = [one.reason for one in setting.objections]
    return bool(against) and all("SAMESITE" in one.name and one is not Reason.SAMESITE_NONE_INSECURE for one in against)


def _stops(known: Correlation, visit: Visit, one: Exchange, facts: Facts) -> Where:
    if known.damage:
        return Station.ARRIVE, known.damage
    signature = known.signature
    if isinstance(signature, Unsigned):
        return Station.VERIFY, f"none of {', '.join(signature.tried)} signed its cookie"
    if isinstance(signature, Signature) and signature.known_default:
        return Station.VERIFY, "its cookie is signed with a default that everybody knows, and not with the secret that is set"
    if isinstance(signature, Signature) and signature.variant:
        return Station.VERIFY, f"{signature.where} signed its cookie only {signature.variant}"
    return _in_table(known, visit, one, facts)


def _in_table(known: Correlation, visit: Visit, one: Exchange, facts: Facts) -> Where:
    if isinstance(known.row, Unknown):
        return None, f"whether its cookie opens a row is unknown, because {known.row.why}"
    if isinstance(known.row, Missing):
        return _missing(known.row, visit, one, facts)
    if isinstance(known.row, Held):
        return _of_held(known.row, one)
    if wanting := opened.wanting(known.row, visit, one, facts.now, _NAMES_USERS(facts)):
        return wanting
    if visit.renewed(one) or opened.touched(known.row, visit):
        return opened.loaded(known.row, visit, one)
    signed = f", and {known.signature.where} signed its cookie" if isinstance(known.signature, Signature) else ""
    return (
        None,
        f"its row is there and lives{signed}: the instance that answered has another secret or store, or refuses the user",
    )


def _names_users(facts: Facts) -> str:
    """The key by which sessions that users were let in with name them, "" where none was seen."""
    rows = (known.row for _, _, known in let_in(facts))
    return next((row.identities[0] for row in rows if isinstance(row, Stored) and row.identities), "")


_NAMES_USERS: Final = Latest(_names_users)


def _of_held(row: Held, one: Exchange) -> Where:
    if row.ends is not None and row.ends < one.sent - CLOCKS:
        return Station.LIVE, f"its cookie was too old {round((one.sent - row.ends) / 1000)} s before"
    return None, "its cookie holds the session: the instance that answered has another secret, has ended it, or refuses the user"


def _missing(row: Missing, visit: Visit, one: Exchange, facts: Facts) -> Where:
    if row.ended is not None:
        if row.ended.at.timestamp() * 1000 > one.sent + CLOCKS:
            return None, "its row was there then, and has ended since"
        ended = ENDED[Event(row.ended.event)] if row.ended.event in ENDED else "its row was deleted at {when}"
        return Station.FIND, ended.format(when=f"{row.ended.at:%Y-%m-%d %H:%M:%S %Z}")
    if not row.elsewhere and _may_have_ended_since(visit, one, facts):
        return None, "its row is gone, and may have ended since the recording"
    hidden = "; row security may hide it" if row.hidden else ""
    elsewhere = f"; {row.elsewhere} has it" if row.elsewhere else ""
    return Station.FIND, f"{facts.correlations.table} has no row for it{hidden}{elsewhere}"


def _may_have_ended_since(visit: Visit, one: Exchange, facts: Facts) -> bool:
    now = facts.now.timestamp() * 1000
    cookie = visit.cookie
    expired = cookie is not None and (
        (cookie.expires is not None and cookie.expires < now)
        or (cookie.max_age is not None and one.started + cookie.max_age * 1000 < now)
    )
    ending = [other for other in visit.wire.exchanges if other.role is Role.LOGOUT and other.started > one.started]
    logged_out = any(not _looked_up_before(other, visit, facts) for other in ending)
    return expired or logged_out or now - one.started > DAY


def _looked_up_before(logout: Exchange, visit: Visit, facts: Facts) -> bool:
    """Whether it is the doctor's own, made after the look-up; a recording's clock is somebody else's."""
    at = facts.correlations.looked_up
    return visit.wire.seen_by is not Seen.HAR and at is not None and logout.started >= at


def _raced(visit: Visit, one: Exchange) -> bool:
    """Whether it overtook the saving of its session, which a later request with the same cookie found."""
    early = any(other is one for other in visit.early)
    return early and any(visit.came_back(other) for other in visit.let_in)


def _is_cached(one: Exchange) -> bool:
    return bool(timeline.cached(one)) and one.status != 304


def _replaced(visit: Visit, one: Exchange, sent: tuple[CookieSent, ...]) -> Where | None:
    """Where another answer has put its own cookie over that of this service's login."""
    values = [cookie.value for cookie in sent]
    answers = [(other, value) for other, value in _ANSWERS(visit) if other.started < one.started]
    setter = next((other for other, value in reversed(answers) if value in values), None)
    mine = any(other.request.address.origin == one.request.address.origin for other, _ in answers)
    if setter is None or not mine:
        return None
    if setter.request.address.origin != one.request.address.origin:
        return Station.SEND, f"its {visit.name} is not this service's own: {setter} on {setter.request.address.origin} set it"
    if timeline.cached(setter) and setter is not visit.login:
        return Station.ARRIVE, f"its {visit.name} came with {setter}, out of {timeline.cached(setter)}"
    return None


def _answers(visit: Visit) -> tuple[tuple[Exchange, Value], ...]:
    """The answers that gave a cookie of the session cookie's name a value, in order."""
    return tuple((one, value) for one in visit.wire.exchanges if (value := _value(one, visit.name)))


_ANSWERS: Final = Latest(_answers)


def _value(exchange: Exchange, name: str) -> Value | None:
    """The value that an answer gave a cookie last, None if it gave none or nobody knows."""
    lines = exchange.response.set_cookies if exchange.response else ()
    values = [line.value for line in lines if line.name == name and not line.removes] if isinstance(lines, tuple) else []
    return values[-1] if values and isinstance(values[-1], Value) else None


def _between(visit: Visit, one: Exchange, facts: Facts) -> Where | None:
    """Where the same cookie lets the user in under another address: what lies between the browser and the service is to blame."""
    if any(other.request.address == one.request.address for other in visit.let_in):
        return None
    alike = [other for other in visit.let_in if _same_question(one, other) and visit.came_back(other)]
    by_turns = bool(alike) and any(_same_question(one, other) and visit.came_back(other) for other in visit.turned_away)
    if alike and not by_turns and sum(other.request.address == one.request.address for other in visit.turned_away) >= SEVERAL:
        return Station.AGREE, "under an address of its own the same question is answered for the user, with the same cookie"
    for site in facts.sites:
        for pair in site.direct if site.source == visit.wire.source else ():
            if turned_away(pair.proxied) and not turned_away(pair.direct) and pair.direct.status < 400:
                return Station.ARRIVE, f"asked directly, past the proxy, the service answers {pair.direct} with the same cookie"
    return None


def _same_question(one: Exchange, other: Exchange) -> bool:
    first, second = one.request, other.request
    same = first.method == second.method and first.address.origin == second.address.origin
    return same and first.address.path == second.address.path and first.address != second.address


def _a_later_one_is_good(known: list[Correlation | None], visit: Visit, one: Exchange, facts: Facts) -> bool:
    return any(other and isinstance(other.row, Stored) and _stops(other, visit, one, facts)[0] is None for other in known[1:])

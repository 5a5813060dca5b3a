"""What came of each login in a recording: whether the cookie was set, kept and sent back, and the user let in."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from sessile.cookies import Setting, Site, Url
from sessile.doctor import timeline
from sessile.doctor.facts import Facts, Unknown, Wire
from sessile.doctor.facts.cookies import CookieSent, CookieSet, Shape, Value
from sessile.doctor.facts.exchange import Exchange, Role, Served, Sign
from sessile.doctor.latest import Latest
from sessile.doctor.passage import Passage, passages

KNOWN_NAMES: Final = (
    *("connect.sid", "session", "sessionid", "sid", "JSESSIONID", "PHPSESSID", "ASP.NET_SessionId", "laravel_session"),
    *("koa.sess", "next-auth.session-token", "authjs.session-token", "better-auth.session_token"),
)
SIGNED: Final = frozenset({Shape.SIGNED, Shape.ENCODED_AGAIN, Shape.CUT})
_NAMES: Final = frozenset(name.lower() for name in KNOWN_NAMES)
_PREFIX: Final = re.compile(r"__(?:Host|Secure)-")
_SUFFIX: Final = re.compile(r"[._-](?:sid|sess|session|sessionid|session_id)$", re.IGNORECASE)
# What proxies, protection against forgery and remember-me set beside a session, HttpOnly as it is.
_OTHERS: Final = re.compile(
    r"_?(?:csrf|xsrf)|.*[_.-](?:csrf|xsrf)|.*csrf-?token|__?cf|AWSALB|ARRAffinity|incap_|visid_|nlbi_|BIGip|TS[0-9a-f]{6}|ak_bmsc|bm_"
    r"|_abck|remember|datadome|GCLB|SERVERID|ROUTEID|_ga|locale|lang|theme|flash",
    re.IGNORECASE,
)
LONG: Final = 16
"""A session's id or data is no shorter, in octets."""
TURNED_AWAY: Final = frozenset({Sign.EXPIRED, Sign.UNAUTHENTICATED, Sign.NOBODY})


@dataclass(frozen=True)
class Visit:
    """A login that succeeded, and the requests to its site that followed, up to the next login or logout.

    `cookies` are the session cookies that it set, `Unknown` where they were taken out of the recording. `name` is the session
    cookie's name, "" where nothing tells it.
    """

    wire: Wire
    login: Exchange
    name: str
    cookies: tuple[CookieSet, ...] | Unknown
    after: tuple[Exchange, ...]
    passages: Mapping[str, Passage]

    @property
    def cookie(self) -> CookieSet | None:
        """The session cookie that the login set last; None where it set none, or nobody can say."""
        return self.cookies[-1] if isinstance(self.cookies, tuple) and self.cookies else None

    @property
    def own(self) -> tuple[CookieSet, ...]:
        """Every session cookie that its login is known to have set."""
        return self.cookies if isinstance(self.cookies, tuple) else ()

    @property
    def over_at_once(self) -> CookieSet | None:
        """A cookie that the login sets with a value and without a lifetime, so that the browser forgets it at once."""
        response = self.login.response
        if response is None or isinstance(response.set_cookies, Unknown):
            return None
        kept = {cookie.name for cookie in response.set_cookies if not cookie.removes}
        carried = (
            {cookie.name for cookie in self.login.request.cookies} if isinstance(self.login.request.cookies, tuple) else set()
        )
        return next((one for one in response.set_cookies if one.name not in kept | carried and _is_over(one)), None)

    @property
    def setting(self) -> Setting | None:
        """What the model says became of that cookie."""
        passage = self.passages.get(self.login.pointer)
        return passage.setting(self.cookie) if passage and self.cookie else None

    @cached_property
    def personal(self) -> tuple[Exchange, ...]:
        """The requests afterwards whose answer depends on who asks, or that were turned away."""
        return tuple(one for one in self.after if one.role is Role.PERSONAL or turned_away(one))

    @cached_property
    def turned_away(self) -> tuple[Exchange, ...]:
        """The requests afterwards that were answered as if nobody were logged in."""
        return tuple(one for one in self.personal if turned_away(one))

    @cached_property
    def let_in(self) -> tuple[Exchange, ...]:
        """The requests afterwards that were answered for a user."""
        return tuple(one for one in self.personal if not turned_away(one) and 200 <= one.status < 400 and one.status != 304)

    @cached_property
    def early(self) -> tuple[Exchange, ...]:
        """The requests sent while the login's answer was still coming, when its session may not have been saved."""
        return timeline.early(self.wire, self.login)

    def sent(self, exchange: Exchange) -> tuple[CookieSent, ...] | Unknown:
        """The session cookies that a request carried; `Unknown` where the recording does not tell."""
        return exchange.request.sent(self.name) if self.name else Unknown("the session cookie's name is not known")

    def came_back(self, exchange: Exchange) -> bool | None:
        """Whether a request carried the cookie that the login set, or what the user was given for it since; None if unknown."""
        sent = self.sent(exchange)
        if isinstance(sent, Unknown) or self.cookie is None:
            return None
        known = [cookie.value for cookie in sent if not isinstance(cookie.value, Unknown)]
        if len(known) < len(sent) or self._hidden_since <= exchange.sent:
            return None if sent else False
        return any(self.was_given(value, exchange) for value in known)

    def taken_by(self, exchange: Exchange) -> Exchange | None:
        """The refusal before a request that took the user's cookie away: by then something else had gone wrong already."""
        taker = _TAKER(self)
        return taker if taker and taker.started < exchange.started else None

    def removes(self, exchange: Exchange) -> bool:
        """Whether an answer takes the session cookie away."""
        last = [cookie for cookie in _set(exchange) if cookie.name == self.name][-1:]
        return any(cookie.removes for cookie in last)

    def renewed(self, exchange: Exchange) -> bool:
        """Whether the answer gives the signed session cookie that its request carried once more, as `rolling` does.

        express-session does so for a session that it has loaded; whoever came with any other is given a new id, or nothing.
        """
        sent = self.sent(exchange)
        again = {cookie.value for cookie in _set(exchange) if cookie.name == self.name and not cookie.removes}
        return isinstance(sent, tuple) and any(one.value in again and _shape(one.value) is Shape.SIGNED for one in sent)

    def was_given(self, value: Value | Unknown, exchange: Exchange) -> bool:
        """Whether this user's cookie had been given that value before a request was sent.

        Sessions kept in cookies change theirs; what an answer sets that turns the user away is a new session of nobody.
        """
        return self._given.get(value, math.inf) <= exchange.sent

    def given(self, exchange: Exchange) -> tuple[Value | Unknown, ...]:
        """The values that this user's cookie had been given before a request was sent, each once, the login's first."""
        return tuple(value for value, came in self._given.items() if came <= exchange.sent)

    @cached_property
    def _given(self) -> Mapping[Value | Unknown, float]:
        """The values that this user's cookie was given, and when each was there first, in epoch milliseconds."""
        first: dict[Value | Unknown, float] = {self.cookie.value: -math.inf} if self.cookie else {}
        for came, value in self._changes:
            first[value] = min(came, first.get(value, came))
        return first

    @cached_property
    def _hidden_since(self) -> float:
        """Since when the cookie may have a value that the recording does not show, in epoch milliseconds."""
        return min((came for value, came in self._given.items() if isinstance(value, Unknown)), default=math.inf)

    @cached_property
    def _changes(self) -> tuple[tuple[float, Value | Unknown], ...]:
        """When each further value of the user's cookie was there, in epoch milliseconds, and the value."""
        return tuple(
            (one.answered or one.ended or one.started, cookie.value)
            for one in self.after
            if not turned_away(one)
            for cookie in _set(one)
            if cookie.name == self.name and not cookie.removes
        )


def _taker(visit: Visit) -> Exchange | None:
    return next((one for one in visit.turned_away if visit.removes(one) and visit.came_back(one)), None)


_TAKER: Final = Latest(_taker)


def turned_away(exchange: Exchange) -> bool:
    """Whether it was answered as if nobody were logged in: by status, by its body, or by sending the user to a login page."""
    response = exchange.response
    if response is None:
        return False
    if response.status in (401, 419, 440) or TURNED_AWAY & response.body.signs:
        return True
    return timeline.leads_to_login(exchange)


def visits(facts: Facts) -> tuple[Visit, ...]:
    """Every login that succeeded in any recording or probe, in order."""
    return tuple(visit for wire in facts.wires for visit in _OF_WIRE(wire))


def session_names(wire: Wire) -> tuple[str, ...]:
    """The names that the session cookie may have, the likeliest first: by the shape of its value, or a name that it often has."""
    seen = [(name, shape) for name, shape in dict.fromkeys(_named(wire)) if name and not _OTHERS.match(_PREFIX.sub("", name, 1))]
    signed = [name for name, shape in seen if shape in SIGNED]
    known = [name for name, _ in seen if _known(name)]
    set_at_login = [cookie for login in timeline.logins(wire) for cookie in _set(login) if not cookie.removes]
    ours = {name for name, _ in seen}
    hidden = [cookie.name for cookie in set_at_login if cookie.http_only and cookie.name in ours]
    # More cookies than one may be signed, or bear a likely name: what a login sets comes first.
    at_login = {cookie.name for cookie in set_at_login}
    return tuple(sorted(dict.fromkeys((*signed, *known, *hidden)), key=lambda name: name not in at_login))


def _known(name: str) -> bool:
    bare = _PREFIX.sub("", name, 1)
    return bare.lower() in _NAMES or _SUFFIX.search(bare) is not None


def same_site(one: Exchange, other: Exchange) -> bool:
    """Whether two requests go to one site, whatever their scheme: the same registrable domain."""
    first, second = (_domain(each) for each in (one, other))
    return first is not None and first == second


def _visits(wire: Wire) -> tuple[Visit, ...]:
    names, lived = session_names(wire), passages(wire)
    return tuple(_visit(wire, login, names, lived) for login in timeline.logins(wire))


def _visit(wire: Wire, login: Exchange, names: tuple[str, ...], lived: Mapping[str, Passage]) -> Visit:
    after = tuple(_following(wire, login))
    likeliest = names[0] if names else ""
    set_here = login.response.set_cookies if login.response else ()
    if isinstance(set_here, Unknown):
        return Visit(wire, login, likeliest, set_here, after, lived)
    here = {cookie.name for cookie in set_here if not cookie.removes}
    name = next((name for name in names if name in here), likeliest)
    ours = tuple(cookie for cookie in set_here if cookie.name == name and not cookie.removes)
    return Visit(wire, login, name, ours, after, lived)


_OF_WIRE: Final = Latest(_visits)


def _following(wire: Wire, login: Exchange) -> Iterator[Exchange]:
    """What was sent to the same site once the login's headers had come, up to the next login or logout."""
    came = login.answered or login.ended or login.started
    for one in wire.exchanges:
        if one is login or one.started < login.started or one.sent < came or one.request.preflight or not same_site(one, login):
            continue
        if one.role in (Role.LOGIN, Role.LOGOUT):
            return
        if one.served is Served.NETWORK or one.role is Role.PERSONAL:
            yield one


def _named(wire: Wire) -> Iterator[tuple[str, Shape | None]]:
    for exchange in wire.exchanges:
        seen = [(cookie.name, cookie.value) for cookie in _set(exchange)] + [(one.name, one.value) for one in _sent(exchange)]
        for name, value in seen:
            yield name, _shape(value)


def _shape(value: Value | Unknown) -> Shape | None:
    return None if isinstance(value, Unknown) else value.shape


def _is_over(cookie: CookieSet) -> bool:
    """Whether a cookie is removed that was to be kept: who means to remove one gives it no value to speak of."""
    return cookie.removes and isinstance(cookie.value, Value) and cookie.value.length >= LONG


def _set(exchange: Exchange) -> tuple[CookieSet, ...]:
    response = exchange.response
    return response.set_cookies if response and isinstance(response.set_cookies, tuple) else ()


def _sent(exchange: Exchange) -> tuple[CookieSent, ...]:
    return exchange.request.cookies if isinstance(exchange.request.cookies, tuple) else ()


def _domain(exchange: Exchange) -> str | None:
    try:
        return Site.of(Url.parse(exchange.request.address.whole.reveal())).domain
    except ValueError:
        return None

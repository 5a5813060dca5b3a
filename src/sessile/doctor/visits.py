"""What came of each login in a recording: whether the cookie was set, kept and sent back, and the user let in."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from sessile.cookies import Setting, Site, Url
from sessile.doctor import timeline
from sessile.doctor.facts import Facts, Unknown, Wire
from sessile.doctor.facts.cookies import CookieSent, CookieSet, Shape
from sessile.doctor.facts.exchange import Exchange, Role, Served, Sign
from sessile.doctor.passage import Passage, passages

KNOWN_NAMES: Final = ("connect.sid", "session", "sessionid", "sid", "JSESSIONID", "PHPSESSID")
SIGNED: Final = frozenset({Shape.SIGNED, Shape.ENCODED_AGAIN, Shape.CUT})
TURNED_AWAY: Final = frozenset({Sign.EXPIRED, Sign.UNAUTHENTICATED, Sign.NOBODY})


@dataclass(frozen=True, slots=True)
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
    passages: dict[str, Passage]

    @property
    def cookie(self) -> CookieSet | None:
        """The session cookie that the login set last; None where it set none, or nobody can say."""
        return self.cookies[-1] if isinstance(self.cookies, tuple) and self.cookies else None

    @property
    def setting(self) -> Setting | None:
        """What the model says became of that cookie."""
        passage = self.passages.get(self.login.pointer)
        return passage.setting(self.cookie) if passage and self.cookie else None

    @property
    def personal(self) -> tuple[Exchange, ...]:
        """The requests afterwards whose answer depends on who asks, or that were turned away."""
        return tuple(one for one in self.after if one.role is Role.PERSONAL or turned_away(one))

    @property
    def turned_away(self) -> tuple[Exchange, ...]:
        """The requests afterwards that were answered as if nobody were logged in."""
        return tuple(one for one in self.personal if turned_away(one))

    @property
    def let_in(self) -> tuple[Exchange, ...]:
        """The requests afterwards that were answered for a user."""
        return tuple(one for one in self.personal if not turned_away(one) and 200 <= one.status < 400 and one.status != 304)

    def sent(self, exchange: Exchange) -> tuple[CookieSent, ...] | Unknown:
        """The session cookies that a request carried; `Unknown` where the recording does not tell."""
        return exchange.request.sent(self.name) if self.name else Unknown("the session cookie's name is not known")

    def came_back(self, exchange: Exchange) -> bool | None:
        """Whether a request carried the very cookie that the login set; None where nobody can say."""
        sent = self.sent(exchange)
        if isinstance(sent, Unknown) or self.cookie is None:
            return None
        return any(cookie.value == self.cookie.value for cookie in sent)


def turned_away(exchange: Exchange) -> bool:
    """Whether it was answered as if nobody were logged in: by status, by its body, or by sending the user to a login page."""
    response = exchange.response
    if response is None:
        return False
    if response.status in (401, 419, 440) or TURNED_AWAY & response.body.signs:
        return True
    target = response.redirect
    asks_to_log_in = target is not None and any(word in target.path.lower() for word in ("login", "signin"))
    return 300 <= response.status < 400 and asks_to_log_in


def visits(facts: Facts) -> tuple[Visit, ...]:
    """Every login that succeeded in any recording or probe, in order."""
    return tuple(visit for wire in facts.wires for visit in _visits(wire))


def session_names(wire: Wire) -> tuple[str, ...]:
    """The names that the session cookie may have, the likeliest first: by the shape of its value, or a name that it often has."""
    signed = [name for name, shape in _named(wire) if shape in SIGNED]
    known = [name for name, _ in _named(wire) if name in KNOWN_NAMES or name.removeprefix("__Host-").endswith((".sid", "_sid"))]
    set_at_login = [cookie for login in timeline.logins(wire) for cookie in _set(login)]
    at_login = [cookie.name for cookie in set_at_login if cookie.http_only and not cookie.removes]
    return tuple(dict.fromkeys((*signed, *known, *at_login)))


def same_site(one: Exchange, other: Exchange) -> bool:
    """Whether two requests go to one site, whatever their scheme: the same registrable domain."""
    first, second = (_domain(each) for each in (one, other))
    return first is not None and first == second


def _visits(wire: Wire) -> Iterator[Visit]:
    names = session_names(wire)
    lived = dict(passages(wire))
    logins = timeline.logins(wire)
    for login in logins:
        after = tuple(_following(wire, login))
        response = login.response
        set_here = response.set_cookies if response else ()
        if isinstance(set_here, Unknown):
            yield Visit(wire, login, names[0] if names else "", set_here, after, lived)
            continue
        ours = tuple(cookie for cookie in set_here if cookie.name in names and not cookie.removes)
        name = next((name for name in names if any(cookie.name == name for cookie in ours)), names[0] if names else "")
        unseen = Unknown("the recording was exported without cookies") if wire.sanitized and not ours else None
        yield Visit(wire, login, name, unseen or tuple(cookie for cookie in ours if cookie.name == name), after, lived)


def _following(wire: Wire, login: Exchange) -> Iterable[Exchange]:
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
            yield name, None if isinstance(value, Unknown) else value.shape


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

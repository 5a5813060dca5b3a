"""What exchanges say when they are put in the order of time: races, duplicates, redirects, preflights, cached answers."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from sessile.doctor.facts.exchange import Exchange, Role, Served, Sign
from sessile.doctor.facts.wire import Wire

DUPLICATE_WITHIN: Final = 1000.0
"""A request that changes something is sent twice if it is sent again within so many milliseconds."""
REDIRECT_WITHIN: Final = 5000.0
"""So many milliseconds after a redirect its target is asked for at the latest."""
ROUNDING: Final = 20.0
"""So many milliseconds a recording may be wrong by when it says that one thing came before another."""

_COMPLAINTS: Final = frozenset({Sign.REFUSED, Sign.CSRF, Sign.LIMITED, Sign.UNAUTHENTICATED})
_LOGIN_PAGE: Final = re.compile(r"(?:^|[/_-])(?:log|sign)[-_]?(?:in|on)(?:\.\w{1,5})?/?$", re.IGNORECASE)
_KEEP_METHOD: Final = frozenset({307, 308})
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


@dataclass(frozen=True, slots=True)
class Preflight:
    """A preflight, and the request that it asked for; None where that one was not sent, as after a refusal."""

    asked: Exchange
    request: Exchange | None


def logins(wire: Wire) -> tuple[Exchange, ...]:
    """The logins that succeeded: answered with 2xx or 3xx, without a complaint, and not sent back to the login page."""
    return tuple(one for one in wire.exchanges if one.role is Role.LOGIN and 200 <= one.status < 400 and not _failed(one))


def early(wire: Wire, login: Exchange) -> tuple[Exchange, ...]:
    """The requests to a login's origin sent after its headers had come and before its body had.

    express-session sends the headers, then saves the session, then the body's last byte: such a request may find no session.
    """
    answered, ended = login.answered, login.ended
    if answered is None or ended is None:
        return ()
    return tuple(one for one in _with_cookies(wire, login) if answered <= one.sent < ended)


def overtaken(wire: Wire, login: Exchange) -> tuple[Exchange, ...]:
    """The requests to a login's origin sent before its headers came and answered after them.

    They went out without the new session, and what they set or clear comes over the login's cookie.
    """
    came = login.answered
    if came is None:
        return ()
    return tuple(
        one for one in _with_cookies(wire, login) if one.sent < came and one.answered is not None and one.answered > came
    )


def duplicates(wire: Wire) -> tuple[tuple[Exchange, ...], ...]:
    """The groups of requests that were sent more than once: one URL and method, bodies of one size.

    A request that changes nothing counts if it was sent again before it was answered, another one also within a second.
    """
    runs: list[list[Exchange]] = []
    latest: dict[tuple[object, ...], list[Exchange]] = {}
    for one in wire.exchanges:
        if one.served is not Served.NETWORK or one.request.preflight:
            continue
        alike = (one.request.method, one.request.address, one.request.body.size)
        run = latest.get(alike)
        if run and _repeats(one, run[-1]):
            run.append(one)
        else:
            latest[alike] = [one]
            runs.append(latest[alike])
    return tuple(tuple(run) for run in runs if len(run) > 1)


def redirects(wire: Wire) -> tuple[tuple[Exchange, ...], ...]:
    """Each chain of redirects with what it led to, in order; of one exchange alone where its target was never asked for."""
    followers: dict[str, Exchange | None] = {}
    taken: set[str] = set()
    for place, one in enumerate(wire.exchanges):
        follower = followers[one.pointer] = _follower(one, wire.exchanges, place, taken)
        if follower:
            taken.add(follower.pointer)
    chains = []
    for one in wire.exchanges:
        if _redirects(one) and one.pointer not in taken:
            chain = [one]
            while (follower := followers[chain[-1].pointer]) is not None:
                chain.append(follower)
            chains.append(tuple(chain))
    return tuple(chains)


def preflights(wire: Wire) -> tuple[Preflight, ...]:
    """Every preflight with the request that it asked for."""
    return tuple(
        Preflight(asked, _asked_for(asked, _near(wire.exchanges, place)))
        for place, asked in enumerate(wire.exchanges)
        if asked.request.preflight
    )


def cached(exchange: Exchange) -> str:
    """Which cache an answer came from, "" where it came from the service itself.

    A 304 comes from the service, which says that what the browser has is still right.
    """
    response = exchange.response
    if exchange.served is not Served.NETWORK:
        return exchange.served
    if response is None:
        return ""
    if response.age:
        return f"a shared cache, where it lay for {response.age} s"
    if any("hit" in value.lower() for name in _SHARED_CACHES for value in response.headers.all(name)):
        return "a shared cache"
    return "the browser's cache, after the service confirmed it (304)" if response.status == 304 else ""


_SHARED_CACHES: Final = ("cf-cache-status", "x-cache", "x-cache-status", "x-vercel-cache", "x-nextjs-cache", "cache-status")


def _failed(login: Exchange) -> bool:
    """Whether a login was answered as a form does that wants it once more."""
    response = login.response
    if response is None or _COMPLAINTS & response.body.signs:
        return True
    return response.redirect is not None and leads_to_login(login)


def leads_to_login(exchange: Exchange) -> bool:
    """Whether it was answered with a redirect to a login page."""
    target = exchange.response.redirect if exchange.response else None
    return 300 <= exchange.status < 400 and target is not None and _LOGIN_PAGE.search(target.path) is not None


def _with_cookies(wire: Wire, login: Exchange) -> Iterable[Exchange]:
    return (
        one
        for one in wire.exchanges
        if one is not login and _same_origin(one, login) and one.served is Served.NETWORK and not one.request.preflight
    )


def _same_origin(one: Exchange, other: Exchange) -> bool:
    return one.request.address.origin == other.request.address.origin


def _repeats(one: Exchange, before: Exchange) -> bool:
    """Whether it is the same request once more; a redirect back to the same URL is none."""
    if _redirects(before):
        return False
    soon = one.request.method not in _SAFE and one.started - before.started <= DUPLICATE_WITHIN
    return soon or (before.ended is not None and one.sent < before.ended)


def _redirects(exchange: Exchange) -> bool:
    return 300 <= exchange.status < 400 and exchange.response is not None and exchange.response.redirect is not None


def _follower(exchange: Exchange, exchanges: Sequence[Exchange], place: int, taken: Collection[str]) -> Exchange | None:
    """The request that a redirect led to: for its target, by the method that the status asks for, and not before it came."""
    if not _redirects(exchange) or exchange.response is None:
        return None
    came = (exchange.answered or exchange.started) - ROUNDING
    latest = exchange.started + (exchange.duration or 0) + REDIRECT_WITHIN
    return next(
        (
            one
            for one in _until(exchanges, place + 1, latest)
            if one.request.address == exchange.response.redirect
            and one.sent >= came
            and one.pointer not in taken
            and _method_after(exchange, one)
        ),
        None,
    )


def _method_after(redirect: Exchange, one: Exchange) -> bool:
    """Whether a redirect may lead to a request of that method (Fetch, HTTP-redirect fetch, step 12)."""
    if redirect.status in _KEEP_METHOD:
        return one.request.method == redirect.request.method
    return one.request.method == ("HEAD" if redirect.request.method == "HEAD" else "GET") or (
        redirect.status != 303 and one.request.method == redirect.request.method != "POST"
    )


def _until(exchanges: Sequence[Exchange], place: int, moment: float) -> Iterator[Exchange]:
    """Those from that place on that started before a moment."""
    while place < len(exchanges) and exchanges[place].started < moment:
        yield exchanges[place]
        place += 1


def _near(exchanges: Sequence[Exchange], place: int) -> Sequence[Exchange]:
    """The others, the nearest in time first: a browser may note the request before the preflight that it sends first."""
    asked = exchanges[place]
    others = (*exchanges[max(0, place - 50) : place], *exchanges[place + 1 : place + 51])
    return sorted(others, key=lambda one: abs(one.started - asked.started))


def _asked_for(asked: Exchange, others: Sequence[Exchange]) -> Exchange | None:
    method = asked.request.headers.get("access-control-request-method")
    return next((one for one in others if one.request.method == method and one.request.address == asked.request.address), None)

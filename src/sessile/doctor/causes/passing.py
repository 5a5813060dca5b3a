"""What stands between a browser and a service: shared caches that answer, proxies that leave their mark, direct answers."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sessile.doctor import timeline
from sessile.doctor.facts import Evidence, Facts, Wire
from sessile.doctor.facts.cookies import CookieSent
from sessile.doctor.facts.exchange import Exchange, Served
from sessile.doctor.facts.logs import Event, Kind
from sessile.doctor.findings import Need, RuledOut, Unseen
from sessile.doctor.latest import Latest
from sessile.doctor.visits import Visit, turned_away, visits

MARKS: Final = (
    *("via", "x-cache", "x-cache-status", "x-proxy-cache", "cf-cache-status", "x-vercel-cache", "x-varnish-cache"),
    *("x-served-by", "x-render-origin-server", "cache-status", "age"),
)
"""Header fields of an answer that only a proxy or a cache adds (RFC 9110, 7.6.3; RFC 9111, 5.1; RFC 9211)."""
PROXIES: Final = (
    "cloudflare",
    "cloudfront",
    "vercel",
    "netlify",
    "nginx",
    "envoy",
    "varnish",
    "haproxy",
    "caddy",
    "akamai",
    "traefik",
)
FRAMEWORK: Final = ("x-nextjs-cache", "x-drupal-cache")
NEVER_AGAIN: Final = 31_536_000
CLOCKS: Final = 2.0
"""So many seconds a log's clock and a browser's may be apart."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One exchange of a recording or a probe."""

    wire: Wire
    exchange: Exchange


def nothing(facts: Facts, because: str) -> Unseen | RuledOut:
    """The finding where the wire shows nothing of the kind."""
    return RuledOut(because) if facts.wires else Unseen(Need.WIRE, "no recording was given")


def by_framework(exchange: Exchange) -> bool:
    """Whether a framework's own cache of pages answered: by its header, or by a page meant to be kept for a year."""
    headers = exchange.response.headers if exchange.response else None
    if headers is None:
        return False
    kept = any((headers.get(name) or "").upper() in ("HIT", "STALE") for name in FRAMEWORK)
    made_once = f"s-maxage={NEVER_AGAIN}" in (headers.get("cache-control") or "").replace(" ", "").lower()
    return kept or (made_once and by_shared_cache(exchange))


def by_shared_cache(exchange: Exchange) -> bool:
    """Whether a cache that many people share answered, and not the service."""
    return exchange.served is Served.NETWORK and exchange.status != 304 and bool(timeline.cached(exchange))


def headers_of_cache(exchange: Exchange) -> str:
    """The header fields that show it, as they stand in the answer."""
    fields = exchange.response.headers.fields if exchange.response else ()
    shown = [f"{name}: {value}" for name, value in fields if name in (*MARKS, *FRAMEWORK, "cache-control") and name != "via"]
    return ", ".join(shown)


def marks(exchange: Exchange) -> frozenset[str]:
    """What a proxy left in an answer: names of header fields, and its own name where it signs as the server."""
    if exchange.response is None:
        return frozenset()
    server = (exchange.response.headers.get("server") or "").lower()
    named = {name for name in PROXIES if name in server}
    return frozenset({name for name, _ in exchange.response.headers.fields if name in MARKS} | named)


def through(exchange: Exchange) -> str:
    """How to say that an answer came through a proxy, with what shows it."""
    left = ", ".join(sorted(marks(exchange)))
    return f"through the proxy ({left})" if left else "through the proxy"


def directly(exchange: Exchange) -> bool:
    """Whether it was asked at another address than the one of the host that it names, as the probe asks past the proxy."""
    named = exchange.request.headers.get("host")
    return named is not None and _name(named) != exchange.request.address.host


def beside(facts: Facts, exchange: Exchange) -> Iterator[Sighting]:
    """The same request as it was answered directly: past the proxy, or without a mark that the proxy left in the given answer."""
    if directly(exchange):
        return
    compared = [(site.source, one.direct) for site in facts.sites for one in site.direct if one.proxied == exchange]
    for source, direct in compared:
        yield from (Sighting(wire, direct) for wire in facts.wires if wire.source == source)
    left = marks(exchange)
    for wire in facts.wires:
        for other, host, theirs in _ANSWERED(wire):
            past = host == exchange.request.address.host
            if (past or (left and not left & theirs)) and _same(exchange, other):
                yield Sighting(wire, other)


def _answered(wire: Wire) -> tuple[tuple[Exchange, str | None, frozenset[str]], ...]:
    """What the network answered: the host that was named where it was asked directly, and what a proxy left in the answer."""
    return tuple(
        (one, _name(one.request.headers.get("host") or "") if directly(one) else None, marks(one))
        for one in wire.exchanges
        if one.served is Served.NETWORK
    )


_ANSWERED: Final = Latest(_answered)


def _name(host: str) -> str:
    """A Host header without its port, in lower case."""
    name, colon, port = host.lower().rpartition(":")
    return name if colon and port.isdigit() else host.lower()


def _same(one: Exchange, other: Exchange) -> bool:
    return (
        one is not other
        and one.request.method == other.request.method
        and one.request.address.path == other.request.address.path
        and not other.request.preflight
        and other.role is one.role
    )


def with_same_cookie(facts: Facts, visit: Visit, one: Exchange) -> tuple[Sighting, ...]:
    """The same request with the same session cookie, as it was answered directly."""
    return tuple(direct for direct in beside(facts, one) if _values(visit.sent(one)) == _values(_there(visit, direct)) != ())


def let_in_directly(facts: Facts, visit: Visit, one: Exchange) -> tuple[Evidence, ...]:
    """A request that was turned away beside the same one that was let in directly, with the same cookie; () without any."""
    for direct in with_same_cookie(facts, visit, one):
        if not turned_away(direct.exchange) and 200 <= direct.exchange.status < 400:
            return (
                visit.wire.evidence(one, f"{one} {through(one)}, with {visit.name}"),
                direct.wire.evidence(direct.exchange, f"{direct.exchange} directly, with the same {visit.name}"),
            )
    return ()


def unverified(facts: Facts) -> tuple[Evidence, ...]:
    """What logs say of cookies that came and did not verify, of a time when a recorded request was turned away with one."""
    moments = [one.sent / 1000 for visit in visits(facts) for one in visit.turned_away if visit.came_back(one)]
    kinds = (Kind.SIGNATURE_INVALID, Kind.COOKIE_UNSIGNED)
    events = ((log, event) for log in facts.logs for kind in kinds for event in log.of(kind))
    return tuple(log.evidence(event) for log, event in events if any(_spans(event, moment) for moment in moments))


def _spans(event: Event, moment: float) -> bool:
    """Whether lines of the kind were written around a moment, in epoch seconds; so it is taken where they tell no time."""
    first, last = event.first.time, event.last.time
    return first is None or last is None or first.timestamp() - CLOCKS <= moment <= last.timestamp() + CLOCKS


def _there(visit: Visit, direct: Sighting) -> object:
    return direct.exchange.request.sent(visit.name)


def _values(sent: object) -> tuple[object, ...]:
    return tuple(cookie.value for cookie in sent if isinstance(cookie, CookieSent)) if isinstance(sent, tuple) else ()

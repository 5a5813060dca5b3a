"""Session cookies of two names that bear the attributes of one of them, as two session() calls on one store make them."""

from collections.abc import Iterator
from itertools import combinations
from typing import Final

from sessile.doctor.facts import Evidence, Facts, Wire
from sessile.doctor.facts.cookies import CookieSet, Shape, Value
from sessile.doctor.facts.exchange import Exchange

_Set = tuple[Exchange, CookieSet]
_REWRITERS: Final = ("nginx", "apache", "haproxy", "traefik", "envoy", "caddy", "iis")
"""What signs as the server where a proxy may have rewritten the Path of all cookies (proxy_cookie_path, ProxyPassReverse...)."""


def mixed(facts: Facts) -> tuple[Evidence, ...]:
    """Of the first such pair: the cookie that was set outside its own Path, and the other one with the same attributes.

    express-session leaves requests outside a cookie's Path alone, so by itself it sets no cookie there; where several sessions
    share a store, all get the attributes of the session() that was called last.
    """
    return next((pair for wire in facts.wires for pair in _pairs(wire)), ())


def _pairs(wire: Wire) -> Iterator[tuple[Evidence, ...]]:
    for one, other in combinations(_signed(wire), 2):
        if one[1].name == other[1].name or not _same_host(one[0], other[0]) or not _alike(one[1], other[1]):
            continue
        stray = next((each for each in (one, other) if _outside(each)), None)
        if stray:
            rest = other if stray is one else one
            says = f"{stray[0]} sets {stray[1].name} with Path={stray[1].path}, which does not cover the request that set it"
            like = f"Path={rest[1].path} and SameSite={rest[1].same_site.value or 'none'}"
            same = f"{rest[0]} sets {rest[1].name} with the same {like}"
            yield wire.evidence(stray[0], says), wire.evidence(rest[0], same)


def _signed(wire: Wire) -> list[_Set]:
    """One of each name, Path and host."""
    found: dict[tuple[str, str, str | None], _Set] = {}
    for exchange in wire.exchanges:
        lines = exchange.response.set_cookies if exchange.response else ()
        for line in lines if isinstance(lines, tuple) else ():
            signed = isinstance(line.value, Value) and line.value.shape is Shape.SIGNED
            if signed and not line.removes and line.path and line.path != "/" and not _rewritten(exchange):
                found.setdefault((line.name, exchange.request.address.host, line.path), (exchange, line))
    return list(found.values())


def _same_host(one: Exchange, other: Exchange) -> bool:
    return one.request.address.origin == other.request.address.origin


def _alike(one: CookieSet, other: CookieSet) -> bool:
    """Expires is a point in time, and differs by when each was set."""
    return all(
        getattr(one, name) == getattr(other, name) for name in ("path", "domain", "secure", "http_only", "same_site", "max_age")
    )


def _outside(one: _Set) -> bool:
    """By express-session's own rule, which compares letters and not segments (its index.js, "pathname mismatch")."""
    return not one[0].request.address.path.startswith(one[1].path or "/")


def _rewritten(exchange: Exchange) -> bool:
    server = (exchange.response.headers.get("server") or "").lower() if exchange.response else ""
    return server.startswith(_REWRITERS)

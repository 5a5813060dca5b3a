"""Looks at facts that must be known: Unknown fails the test."""

import io

from sessile.doctor.evidence.har import collect
from sessile.doctor.facts.cookies import CookieSent, CookieSet, Value
from sessile.doctor.facts.evidence import Unknown
from sessile.doctor.facts.exchange import Exchange, Response
from sessile.doctor.facts.wire import Wire


def read(content: bytes) -> Wire:
    """What a recording with this content tells."""
    return collect("visit.har", stream=io.BytesIO(content))


def response(exchange: Exchange) -> Response:
    assert exchange.response is not None
    return exchange.response


def sent(exchange: Exchange) -> tuple[CookieSent, ...]:
    assert isinstance(exchange.request.cookies, tuple)
    return exchange.request.cookies


def cookies_set(exchange: Exchange) -> tuple[CookieSet, ...]:
    cookies = response(exchange).set_cookies
    assert isinstance(cookies, tuple)
    return cookies


def value(cookie: CookieSent | CookieSet) -> Value:
    assert not isinstance(cookie.value, Unknown)
    return cookie.value

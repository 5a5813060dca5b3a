"""Recordings for tests: a login, and what was asked afterwards, with cookies as they stand in headers."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from sessile.doctor.evidence.exchange import address_of
from sessile.doctor.evidence.exchange.cookies import cookies_sent, cookies_set, value_of as read_value
from sessile.doctor.facts.cookies import Value
from sessile.doctor.facts.evidence import Unknown
from sessile.doctor.facts.exchange import Body, Content, Exchange, Headers, Request, Response, Role, Sign, Timings
from sessile.doctor.facts.wire import Seen, Wire
from sessile.session.keyring import Keyring
from tests.doctor.facts_builder import NOW

SECRET = "correct-horse-battery-staple-0123456789"
SID = "Zb3xY0aB1cD2eF3gH4iJ5kL6mN7oP8qR"
HOST = "https://shop.test"
LEFT_OUT = Unknown("the recording was exported without cookies")


def cookie(secret: str = SECRET, sid: str = SID) -> str:
    """A session cookie's value as Express writes it."""
    return quote(f"s:{Keyring([secret], allow_weak=True).sign(sid)}", safe="-_.!~*'()")


def value_of(text: str) -> Value:
    """A cookie's value as a fact."""
    found = read_value(text)
    if isinstance(found, Unknown):
        raise TypeError(text)
    return found


COOKIE = cookie()
SET = f"connect.sid={COOKIE}; Path=/; HttpOnly; Secure; SameSite=Lax"


def asked(
    seconds: float,
    what: str = "GET /api/me",
    status: int = 200,
    *,
    sends: str | None = f"connect.sid={COOKIE}",
    sets: str | None = None,
    since: datetime = NOW,
    wait: float = 20,
    got: dict[str, str] | None = None,
    sent: dict[str, str] | None = None,
    says: frozenset[Sign] = frozenset(),
    content: Content = Content.JSON,
    **more: Any,
) -> Exchange:
    """A request so many seconds after `since`, with its Cookie header, and its answer with a Set-Cookie line."""
    method, url = what.split()
    address = address_of(url if "://" in url else HOST + url)
    if address is None:
        raise ValueError(url)
    started = since.timestamp() * 1000 + seconds * 1000
    target = more.pop("to", None)
    date = more.pop("date", None)
    plain = {"role": Role.PERSONAL if "/me" in url else Role.OTHER, **more}
    return Exchange(
        pointer=f"entries[{seconds:g}]",
        started=started,
        duration=wait + 2,
        timings=Timings(wait=wait, receive=2),
        request=Request(
            method=method,
            address=address,
            headers=Headers(tuple((sent or {}).items())),
            cookies=cookies_sent(sends) if sends else (),
        ),
        response=Response(
            status=status,
            date=date,
            headers=Headers(tuple((got or {}).items())),
            set_cookies=tuple(one for one in cookies_set(sets, started) if not isinstance(one, Unknown)) if sets else (),
            redirect=address_of(HOST + target) if target else None,
            body=Body(content=content, signs=says),
        ),
        **plain,
    )


def login(seconds: float = 0, *, sets: str | None = SET, **more: Any) -> Exchange:
    """A login that succeeds."""
    return asked(seconds, more.pop("what", "POST /login"), sends=more.pop("sends", None), sets=sets, role=Role.LOGIN, **more)


def recording(*exchanges: Exchange, seen_by: Seen = Seen.HAR, **changes: Any) -> Wire:
    """A recording of these, in the order of time."""
    ordered = tuple(sorted(exchanges, key=lambda one: one.started))
    return replace(Wire(source="shop.har", seen_by=seen_by, exchanges=ordered), **changes)


def sanitized(wire: Wire) -> Wire:
    """The same recording, exported without cookies."""
    return replace(
        wire,
        sanitized=True,
        exchanges=tuple(
            replace(
                one,
                request=replace(one.request, cookies=LEFT_OUT),
                response=replace(one.response, set_cookies=LEFT_OUT) if one.response else None,
            )
            for one in wire.exchanges
        ),
    )

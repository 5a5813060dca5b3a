"""Logins without a session cookie: what the table, the log and the service asked directly say beside them."""

from dataclasses import replace
from typing import Any

from sessile.doctor.facts import Facts
from sessile.doctor.facts.correlation import Correlations, Login
from sessile.doctor.facts.exchange import Exchange
from sessile.doctor.facts.logs import Kind
from sessile.doctor.facts.site import Comparison, Site
from sessile.doctor.facts.wire import Seen, Wire
from tests.doctor.facts_builder import BOOT, line, log
from tests.doctor.recorded_facts import correlated, seen
from tests.doctor.recording import COOKIE, HOST, asked, login, recording

PLAIN = f"connect.sid={COOKIE}; Path=/; HttpOnly"
SECURE = f"{PLAIN}; Secure"
THERE = "http://10.0.0.7:3000"
RENDER = {"server": "cloudflare", "x-render-origin-server": "Render"}
OWN_PROXY = {"server": "nginx/1.24.0"}
DEBUGGED = line(Kind.NO_COOKIE, "", "express-session no SID sent, generating session")
NOT_SECURED = log(BOOT, DEBUGGED, line(Kind.NOT_SECURED, "", "express-session not secured"))
REFUSED = asked(5, status=401, sends=None)


def option(which: str = "option domain") -> tuple[Kind, str, str, tuple[str, ...]]:
    """The line that Express logs of a cookie that cannot be written (cookie, serialize)."""
    return line(Kind.ERROR, "COOKIE_OPTION", f"TypeError: {which} is invalid")


def bare(**more: Any) -> Wire:
    """A login whose response sets no cookie, after which the user is turned away."""
    return recording(login(sets=None, **more), REFUSED)


def over_http(**more: Any) -> Wire:
    """The same without https."""
    there = HOST.replace("https", "http")
    return recording(
        login(sets=None, what=f"POST {there}/login", **more), asked(5, f"GET {there}/api/me", status=401, sends=None)
    )


def between(proto: str | None, scheme: str = "http", **more: Any) -> Wire:
    """A recording made between the proxy and the service."""
    sent = {"x-forwarded-host": "shop.test", "origin": HOST, **({"x-forwarded-proto": proto} if proto else {})}
    what = f"POST {scheme}://shop.test/login"
    return recording(login(sets=None, what=what, sent=sent, **more), asked(5, "GET http://shop.test/api/me", 401, sends=None))


def rows(count: int, wire: str = "shop.har") -> Correlations:
    """What the table says of the login: so many rows were saved while it was answered."""
    return correlated(logins=(Login(source=wire, pointer="entries[0]", unclaimed=count, chance=0.0, complete=True),))


def probed(past: dict[str, str | None], got: dict[str, str] | None = None, *proxied_too: Exchange) -> Facts:
    """A probe that asked for the first page through the proxy and past it, with each X-Forwarded-Proto ("": without it)."""
    proxied = asked(-5, "GET /", sends=None, got=got)
    direct = {
        said: asked(-4, f"GET {THERE}/", sends=None, sets=one, sent={"x-forwarded-proto": said} if said else {})
        for said, one in past.items()
    }
    exchanges = (login(sets=None, got=got), REFUSED, proxied, *proxied_too)
    wire = recording(*exchanges, seen_by=Seen.SITE, source=HOST)
    site = Site(source=HOST, direct=tuple(Comparison(proxied, one, said) for said, one in direct.items()))
    return replace(seen(wire), sites=(site,))


def login_past_proxy(sets: str | None, proto: str = "https", to: str = THERE) -> Wire:
    """The login asked directly, with curl, in the proxy's place."""
    sent = {"host": "shop.test", **({"x-forwarded-proto": proto} if proto else {})}
    there = login(60, what=f"POST {to}/login", sets=sets, sent=sent)
    return recording(there, seen_by=Seen.HAR, source="direct.har")

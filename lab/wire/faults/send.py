"""Cookies that the browser stores and does not send, or sends another one for."""

from collections.abc import Callable
from typing import Final

from lab.wire.fault import BOTH, CROSSED, FORWARDED, PAGE, RECORDED, SECURE, SETTINGS, SHOP, STEPS, WireFault
from lab.wire.person import Person

WWW: Final = "https://www.shop.example"
API: Final = "https://api.shop.example"
RENDER: Final = "https://shop.onrender.com"
PLAIN: Final = "http://shop.example"
OTHER_PORT: Final = "https://shop.example:8443"
LOCAL: Final = "http://localhost"
LOOPBACK: Final = "http://127.0.0.1"
STALE: Final = f"s%3A{'k3v' * 10}Zz.{'B7d' * 14}x"
"""A session cookie of an older version of the service."""

_Visit = Callable[[Person, WireFault], list[int]]


def _opens_later(url: str) -> _Visit:
    """Log in, and open another page by hand."""

    def visit(person: Person, fault: WireFault) -> list[int]:
        person.opens(f"{fault.page or fault.site}/")
        return [person.logs_in(fault.site), person.asks(f"{fault.site}/api/me"), person.opens(url)]

    return visit


def _comes_back(how: Callable[[Person, str], int], path: str) -> _Visit:
    """Log in, visit another site, and come from there."""

    def visit(person: Person, fault: WireFault) -> list[int]:
        person.opens(f"{fault.site}/")
        met = [person.logs_in(fault.site), person.asks(f"{fault.site}/api/me")]
        person.opens(f"{PAGE}/")
        return [*met, how(person, f"{fault.site}{path}")]

    return visit


def _asks_elsewhere(site: str) -> _Visit:
    """Log in at one host, and let the page's script ask another."""

    def visit(person: Person, fault: WireFault) -> list[int]:
        person.opens(f"{fault.site}/")
        return [person.logs_in(fault.site), person.asks(f"{site}/api/me")]

    return visit


def _with_credentials(credentials: str | None, **more: object) -> _Visit:
    def visit(person: Person, fault: WireFault) -> list[int]:
        person.opens(f"{fault.page}/")
        me = f"{fault.site}/api/me"
        return [person.logs_in(fault.site, credentials, **more), person.asks(me, credentials), person.asks(me, credentials)]

    return visit


def _in_frame(person: Person, fault: WireFault) -> list[int]:
    """A page of another site embeds the service's own page."""
    person.opens(f"{PAGE}/")
    person.embeds(f"{fault.site}/")
    me = f"{fault.site}/api/me"
    return [person.logs_in(fault.site), person.asks(me), person.asks(me)]


def _in_frame_and_tab(person: Person, fault: WireFault) -> list[int]:
    """Log in where another site embeds the service's page, and open it in the tab."""
    met = _in_frame(person, fault)
    return [*met, person.opens(f"{fault.site}/account")]


def _with_a_stale_cookie(person: Person, _: WireFault) -> list[int]:
    """Have a cookie of another Path from an older version."""
    person.has("ofa.sid", STALE, "shop.example", "/api")
    person.opens(f"{SHOP}/")
    return [person.logs_in(SHOP), person.asks(f"{SHOP}/api/me")]


def _two_apps(person: Person, _: WireFault) -> list[int]:
    """Log in to the app on the usual port, then to the one on another port, and go on in the first."""
    person.opens(f"{SHOP}/")
    met = [person.logs_in(SHOP), person.asks(f"{SHOP}/api/me")]
    person.opens(f"{OTHER_PORT}/")
    met.append(person.logs_in(OTHER_PORT))
    person.opens(f"{SHOP}/")
    return [*met, person.asks(f"{SHOP}/api/me")]


def _admin_too(person: Person, fault: WireFault) -> list[int]:
    """Look at the admin's page as well."""
    person.opens(f"{fault.site}/")
    met = [person.logs_in(fault.site), person.asks(f"{fault.site}/api/me")]
    return [*met, person.asks(f"{fault.site}/admin"), person.asks(f"{fault.site}/api/me")]


def _polls(person: Person, _: WireFault) -> list[int]:
    """The page's socket library polls another host."""
    person.opens(f"{SHOP}/")
    me = person.logs_in(SHOP), person.asks(f"{SHOP}/api/me")
    return [*me, person.asks("https://live.shop.example/socket.io/?EIO=4&transport=polling")]


def _forgets(person: Person, _: WireFault) -> list[int]:
    """Meet an answer that tells the browser to forget its cookies."""
    person.opens(f"{SHOP}/")
    met = [person.logs_in(SHOP), person.asks(f"{SHOP}/api/me"), person.asks(f"{SHOP}/count")]
    return [*met, person.asks(f"{SHOP}/api/me")]


FAULTS = (
    WireFault("path-by-proxy", "send-path-mismatch", edge=(*FORWARDED, "proxy_cookie_path / /admin/;"), kinds=BOTH),
    WireFault("path-by-service", "send-path-mismatch", service={"COOKIE_PATH": "/app"}, kinds=("starlette",)),
    WireFault("cross-site-lax", "send-cross-site-same-site", service=CROSSED, page=PAGE),
    WireFault(
        "cross-site-lax-platform",
        "send-cross-site-same-site",
        service={**CROSSED, "CORS_ORIGIN": "https://shop-pr-12.onrender.com"},
        site=RENDER,
        page="https://shop-pr-12.onrender.com",
    ),
    WireFault("http-page-https-api", "send-scheme-differs", service={**CROSSED, "CORS_ORIGIN": PLAIN}, page=PLAIN),
    WireFault(
        "strict-after-link",
        "send-strict-after-external-link",
        service={**SECURE, "COOKIE_SAMESITE": "strict"},
        visit=_comes_back(Person.follows, "/account"),
        shows=RECORDED,
        because=STEPS,
    ),
    WireFault(
        "payment-callback",
        "send-cross-site-post",
        visit=_comes_back(Person.sends_form, "/payment/callback"),
        shows=RECORDED,
        because=STEPS,
    ),
    WireFault("www", "send-www-and-apex", visit=_opens_later(f"{WWW}/account"), shows=RECORDED, because=STEPS),
    WireFault(
        "platform-host",
        "send-platform-host",
        service={**SECURE, "CORS_ORIGIN": SHOP},
        visit=_asks_elsewhere(RENDER),
        shows=RECORDED,
        because=STEPS,
    ),
    WireFault(
        "api-host",
        "send-subdomain-host-only",
        service={**SECURE, "CORS_ORIGIN": SHOP},
        site=API,
        page=SHOP,
        visit=_opens_later(f"{SHOP}/account"),
        shows=RECORDED,
        because=STEPS,
    ),
    WireFault("localhost-and-127", "send-localhost-and-127", service={"CORS_ORIGIN": LOCAL}, site=LOOPBACK, page=LOCAL),
    WireFault("http-link", "send-secure-cookie-over-http", visit=_opens_later(f"{PLAIN}/account"), shows=RECORDED, because=STEPS),
    WireFault(
        "third-party-blocked",
        "send-third-party-blocked",
        service={**CROSSED, "COOKIE_SAMESITE": "none"},
        page=PAGE,
        third_party=False,
        shows=RECORDED | {"browser"},
        because=SETTINGS,
    ),
    WireFault("iframe", "send-embedded-in-iframe", visit=_in_frame, shows=RECORDED, because=STEPS),
    WireFault(
        "credentials-omitted",
        "send-credentials-omitted",
        service={**SECURE, "CORS_ORIGIN": SHOP},
        site=API,
        page=SHOP,
        visit=_with_credentials(None),
        shows=RECORDED,
        because=STEPS,
    ),
    WireFault(
        "credentials-omitted-across-sites",
        "send-credentials-omitted",
        service={**CROSSED, "COOKIE_SAMESITE": "none"},
        page=PAGE,
        visit=_with_credentials(None),
        shows=RECORDED,
        because=STEPS,
        # The doctor's own visit asks with credentials, and what it says is as true: a browser that blocks third parties drops it.
        spared=frozenset({"browser"}),
    ),
    WireFault(
        "credentials-in-body",
        "send-credentials-in-body",
        service={**SECURE, "CORS_ORIGIN": SHOP},
        site=API,
        page=SHOP,
        visit=_with_credentials(None, withCredentials=True),
        shows=RECORDED,
        because=STEPS,
        alike=frozenset({"send-credentials-omitted"}),
    ),
    WireFault("stale-cookie-first", "send-duplicate-cookies", visit=_with_a_stale_cookie, shows=RECORDED, because=STEPS),
    WireFault("two-apps-one-name", "send-name-collision", visit=_two_apps, shows=RECORDED, because=STEPS, second=True),
    WireFault(
        "store-shared",
        "set-store-shared-by-two-sessions",
        edge=(*FORWARDED, "proxy_pass_header Server;"),
        service={**SECURE, "ADMIN_SHARES_STORE": "1"},
        visit=_admin_too,
        shows=RECORDED,
        because=STEPS,
        alike=frozenset({"send-path-mismatch"}),
    ),
    WireFault(
        "socket-elsewhere",
        "send-websocket-without-session",
        edge=(*FORWARDED, "rewrite ^/socket.io/ /api/me break;"),
        service={**SECURE, "CORS_ORIGIN": SHOP},
        visit=_polls,
        shows=RECORDED,
        because=STEPS,
    ),
    WireFault(
        "cleared-by-another-answer",
        "send-cleared-by-other-response",
        edge=(
            *FORWARDED,
            "if ($uri = /count) { add_header Set-Cookie 'ofa.sid=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT' always; }",
        ),
        visit=_forgets,
        shows=RECORDED,
        because=STEPS,
    ),
    WireFault(
        "partitioned-in-iframe",
        "send-partitioned-elsewhere",
        edge=(
            *FORWARDED,
            "proxy_hide_header Set-Cookie;",
            "add_header Set-Cookie '$upstream_http_set_cookie; Partitioned' always;",
        ),
        service={**SECURE, "COOKIE_SAMESITE": "none"},
        visit=_in_frame_and_tab,
        shows=RECORDED,
        because=STEPS,
    ),
    WireFault(
        "clear-site-data",
        "send-cookie-evicted",
        edge=(*FORWARDED, "if ($uri = /count) { add_header Clear-Site-Data '\"cookies\"'; }"),
        visit=_forgets,
        shows=RECORDED,
        because=STEPS,
    ),
)

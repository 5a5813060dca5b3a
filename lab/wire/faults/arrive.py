"""Cookies that do not reach the service as the browser sent them, or reach an instance that cannot read them."""

from typing import Final

from lab.wire.fault import ANYWHERE, BOTH, FORWARDED, FROM_OUTSIDE, RECORDED, SECURE, SHOP, STEPS, WireFault
from lab.wire.person import Person

INSTANCES: Final = "two secrets, two memories and two databases turn the same cookie away by turns: which it is stands within"
CUT_SENT: Final = ('map $http_cookie $short_cookie { "~^(?<start>.{50})" $start; default $http_cookie; }',)
CUT_SET: Final = (
    "map $upstream_http_set_cookie $short_line "
    '{ "~^(?<start>[^;]{50})[^;]*(?<rest>;.*)$" "$start$rest"; default $upstream_http_set_cookie; }',
)
SHORT_LINES: Final = (*FORWARDED, "proxy_hide_header Set-Cookie;", "add_header Set-Cookie $short_line always;")
KEEP_COUNT: Final = (
    "proxy_cache shop;",
    "proxy_cache_valid 200 10m;",
    "proxy_ignore_headers Set-Cookie Cache-Control Vary;",
    "set $private 1;",
    "if ($uri = /count) { set $private 0; }",
    "proxy_no_cache $private;",
    "proxy_cache_bypass $private;",
    "add_header X-Cache $upstream_cache_status always;",
)


def _counts_between(person: Person, _: WireFault) -> list[int]:
    """Ask for something that a cache keeps, before the login and after it."""
    person.opens(f"{SHOP}/")
    person.asks(f"{SHOP}/count")
    met = [person.logs_in(SHOP), person.asks(f"{SHOP}/api/me"), person.asks(f"{SHOP}/count")]
    return [*met, person.asks(f"{SHOP}/api/me")]


def _reloads(person: Person, _: WireFault) -> list[int]:
    """Whoever is turned away tries again, and again."""
    person.opens(f"{SHOP}/")
    return [person.logs_in(SHOP), *(person.asks(f"{SHOP}/api/me") for _ in range(4))]


def _logs_in_again(person: Person, _: WireFault) -> list[int]:
    """Whoever is asked to log in does, at whichever instance is next."""
    person.opens(f"{SHOP}/")
    me = f"{SHOP}/api/me"
    return [met for _ in range(4) for met in (person.logs_in(SHOP), person.asks(me), person.asks(me))]


def _with_junk(person: Person, _: WireFault) -> list[int]:
    """Come with 17 KB of other cookies."""
    person.opens(f"{SHOP}/")
    met = [person.logs_in(SHOP), person.asks(f"{SHOP}/api/me")]
    for number in range(17):
        person.has(f"state-{number}", "k3v" * 333, "shop.example")
    return [*met, person.asks(f"{SHOP}/api/me")]


FAULTS = (
    WireFault(
        "cookie-removed",
        "arrive-proxy-strips-cookie",
        edge=(*FORWARDED, 'proxy_set_header Cookie "";'),
        kinds=BOTH,
        shows=ANYWHERE | {"direct"},
    ),
    WireFault(
        "cookie-cut-when-sent",
        "arrive-cookie-altered",
        edge=(*FORWARDED, "proxy_set_header Cookie $short_cookie;"),
        beside=CUT_SENT,
        service={**SECURE, "DEBUG": "express-session"},
        shows=frozenset({"all"}),
        because="what the service is sent is seen past the proxy only: a cookie that is removed on the way is answered alike",
        alike=frozenset({"arrive-proxy-strips-cookie"}),
    ),
    WireFault("cookie-cut-when-set", "arrive-cookie-altered", edge=SHORT_LINES, beside=CUT_SET),
    WireFault("junk-at-nginx", "arrive-headers-too-large", visit=_with_junk, shows=RECORDED, because=STEPS),
    WireFault(
        "junk-at-node",
        "arrive-headers-too-large",
        beside=("large_client_header_buffers 4 64k;",),
        visit=_with_junk,
        shows=RECORDED,
        because=STEPS,
    ),
    WireFault(
        "set-cookie-cached",
        "arrive-cached-set-cookie",
        edge=(*FORWARDED, *KEEP_COUNT),
        service={**SECURE, "SAVE_UNINITIALIZED": "1", "ROLLING": "1", "REGENERATE": "1"},
        visit=_counts_between,
        shows=RECORDED,
        because=STEPS,
    ),
    WireFault(
        "memory-of-each-instance",
        "find-sessions-kept-elsewhere",
        service={**SECURE, "STORE": "memory"},
        twin={},
        shows=frozenset({"inside"}),
        visit=_reloads,
        hints=FROM_OUTSIDE,
        because=INSTANCES,
    ),
    WireFault(
        "two-versions",
        "verify-versions-side-by-side",
        service={**SECURE, "REGENERATE": "1"},
        twin={"COOKIE_NAME": "shop.sid"},
        visit=_logs_in_again,
        shows=RECORDED,
        because="where only a login sets the cookie, a second login alone shows the other version's, and a probe makes one",
    ),
    WireFault(
        "two-versions-for-strangers",
        "verify-versions-side-by-side",
        service={**SECURE, "REGENERATE": "1", "SAVE_UNINITIALIZED": "1"},
        twin={"COOKIE_NAME": "shop.sid"},
        visit=_logs_in_again,
    ),
    WireFault(
        "instances-with-two-secrets",
        "verify-secret-differs-between-instances",
        twin={"SESSION_SECRET": "another-instance-0123456789-another"},
        shows=frozenset(),
        visit=_reloads,
        hints=FROM_OUTSIDE,
        because=INSTANCES,
    ),
)

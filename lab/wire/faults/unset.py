"""Logins whose answer sets no cookie: they look alike from outside, and are told apart from within or past the proxy."""

from typing import Final

from lab.wire.fault import BOTH, FORWARDED, FROM_OUTSIDE, SECURE, WireFault

ALIKE: Final = "a login that is answered without a cookie is all that outside shows, whatever took the cookie away"
WITHIN: Final = frozenset({"inside"})
PAST: Final = frozenset({"direct", "all"})
DEBUG: Final = {"DEBUG": "express-session"}
EVERY_PAGE: Final = {"SAVE_UNINITIALIZED": "1"}
"""A service that begins a session with the first page, so that asking past the proxy shows what it would set."""

FAULTS = (
    WireFault(
        "trust-proxy-missing",
        "set-secure-without-trust-proxy",
        service={"COOKIE_SECURE": "1", **DEBUG},
        shows=WITHIN,
        because=ALIKE,
        hints=FROM_OUTSIDE,
    ),
    WireFault(
        "trust-proxy-elsewhere",
        "set-secure-without-trust-proxy",
        service={"COOKIE_SECURE": "1", "TRUST_PROXY": "10.0.0.0/8", **DEBUG, **EVERY_PAGE},
        shows=WITHIN,
        because=ALIKE,
    ),
    WireFault(
        "forwarded-proto-missing",
        "set-proxy-hides-https",
        edge=(),
        service={**SECURE, **EVERY_PAGE, **DEBUG},
        shows=PAST,
        because=ALIKE,
    ),
    WireFault(
        "set-cookie-hidden",
        "set-proxy-strips-set-cookie",
        edge=(*FORWARDED, "proxy_hide_header Set-Cookie;"),
        service={**EVERY_PAGE, "TRUST_PROXY": "1"},
        shows=frozenset({"direct"}),
        because=ALIKE,
        kinds=("express",),
    ),
    WireFault(
        "set-cookie-hidden-from-all",
        "set-proxy-strips-set-cookie",
        edge=(*FORWARDED, "proxy_hide_header Set-Cookie;"),
        shows=frozenset(),
        because=ALIKE,
        kinds=BOTH,
    ),
    WireFault(
        "answered-early",
        "set-headers-already-sent",
        service={**SECURE, **DEBUG, "ANSWERS_EARLY": "1", "SAVE": "explicit"},
        shows=WITHIN,
        because=ALIKE,
        hints=FROM_OUTSIDE,
    ),
    WireFault(
        "domain-of-a-url",
        "set-cookie-domain-unparseable",
        service={**SECURE, "COOKIE_DOMAIN": "https://shop.example"},
        shows=WITHIN,
        because=ALIKE,
        hints=FROM_OUTSIDE,
    ),
    WireFault(
        "name-with-space", "set-cookie-name-invalid", service={**SECURE, "COOKIE_NAME": "my app.sid"}, shows=WITHIN, because=ALIKE
    ),
    WireFault(
        "same-site-misspelt",
        "set-samesite-value-invalid",
        service={**SECURE, "COOKIE_SAMESITE": "lax;"},
        shows=WITHIN,
        because=ALIKE,
    ),
    WireFault(
        "secure-on-plain-http",
        "set-secure-on-plain-http",
        service={"COOKIE_SECURE": "1", "TRUST_PROXY": "1", **DEBUG},
        site="http://shop.example",
        shows=WITHIN,
        because=ALIKE,
    ),
)

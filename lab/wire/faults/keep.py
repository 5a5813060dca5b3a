"""Cookies that the browser does not store."""

from typing import Final

from lab.wire.fault import RECORDED, SECURE, SHOP, STEPS, WireFault
from lab.wire.person import Person

PLAIN: Final = "http://shop.example"
BY_COOKIE: Final = ("starlette",)


def _https_first(person: Person, _: WireFault) -> list[int]:
    """Log in over https, and later over http."""
    person.opens(f"{SHOP}/")
    person.logs_in(SHOP)
    person.opens(f"{PLAIN}/")
    return [person.logs_in(PLAIN), person.asks(f"{PLAIN}/api/me")]


FAULTS = (
    WireFault("none-without-secure", "keep-same-site-none-insecure", service={"TRUST_PROXY": "1", "COOKIE_SAMESITE": "none"}),
    WireFault(
        "none-without-secure-starlette", "keep-same-site-none-insecure", service={"COOKIE_SAMESITE": "none"}, kinds=BY_COOKIE
    ),
    WireFault(
        "domain-of-the-platform",
        "keep-domain-is-public-suffix",
        service={**SECURE, "COOKIE_DOMAIN": ".onrender.com"},
        site="https://shop.onrender.com",
    ),
    WireFault("domain-of-another-host", "keep-domain-of-another-host", service={**SECURE, "COOKIE_DOMAIN": "another.example"}),
    WireFault("domain-localhost", "keep-domain-of-one-label", service={**SECURE, "COOKIE_DOMAIN": "localhost"}),
    WireFault("development-proxy", "keep-development-proxy", service={"COOKIE_DOMAIN": "shop.example"}, site="http://localhost"),
    WireFault(
        "preview-host",
        "keep-preview-host",
        service={**SECURE, "COOKIE_DOMAIN": "shop.example"},
        site="https://shop-pr-12.onrender.com",
    ),
    WireFault(
        "rewrite",
        "keep-rewrite-keeps-domain",
        service={**SECURE, "COOKIE_DOMAIN": "shop.example"},
        site="https://shop.vercel.app",
    ),
    WireFault(
        "host-prefix-with-domain",
        "keep-prefix-violated",
        service={**SECURE, "COOKIE_NAME": "__Host-ofa.sid", "COOKIE_DOMAIN": "shop.example"},
    ),
    WireFault("large-session", "keep-too-large", service={"COOKIE_SECURE": "1", "PROFILE_BYTES": "6000"}, kinds=BY_COOKIE),
    WireFault("secure-over-http", "keep-secure-over-http", service={"COOKIE_SECURE": "1"}, site=PLAIN, kinds=BY_COOKIE),
    WireFault("https-told-over-http", "keep-secure-over-http", edge=("proxy_set_header X-Forwarded-Proto https;",), site=PLAIN),
    WireFault(
        "secure-cookie-from-before",
        "keep-secure-not-overwritten",
        service={"COOKIE_SECURE": "auto", "TRUST_PROXY": "1"},
        visit=_https_first,
        shows=RECORDED,
        because=STEPS,
    ),
)

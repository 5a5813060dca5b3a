"""Healthy services with settings that look odd: nobody may raise an alarm."""

from lab.wire.fault import BOTH, CROSSED, PAGE, SECURE, SHOP, WireFault

CONTROLS = (
    WireFault("plain", kinds=(*BOTH, "starlette")),
    WireFault("secure-auto", service={"COOKIE_SECURE": "auto", "TRUST_PROXY": "1"}),
    WireFault("same-site-strict", service={**SECURE, "COOKIE_SAMESITE": "strict"}),
    WireFault("none-with-secure", service={**SECURE, "COOKIE_SAMESITE": "none"}),
    WireFault(
        "none-with-secure-across-sites",
        service={**CROSSED, "COOKIE_SAMESITE": "none"},
        page=PAGE,
        spared=frozenset({"browser"}),  # whose second visit finds that Safari blocks it: the fault third-party-blocked
    ),
    WireFault("api-on-a-subdomain", service={**SECURE, "CORS_ORIGIN": SHOP}, site="https://api.shop.example", page=SHOP),
    WireFault("domain-of-the-host", service={**SECURE, "COOKIE_DOMAIN": "shop.example"}),
    WireFault("host-prefix", service={**SECURE, "COOKIE_NAME": "__Host-ofa.sid"}),
    WireFault("rolling", service={**SECURE, "ROLLING": "1"}),
    WireFault("insecure-over-http", service={}, site="http://shop.example"),
    WireFault("localhost", service={"COOKIE_DOMAIN": "localhost"}, site="http://localhost"),
)

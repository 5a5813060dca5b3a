"""The wire's faults and its healthy controls: a line of nginx's settings or one setting of the service."""

from collections.abc import Mapping
from dataclasses import dataclass, field

FORWARDED = ("proxy_set_header X-Forwarded-Proto $scheme;", "proxy_set_header X-Forwarded-For $remote_addr;")
SECURE: Mapping[str, str] = {"COOKIE_SECURE": "1", "TRUST_PROXY": "1"}
KEEP_ALL = ("proxy_cache shop;", "proxy_cache_valid 200 401 10m;", "proxy_ignore_headers Set-Cookie Cache-Control Vary;")


@dataclass(frozen=True)
class WireFault:
    """One fault. `cause` is the id of the doctor's cause, "" for a healthy control; `station` is where sessions stop.

    `edge` are nginx's lines, `service` the service's environment, `kinds` the services that can have it, `scheme` the site's.
    """

    name: str
    cause: str = ""
    station: str = ""
    edge: tuple[str, ...] = FORWARDED
    service: Mapping[str, str] = field(default_factory=lambda: SECURE)
    kinds: tuple[str, ...] = ("express",)
    scheme: str = "https"


BOTH = ("express", "sessile")
FAULTS = (
    WireFault("forwarded-proto-missing", "set-proxy-hides-https", "set", edge=()),
    WireFault("trust-proxy-missing", "set-secure-without-trust-proxy", "set", service={"COOKIE_SECURE": "1"}),
    WireFault(
        "set-cookie-hidden", "set-proxy-strips-set-cookie", "set", (*FORWARDED, "proxy_hide_header Set-Cookie;"), kinds=BOTH
    ),
    WireFault("cookie-removed", "arrive-proxy-strips-cookie", "arrive", (*FORWARDED, 'proxy_set_header Cookie "";'), kinds=BOTH),
    WireFault("answers-cached", "agree-shared-cache-answers", "agree", (*FORWARDED, *KEEP_ALL), kinds=BOTH),
    WireFault("domain-of-another-host", "", "keep", service={**SECURE, "COOKIE_DOMAIN": "another.example"}),
    WireFault("path-elsewhere", "", "send", (*FORWARDED, "proxy_cookie_path / /admin/;"), kinds=BOTH),
    WireFault("none-without-secure", "", "keep", service={"TRUST_PROXY": "1", "COOKIE_SAMESITE": "none"}),
    WireFault("secure-over-http", "", "keep", ("proxy_set_header X-Forwarded-Proto https;",), scheme="http"),
)
CONTROLS = (
    WireFault("plain", kinds=BOTH),
    WireFault("secure-auto", service={"COOKIE_SECURE": "auto", "TRUST_PROXY": "1"}),
    WireFault("same-site-strict", service={**SECURE, "COOKIE_SAMESITE": "strict"}),
    WireFault("none-with-secure", service={**SECURE, "COOKIE_SAMESITE": "none"}),
    WireFault("domain-of-the-host", service={**SECURE, "COOKIE_DOMAIN": "shop.example"}),
    WireFault("rolling", service={**SECURE, "ROLLING": "1"}),
    WireFault("insecure-over-http", service={}, scheme="http"),
)

"""Sessions that are whole, and that the page does not get to know of."""

from typing import Final

from lab.wire.fault import ANYWHERE, BOTH, CROSSED, FORWARDED, FROM_OUTSIDE, PAGE, SECURE, SHOP, WireFault
from lab.wire.person import Person

KEEP_ALL: Final = ("proxy_cache shop;", "proxy_cache_valid 200 401 10m;", "proxy_ignore_headers Set-Cookie Cache-Control Vary;")
MARKED: Final = ("add_header X-Cache $upstream_cache_status always;",)
REFUSED: Final = frozenset({"site", "both"})
HIDDEN: Final = "a recording made through the browser's own protocol has nothing of an answer that the page was refused"
NAMED: Final = frozenset({"har"})
NOBODY: Final = {**SECURE, "COOKIE_SAMESITE": "none", "CORS_ORIGIN": "https://nobody.example"}
"""The service itself speaks no CORS to the page; nginx does, wrongly."""


def _asks_before(person: Person, _: WireFault) -> list[int]:
    """Ask before the login, as pages do, and again afterwards."""
    person.opens(f"{SHOP}/")
    person.asks(f"{SHOP}/api/me")
    return [person.logs_in(SHOP), person.asks(f"{SHOP}/api/me"), person.asks(f"{SHOP}/api/me")]


FAULTS = (
    WireFault(
        "answers-cached",
        "agree-shared-cache-answers",
        edge=(*FORWARDED, *KEEP_ALL, *MARKED),
        kinds=BOTH,
        visit=_asks_before,
        shows=ANYWHERE,
    ),
    WireFault(
        "answers-cached-unmarked",
        "agree-shared-cache-answers",
        edge=(*FORWARDED, *KEEP_ALL),
        visit=_asks_before,
        shows=frozenset({"site", "both", "direct"}),
        because="a cache that leaves no mark is told by asking past it, which nobody in a recording does",
    ),
    WireFault(
        "cors-of-another-origin",
        "agree-cors-origin-not-allowed",
        edge=(*FORWARDED, "add_header Access-Control-Allow-Origin https://old.example always;"),
        service=NOBODY,
        page=PAGE,
        shows=REFUSED,
        because=HIDDEN,
        hints=NAMED,
    ),
    WireFault(
        "cors-wildcard",
        "agree-cors-wildcard",
        edge=(*FORWARDED, "add_header Access-Control-Allow-Origin * always;"),
        service=NOBODY,
        page=PAGE,
        shows=REFUSED,
        because=HIDDEN,
        hints=NAMED,
    ),
    WireFault(
        "cors-without-credentials",
        "agree-cors-credentials-not-allowed",
        service={**CROSSED, "COOKIE_SAMESITE": "none", "CORS_CREDENTIALS": "0"},
        page=PAGE,
        shows=REFUSED,
        because=HIDDEN,
        hints=NAMED,
    ),
    WireFault(
        "preflight-refused",
        "agree-cors-preflight-refused",
        edge=(*FORWARDED, "if ($request_method = OPTIONS) { return 401; }"),
        service={**CROSSED, "COOKIE_SAMESITE": "none"},
        page=PAGE,
        shows=FROM_OUTSIDE,
    ),
)

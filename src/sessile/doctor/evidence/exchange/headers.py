"""Which header fields facts keep, and what of them may be shown."""

import re
from collections.abc import Callable
from typing import Final

from sessile.cookies.date import parse_date
from sessile.doctor.evidence.exchange.shown import shown
from sessile.doctor.facts.concealed import MASK

_ORIGIN = re.compile(r"null|[A-Za-z][A-Za-z0-9+.-]*://[^/?#@\s]{1,255}")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z-]{0,19}(?=[\s,]|$)")
_USER_AGENT = re.compile(r"[A-Za-z][\w .;:,/()+-]{0,250}", re.ASCII)

Keep = Callable[[str], str]


def origin(value: str) -> str:
    """An Origin header: scheme, host and port, or `null`."""
    return value if _ORIGIN.fullmatch(value) else shown(value)


def scheme(value: str) -> str:
    """The scheme of an Authorization or WWW-Authenticate header in lower case; `***` where the value names none."""
    found = _SCHEME.match(value.strip())
    return found[0].lower() if found and (len(value.strip()) > len(found[0]) or found[0].lower() == "negotiate") else MASK


def user_agent(value: str) -> str:
    """A User-Agent header. Chrome's version looks like a public address, which would be masked."""
    return value if _USER_AGENT.fullmatch(value) else shown(value)


def present(_value: str) -> str:
    """That a field is there, and nothing of what it says."""
    return MASK


def date_of(value: str) -> int | None:
    """A Date header in epoch milliseconds, or None if it is no date."""
    return parse_date(value)


_FETCH: Final = ("sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest", "sec-fetch-user", "sec-fetch-storage-access")
_PREFLIGHT: Final = ("access-control-request-method", "access-control-request-headers", "access-control-request-private-network")
_TOKENS: Final = ("x-csrf-token", "x-xsrf-token", "csrf-token", "x-csrftoken", "if-none-match", "if-modified-since")
_FORWARDED: Final = ("forwarded", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-port", "x-forwarded-ssl", "via")
_SHARED_CACHES: Final = (
    *("age", "x-cache", "x-cache-hits", "x-cache-status", "x-proxy-cache", "cf-cache-status", "x-vercel-cache", "x-nextjs-cache"),
    *("x-drupal-cache", "x-varnish-cache", "x-served-by", "cdn-cache-control", "surrogate-control", "cache-status"),
)
_CORS: Final = (
    *("access-control-allow-origin", "access-control-allow-credentials", "access-control-allow-methods"),
    *("access-control-allow-headers", "access-control-max-age", "access-control-allow-private-network"),
)

REQUEST_FIELDS: Final[dict[str, Keep]] = {
    "origin": origin,
    "user-agent": user_agent,
    **dict.fromkeys((*_FETCH, *_PREFLIGHT, *_FORWARDED), shown),
    **dict.fromkeys(("host", "content-type", "upgrade", "x-requested-with", "cache-control", "pragma"), shown),
    **dict.fromkeys(("sec-purpose", "purpose", "service-worker"), shown),
    **dict.fromkeys(_TOKENS, present),
}
"""The fields of a request that are kept, and how each is shown."""

RESPONSE_FIELDS: Final[dict[str, Keep]] = {
    "access-control-allow-origin": origin,
    **dict.fromkeys((*_SHARED_CACHES, *_CORS[1:]), shown),
    **dict.fromkeys(("cache-control", "pragma", "expires", "vary", "server", "via", "x-powered-by", "content-type"), shown),
    **dict.fromkeys(("clear-site-data", "strict-transport-security", "retry-after", "connection", "upgrade"), shown),
    **dict.fromkeys(("cross-origin-opener-policy", "content-security-policy", "x-render-origin-server", "refresh"), shown),
    "www-authenticate": scheme,
    "etag": present,
    "last-modified": present,
}
"""The fields of a response that are kept, and how each is shown."""

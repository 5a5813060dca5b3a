"""Whether a browser lets a page of another origin read a response, or send a request at all (Fetch standard, CORS protocol)."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from sessile.doctor.facts.concealed import MASK
from sessile.doctor.facts.exchange import Exchange, Headers

SAFELISTED_METHODS: Final = frozenset({"GET", "HEAD", "POST"})


class Rule(Enum):
    """A rule that a response breaks, under Chromium's name for it (DevTools protocol, Network.CorsError)."""

    MISSING = "MissingAllowOriginHeader"
    WILDCARD = "WildcardOriginNotAllowed"
    MULTIPLE = "MultipleAllowOriginValues"
    MISMATCH = "AllowOriginMismatch"
    CREDENTIALS = "InvalidAllowCredentials"
    PREFLIGHT_STATUS = "PreflightInvalidStatus"
    PREFLIGHT_REDIRECT = "PreflightDisallowedRedirect"
    METHOD = "MethodDisallowedByPreflightResponse"
    HEADER = "HeaderDisallowedByPreflightResponse"


@dataclass(frozen=True, slots=True)
class Refusal:
    """The rule that fails, and a sentence that says with which values."""

    rule: Rule
    says: str


def check(origin: str, headers: Headers, *, credentials: bool) -> Refusal | None:
    """Whether a page of that origin may read a response with these headers; None if it may (Fetch, "CORS check").

    `credentials`: whether it was asked for with cookies, `credentials: "include"`. A header that was masked counts as allowing.
    """
    values = headers.all("access-control-allow-origin")
    allowed = ", ".join(values)
    if not values:
        return Refusal(Rule.MISSING, f"the response has no Access-Control-Allow-Origin, and the page is of {origin}")
    if MASK in allowed:
        return None
    if allowed == "*":
        if not credentials:
            return None
        return Refusal(Rule.WILDCARD, "Access-Control-Allow-Origin is *, which does not count for a request with credentials")
    if "," in allowed:
        return Refusal(
            Rule.MULTIPLE, f"Access-Control-Allow-Origin names several origins ({allowed}), and only one may stand there"
        )
    if allowed != origin:
        return Refusal(Rule.MISMATCH, f"Access-Control-Allow-Origin is {allowed}, and the page is of {origin}")
    if credentials and (granted := ", ".join(headers.all("access-control-allow-credentials"))) != "true":
        given = f"is {granted!r}" if granted else "is missing"
        return Refusal(
            Rule.CREDENTIALS, f"Access-Control-Allow-Credentials {given}; for a request with credentials it must be true"
        )
    return None


def check_preflight(preflight: Exchange, *, credentials: bool) -> Refusal | None:
    """Whether the request that a preflight asks for may be sent; None if it may (Fetch, "CORS-preflight fetch").

    Where both the status and a header refuse, the status is named: whatever answered so never came to the CORS headers.
    `credentials` is that of the request asked for; a preflight itself never carries cookies.
    """
    request, response = preflight.request, preflight.response
    if response is None:
        return None
    if 300 <= response.status < 400:
        return Refusal(Rule.PREFLIGHT_REDIRECT, f"the preflight was answered {response.status}, and may not be redirected")
    if not 200 <= response.status < 300:
        return Refusal(
            Rule.PREFLIGHT_STATUS, f"the preflight was answered {response.status}, and only 200 to 299 lets the request go"
        )
    if refusal := check(request.origin or "null", response.headers, credentials=credentials):
        return refusal
    return _method(request.headers, response.headers, credentials) or _header(request.headers, response.headers, credentials)


def _method(asked: Headers, answered: Headers, credentials: bool) -> Refusal | None:
    method, allowed = asked.get("access-control-request-method") or "", _listed(answered, "access-control-allow-methods")
    if method in SAFELISTED_METHODS or method in allowed or ("*" in allowed and not credentials):
        return None
    return Refusal(Rule.METHOD, f"Access-Control-Allow-Methods is {', '.join(allowed) or 'missing'}, and {method} is not in it")


def _header(asked: Headers, answered: Headers, credentials: bool) -> Refusal | None:
    wanted = [name.lower() for name in _listed(asked, "access-control-request-headers")]
    listed = _listed(answered, "access-control-allow-headers")
    allowed = {name.lower() for name in listed}
    for name in wanted:
        # The wildcard never covers Authorization (Fetch, "CORS non-wildcard request-header name"); Chromium 156 lets it.
        any_name = "*" in allowed and not credentials and name != "authorization"
        if name not in allowed and not any_name and MASK not in (name, *allowed):
            return Refusal(
                Rule.HEADER, f"Access-Control-Allow-Headers is {', '.join(listed) or 'missing'}, and {name} is not in it"
            )
    return None


def _listed(headers: Headers, name: str) -> tuple[str, ...]:
    return tuple(item for value in headers.all(name) for part in value.split(",") if (item := part.strip()))

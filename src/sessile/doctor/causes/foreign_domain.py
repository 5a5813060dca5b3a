"""Session cookies with a Domain that does not cover the host that the browser asked, and what kind of Domain or host it is."""

import re
from collections.abc import Callable
from enum import Enum
from typing import Final

from sessile.cookies import Reason, is_public_suffix
from sessile.cookies.url import is_ip_address
from sessile.doctor.causes import declared, unkept
from sessile.doctor.causes.unkept import Unkept
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.exchange import Exchange
from sessile.doctor.findings import Confirmed, Finding

_DEVELOPMENT: Final = re.compile(r"localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[::1\]|.*\.(?:local|test)")
_PREVIEW: Final = re.compile(
    r"[\w-]+-git-[\w-]+\.vercel\.app|[\w-]+-[a-z0-9]{9}(?:-[\w-]+)?\.vercel\.app|(?:deploy-preview-\d+|branch|[\w-]+)--[\w-]+\.netlify\.app"
    r"|[\w-]+-pr-\d+(?:-[\w]+)?\.[\w.-]+|pr-?\d+[.-][\w.-]+|[0-9a-f]{8}\.[\w-]+\.pages\.dev|(?:[\w-]+[.-])?preview[.-][\w.-]+"
)
_HOSTING: Final = (".vercel.app", ".netlify.app", ".pages.dev", ".web.app", ".firebaseapp.com", ".github.dev", ".amplifyapp.com")
_REWRITERS: Final = ("vercel", "netlify")


class Kind(Enum):
    """What is wrong with the pair of Domain and host; of several, the first is at the root."""

    SINGLE_LABEL = "the Domain is one word or an address, so it covers no other host"
    PUBLIC_SUFFIX = "the Domain is a public suffix"
    DEVELOPMENT = "the host is a developer's own machine"
    PREVIEW = "the host is that of one branch or pull request"
    REWRITE = "a hosting of front ends passed the request on"
    OTHER = "the host is some other one"


def judge(facts: Facts, kind: Kind, otherwise: str, title: Callable[[str], str] | None = None) -> Finding:
    """The finding on one kind: proven where a browser drops a login's cookie for its Domain; `title` makes one of the Domain."""
    found = next((one for one in unkept.unkept(facts, Reason.INVALID_DOMAIN) if _kind(one) is kind), None)
    if found is None:
        return _written(facts, kind, title) or unkept.nothing(facts, otherwise)
    domain = _domain(found)
    says = (
        f"{found.visit.login} on {found.visit.login.request.address.host} sets {found.visit.name} with Domain={domain}: "
        "a browser drops it (InvalidDomain)"
    )
    evidence = (found.visit.wire.evidence(found.visit.login, says), *found.evidence[1:])
    return Confirmed(evidence, title(domain) if title else "")


def _written(facts: Facts, kind: Kind, title: Callable[[str], str] | None) -> Confirmed | None:
    """The finding where the source alone tells of such a Domain."""
    suffix, other = declared.public_suffix(facts), declared.other_host(facts)
    if kind is Kind.PUBLIC_SUFFIX and suffix:
        return Confirmed((suffix.evidence,), title(suffix.name) if title else "", declared.CERTAINTY)
    if kind is Kind.OTHER and other:
        domain, why = other
        evidence = (domain.evidence, Evidence(f"a browser drops it: {why}", "deployment", domain.name))
        return Confirmed(evidence, title(domain.name) if title else "", declared.CERTAINTY)
    return None


def _kind(one: Unkept) -> Kind:
    domain, login = _domain(one).lstrip(".").lower(), one.visit.login
    host = login.request.address.host
    tests = (
        (Kind.SINGLE_LABEL, "." not in domain or is_ip_address(domain)),
        (Kind.PUBLIC_SUFFIX, is_public_suffix(domain)),
        (Kind.DEVELOPMENT, _DEVELOPMENT.fullmatch(host) is not None),
        (Kind.PREVIEW, _PREVIEW.fullmatch(host) is not None),
        (Kind.REWRITE, _by_hosting(login)),
    )
    return next((kind for kind, holds in tests if holds), Kind.OTHER)


def _domain(one: Unkept) -> str:
    return (one.visit.cookie.domain if one.visit.cookie else None) or ""


def _by_hosting(exchange: Exchange) -> bool:
    """Whether a hosting of front ends answered, which may pass requests on to a service elsewhere."""
    headers = exchange.response.headers if exchange.response else None
    server = (headers.get("server") or "").lower() if headers else ""
    named = headers is not None and headers.get("x-vercel-cache") is not None
    return named or server.startswith(_REWRITERS) or exchange.request.address.host.endswith(_HOSTING)

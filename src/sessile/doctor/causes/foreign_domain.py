"""Session cookies that name a Domain which does not cover the host that the browser asked, and what kind of host that is."""

import re
from typing import Final

from sessile.cookies import Reason
from sessile.doctor.causes import passing
from sessile.doctor.facts import Evidence, Facts, Unknown
from sessile.doctor.facts.exchange import Exchange
from sessile.doctor.findings import Need, RuledOut, Unseen
from sessile.doctor.visits import Visit, visits

SURER: Final = 0.995
"""Surer than the cause that knows only that the Domain is another host's: it is the same proof, and says more."""

_DEVELOPMENT: Final = re.compile(r"localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[::1\]|.*\.(?:local|test)")
_PREVIEW: Final = re.compile(
    r"[\w-]+-git-[\w-]+\.vercel\.app|[\w-]+-[a-z0-9]{9}(?:-[\w-]+)?\.vercel\.app|(?:deploy-preview-\d+|branch|[\w-]+)--[\w-]+\.netlify\.app"
    r"|[\w-]+-pr-\d+(?:-[\w]+)?\.[\w.-]+|pr-?\d+[.-][\w.-]+|[0-9a-f]{8}\.[\w-]+\.pages\.dev|(?:[\w-]+[.-])?preview[.-][\w.-]+"
)
_HOSTING: Final = (".vercel.app", ".netlify.app", ".pages.dev", ".web.app", ".firebaseapp.com", ".github.dev", ".amplifyapp.com")
_REWRITERS: Final = ("vercel", "netlify")


def preview(exchange: Exchange) -> bool:
    """Whether the host is that of one branch or pull request."""
    return _PREVIEW.fullmatch(exchange.request.address.host) is not None


def development(exchange: Exchange) -> bool:
    """Whether the host is the developer's own machine."""
    return _DEVELOPMENT.fullmatch(exchange.request.address.host) is not None


def hosting(exchange: Exchange) -> bool:
    """Whether a hosting of front ends answered, which may pass requests on to a service elsewhere."""
    headers = exchange.response.headers if exchange.response else None
    server = (headers.get("server") or "").lower() if headers else ""
    named = headers is not None and headers.get("x-vercel-cache") is not None
    return named or server.startswith(_REWRITERS) or exchange.request.address.host.endswith(_HOSTING)


def found(facts: Facts) -> tuple[Visit, ...]:
    """The logins whose session cookie a browser refuses for its Domain (RFC 6265bis, 5.7)."""
    return tuple(visit for visit in visits(facts) if _refused(visit))


def evidence(visit: Visit) -> tuple[Evidence, ...]:
    """What shows it."""
    domain = visit.cookie.domain if visit.cookie else ""
    says = f"{visit.login} on {visit.login.request.address.host} sets {visit.name} with Domain={domain}: a browser drops it"
    return (visit.wire.evidence(visit.login, says),)


def nothing(facts: Facts, because: str) -> Unseen | RuledOut:
    """The finding where no login shows it."""
    seen = visits(facts)
    if seen and all(isinstance(visit.cookies, Unknown) for visit in seen):
        return Unseen(Need.WIRE, "the recording was exported without cookies")
    return passing.nothing(facts, because)


def _refused(visit: Visit) -> bool:
    setting = visit.setting
    if visit.cookie is None or setting is None or setting.stored:
        return False
    return any(objection.reason is Reason.INVALID_DOMAIN for objection in setting.objections)

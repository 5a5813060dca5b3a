"""The proxy does not tell the service that the visitor came by https: X-Forwarded-Proto is missing, or names http first.

Symptom: as set-secure-without-trust-proxy, although `trust proxy` is set: the login answers 200 without a cookie and
    leaves a row.
Evidence: asked directly with X-Forwarded-Proto: https the service sets the cookie, and without it, or through the
    proxy, none. A recording made between the two shows the field missing, or `http`, or `http,https`: the leftmost
    counts, so `https,http` is well.
Tell apart: a service that does not trust its proxy sets no cookie for X-Forwarded-Proto: https, either. A proxy that
    strips Set-Cookie hides every cookie, and the log does not say "not secured". A service that trusts the asker's
    address and not the proxy's looks the same from outside: the app's own `req.headers` tell.
Fix: let the proxy say the visitor's scheme, and use TLS between two proxies (Cloudflare: Full (strict)); the app must
    not make it up. No session is lost.
"""

from dataclasses import dataclass

from sessile.doctor.causes import proxied, unset
from sessile.doctor.causes.unset import Unset
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.source import Framework, Literal, Part
from sessile.doctor.findings import Change, Confirmed, Finding, Level, Remedy, RuledOut, Undecided
from sessile.doctor.visits import visits

ENTRIES = ("proxy-omits-forwarded-proto", "forwarded-proto-starts-http")
REMEDY = Remedy(
    "Let the proxy say X-Forwarded-Proto: https, and use TLS between two proxies",
    changes=(
        Change(
            "nginx, in front of the service",
            "location / { proxy_pass http://app; }",
            "location / { proxy_pass http://app; proxy_set_header Host $host; proxy_set_header X-Forwarded-Proto $scheme; }",
        ),
        Change(
            "nginx, behind another proxy that ends TLS",
            "proxy_set_header X-Forwarded-Proto $scheme;",
            "proxy_set_header X-Forwarded-Proto $http_x_forwarded_proto;",
        ),
        Change("Apache", "ProxyPass / http://app/", 'ProxyPass / http://app/\nRequestHeader set X-Forwarded-Proto "https"'),
        Change("Cloudflare", "SSL/TLS encryption: Flexible", "SSL/TLS encryption: Full (strict)"),
    ),
)
LINKS = {
    "login without Set-Cookie": Level.ALWAYS,
    "not secured": Level.SOMETIMES,
    "sessions never seen again": Level.USUALLY,
    "same user logs in again and again": Level.USUALLY,
}
BY_ASKING = 0.9


@dataclass(frozen=True, slots=True)
class _Proof:
    evidence: tuple[Evidence, ...]
    title: str
    certainty: float


def judge(facts: Facts) -> Finding:
    said = unset.not_secured(facts)
    if configured := _configured(facts, said):
        return Confirmed(configured, certainty=proxied.CERTAINTY)
    if unset.unseen(facts) and said:
        return Undecided(said)
    every = unset.unset(facts)
    logins = [one for one in every if one.by_https]
    if not logins:
        return RuledOut("the login came over plain http, and that is no proxy's doing") if every else unset.nothing(facts)
    if because := unset.needs_no_https(facts, logins) or _tells(logins):
        return RuledOut(because)
    proof = next((found for one in logins if (found := _recorded(one, said) or _asked(one, said))), None)
    return Confirmed(proof.evidence, proof.title, proof.certainty) if proof else unset.undecided(facts, logins, *said)


def _configured(facts: Facts, said: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    """What nginx's configuration leaves out, where the service sets no cookie without it; nothing where a recording shows one."""
    if any(visit.cookie for visit in visits(facts)):
        return ()
    needing = tuple(
        source.evidence(setting.place, "the cookie is set only where the request is known to be https")
        for source in facts.sources
        if source.framework is Framework.EXPRESS
        for step in source.of(Part.SESSION)
        if (setting := step.setting("cookie.secure")) and setting.value == Literal(value=True)
    )
    hiding = proxied.hides_https(facts)
    return (*hiding[:2], *(said or needing)[:1]) if hiding and (said or needing) else ()


def _tells(logins: list[Unset]) -> str:
    """Why the proxy is not to blame."""
    if all(one.behind_proxy and unset.first_proto(one.visit.login) == "https" for one in logins):
        return "X-Forwarded-Proto: https reaches the service"
    if all(one.on_platform for one in logins):
        return "the hosting's own proxy says X-Forwarded-Proto: https"
    told = [direct for one in logins for direct in one.directly if direct.claims and direct.proxied is one.visit.login]
    if told and not any(direct.line for direct in told):
        return "told X-Forwarded-Proto: https, the service sets no cookie, either"
    return ""


def _recorded(one: Unset, said: tuple[Evidence, ...]) -> _Proof | None:
    """What reaches the service, where the recording was made behind a proxy."""
    login = one.visit.login
    if not (said and one.behind_proxy) or unset.first_proto(login) == "https":
        return None
    proto = login.request.headers.get("x-forwarded-proto")
    title = f"The proxy says X-Forwarded-Proto: {proto}" if proto else "The proxy does not say X-Forwarded-Proto"
    field = f"with X-Forwarded-Proto: {proto}" if proto else "without X-Forwarded-Proto"
    reached = one.visit.wire.evidence(login, f"{login} reaches the service {field}, and sets no session cookie")
    return _Proof((reached, *said), title, unset.SURE)


def _asked(one: Unset, said: tuple[Evidence, ...]) -> _Proof | None:
    """The same question past the proxy: with the word for https it sets the cookie, without it none."""
    for direct in one.directly:
        plain = [other for other in one.directly if other.proxied is direct.proxied and not other.claims and not other.encrypted]
        if not (direct.claims and not direct.encrypted and direct.line and direct.line.secure):
            continue
        needed = bool(said) or any(other.line is None for other in plain)
        if needed and (said or _passes_cookies(one)):
            shown = (one.evidence, direct.evidence, *(other.evidence for other in plain), *said)
            return _Proof(shown, "", unset.SURE if said else BY_ASKING)
    return None


def _passes_cookies(one: Unset) -> bool:
    """Whether another cookie comes through the same proxy, so that it does not strip them."""
    host = one.visit.login.request.address.host
    return any(
        other.response is not None and isinstance(other.response.set_cookies, tuple) and other.response.set_cookies
        for other in one.visit.wire.exchanges
        if other.request.address.host == host
    )

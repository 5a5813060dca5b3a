"""The service sends everybody to https for ever: the proxy ends TLS and does not tell it that the visitor has come by https.

Symptom: "too many redirects" on every page, the login's too, since TLS was switched on or a redirect to https was.
Evidence: an https page is answered with a redirect to itself, again and again, and sets no cookie that could make a difference.
    In the settings of Django SECURE_SSL_REDIRECT is on without SECURE_PROXY_SSL_HEADER, or the proxy sends no X-Forwarded-Proto.
Tell apart: a page that sets a cookie and then redirects to itself waits for that cookie. Where a page redirects to the login and
    the login back, nobody is known (a cause at another station).
Fix: let the proxy say X-Forwarded-Proto: https, and the service believe it. No session is lost.
"""

from collections.abc import Iterator
from typing import Final

from sessile.doctor import layers, timeline
from sessile.doctor.causes import code, proxied
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.exchange import Exchange
from sessile.doctor.facts.source import Literal
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Need, Remedy, RuledOut, Unseen
from sessile.doctor.layers import Keeper, Layer

ENTRIES: tuple[str, ...] = ()
FREQUENCY = Frequency.COMMON
UNPROVOKED = "The frameworks' lab asks by plain http; it is tested on recordings and settings, and was met behind nginx."
REMEDY = Remedy(
    "Let the proxy say that the visitor came by https, and the service believe it",
    changes=(
        Change(
            "nginx, in front of the service",
            "location / { proxy_pass http://app; }",
            "location / { proxy_pass http://app; proxy_set_header Host $host; proxy_set_header X-Forwarded-Proto $scheme; }",
        ),
        Change(
            "Django",
            "SECURE_SSL_REDIRECT = True",
            'SECURE_SSL_REDIRECT = True\nSECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")',
        ),
        Change("Express", "app.use(redirectToHttps)", "app.set('trust proxy', 1)\napp.use(redirectToHttps)"),
        Change("Starlette and FastAPI", "uvicorn main:app", "uvicorn main:app --proxy-headers --forwarded-allow-ips '*'"),
    ),
)
LINKS = {"server errors with a cookie": Level.NEVER}
OFTEN: Final = 3


def judge(facts: Facts) -> Finding:
    looping = next((shown for wire in facts.wires for chain in timeline.redirects(wire) if (shown := _loops(chain))), None)
    coded = tuple(one for layer in layers.layers(facts, Keeper.DJANGO) for one in _configured(layer, facts))
    if looping:
        wire = next(wire for wire in facts.wires if looping in wire.exchanges)
        says = f"{looping} redirects to itself, {OFTEN} times and more"
        return Confirmed((wire.evidence(looping, says), *coded, *proxied.hides_https(facts)[:1]))
    if coded:
        return code.certain(facts, *coded)
    if facts.wires:
        return RuledOut("no page redirects to itself for ever")
    return Unseen(Need.SITE, "the site was not asked")


def _loops(chain: tuple[Exchange, ...]) -> Exchange | None:
    """The first page of a chain that is answered with a redirect to its own https address, time and again, without a cookie."""
    for one in chain:
        same = [other for other in chain if other.request.address == one.request.address and _to_itself(other)]
        if len(same) >= OFTEN and one.request.address.scheme == "https":
            return one
    return None


def _to_itself(one: Exchange) -> bool:
    response = one.response
    return response is not None and response.redirect == one.request.address and not response.set_cookies


def _configured(layer: Layer, facts: Facts) -> Iterator[Evidence]:
    """Django's own redirect, where what stands before it takes https from visitors and nothing tells Django so."""
    redirect = layer.step.setting("SECURE_SSL_REDIRECT")
    on = redirect is not None and isinstance(redirect.value, Literal) and redirect.value.value is True
    ending = proxied.ends_tls(facts)
    if not on or not ending:
        return
    if layer.step.setting("SECURE_PROXY_SSL_HEADER") is None:
        yield layer.evidence(redirect, "everybody is sent to https, and no SECURE_PROXY_SSL_HEADER says how to know it")
        yield ending[0]
    elif hiding := proxied.hides_https(facts):
        yield layer.evidence(redirect, "everybody is sent to https")
        yield hiding[0]

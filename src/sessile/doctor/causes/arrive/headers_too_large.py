"""The cookies of this browser are together larger than the server takes, so each of its requests is refused.

Symptom: one user gets 431 or 400 on every page, also on the login; another browser works.
Evidence: 431, which Node answers from 16 KB of header fields on; or nginx's 400 for a Cookie line above 8 KB, before the
    service is asked at all. The Cookie header is the largest part.
Tell apart: by the status; the service's log has no line for the request. A single cookie that is too large is not even
    stored: keep-too-large.
Fix: remove the cookies that nobody reads, by their Domain and Path; larger limits (--max-http-header-size,
    large_client_header_buffers) help for now. No session is lost.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from sessile.doctor.facts import Evidence, Facts, Unknown, Wire
from sessile.doctor.facts.cookies import Value
from sessile.doctor.facts.exchange import Exchange
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Need, Remedy, RuledOut, Undecided, Unseen

ENTRIES = ("cookie-header-too-large",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Remove the cookies that nobody reads, and raise the limit until they are gone",
    changes=(
        Change(
            "Express",
            "app.post('/login', login)",
            "// in a page that small requests reach, for each cookie that is no longer read:\n"
            "res.clearCookie('old-state', { path: '/', domain: 'shop.example' })",
        ),
        Change("Express, how it is started", "node app.js", "node --max-http-header-size=65536 app.js"),
        Change(
            "Starlette and FastAPI",
            "return response",
            'response.delete_cookie("old-state", path="/", domain="shop.example")\nreturn response',
        ),
        Change("nginx", "large_client_header_buffers 4 8k;", "large_client_header_buffers 4 64k;"),
    ),
)
LINKS = {"header fields refused as too large": Level.ALWAYS}
TOO_LARGE: Final = 431
"""Request Header Fields Too Large (RFC 6585, 5)."""
ONE_LINE: Final = 7_500
"""Octets of one header line from which a 400 may be nginx's, whose buffers have 8 KB each."""

SEEN: Final = 16_384
"""Octets of a Cookie header that facts hold at most."""


def judge(facts: Facts) -> Finding:
    found = [finding for wire in facts.wires for finding in _in(wire)]
    if confirmed := next((finding for finding in found if isinstance(finding, Confirmed)), None):
        return confirmed
    if found:
        return found[0]
    return (
        RuledOut("no request was refused for the size of its header")
        if facts.wires
        else Unseen(Need.WIRE, "no recording was given")
    )


def _in(wire: Wire) -> Iterator[Confirmed | Undecided]:
    for one in wire.exchanges:
        if one.status not in (400, TOO_LARGE):
            continue
        cookies, whole = _octets(one), one.request.headers_size
        if isinstance(cookies, Unknown):
            if one.status == TOO_LARGE:
                yield Undecided(
                    (wire.evidence(one, f"{one}: its header fields are too large; cookies are left out of the recording"),)
                )
        elif one.status == TOO_LARGE and cookies * 2 > min(whole, SEEN):
            yield Confirmed((wire.evidence(one, f"{one}: {_says(one, cookies)}"),))
        elif one.status == TOO_LARGE:
            yield Undecided((wire.evidence(one, f"{one}: of {whole} octets of header fields cookies are {cookies}"),))
        elif cookies > ONE_LINE:
            yield Confirmed((wire.evidence(one, f"{one}: {_says(one, cookies)}"), *_small_ones(wire, one)), certainty=0.9)


def _small_ones(wire: Wire, large: Exchange) -> Iterator[Evidence]:
    """Another request to the same place that was answered, with fewer cookies."""
    for one in wire.exchanges:
        octets = _octets(one)
        same = one.request.address.origin == large.request.address.origin and 200 <= one.status < 400
        if same and not isinstance(octets, Unknown) and octets < ONE_LINE:
            yield wire.evidence(one, f"{one}, with {octets} octets of cookies")
            return


def _says(one: Exchange, octets: int) -> str:
    sent = one.request.cookies if isinstance(one.request.cookies, tuple) else ()
    sizes = Counter({cookie.name: cookie.value.length for cookie in sent if isinstance(cookie.value, Value)})
    largest = ", ".join(f"{name} with {size}" for name, size in sizes.most_common(2))
    return f"its {len(sent)} cookies have {octets} octets, the largest {largest}"


def _octets(one: Exchange) -> int | Unknown:
    """The size of the Cookie header: names, values, and what stands between them."""
    sent = one.request.cookies
    if isinstance(sent, Unknown):
        return sent
    return sum(len(cookie.name) + 3 + (cookie.value.length if isinstance(cookie.value, Value) else 0) for cookie in sent)

"""Who asked for an exchange, from which page and how: the request as the model of a browser wants it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sessile.cookies import Context, Kind, Url
from sessile.doctor import timeline
from sessile.doctor.facts.exchange import Address, Content, Credentials, Exchange, Request, Served
from sessile.doctor.facts.wire import Wire

_FRAMES: Final = frozenset({"iframe", "frame", "subdocument", "sub_frame", "fencedframe", "object", "embed"})
_PAGES: Final = frozenset({"document", "navigate", "navigation", "main_frame"})
_SCRIPTED: Final = frozenset({"fetch", "xhr", "xmlhttprequest", "empty", "eventsource", "beacon", "ping"})
_UNTOLD: Final = frozenset({"", "other"})
_FORMS: Final = frozenset({Content.FORM, Content.MULTIPART})


@dataclass(frozen=True, slots=True)
class Asked:
    """One exchange with its context. `before` is the redirect that led to it; `guessed` is told at `Passage`."""

    exchange: Exchange
    context: Context
    guessed: bool
    before: Exchange | None


def asked(wire: Wire) -> Iterator[Asked]:
    """Every exchange of the network with http(s) or a WebSocket, in order."""
    opened = {page.id: page.address for page in wire.pages}
    led = _led_here(wire)
    for exchange in wire.exchanges:
        if exchange.served is not Served.NETWORK:
            continue
        redirects = led.get(exchange.pointer, ())
        # A request that a redirect led to is still asked for by the page that asked first (Fetch, HTTP-redirect fetch).
        first = redirects[0] if redirects else exchange
        page = _page(first, opened)
        try:
            context = _context(exchange, _kind(first), page, tuple(one.request.address.whole.reveal() for one in redirects))
        except ValueError:
            continue  # its address is none that a browser could ask
        yield Asked(exchange, context, _guessed(first, context, page), redirects[-1] if redirects else None)


def _led_here(wire: Wire) -> dict[str, Sequence[Exchange]]:
    """The exchanges that redirected to another one, first to last, by that one's pointer."""
    return {chain[place].pointer: chain[:place] for chain in timeline.redirects(wire) for place in range(1, len(chain))}


def _page(exchange: Exchange, opened: Mapping[str, Address | None]) -> str | None:
    """The page that asked: by its headers, else by the recording; "null" for one of another site or none, None if unknown.

    A form of a page that sends no Referer says `Origin: null` to its own site, too (Fetch, append a request `Origin` header).
    """
    request = exchange.request
    site = request.headers.get("sec-fetch-site")
    if request.origin and request.origin != "null":
        same = request.referer is not None and request.referer.origin == request.origin
        return request.referer.whole.reveal() if request.referer and same else f"{request.origin}/"
    if request.referer:
        return request.referer.whole.reveal()
    if site in ("same-origin", "same-site"):
        return f"{request.address.origin}/"
    if site == "cross-site" or (request.origin == "null" and _kind(exchange) is Kind.SUBRESOURCE):
        return "null"
    known = (opened.get(exchange.page), exchange.initiator)
    around = next((one for one in (known if _kind(exchange) is Kind.SUBRESOURCE else known[::-1]) if one), None)
    return around.whole.reveal() if around and site != "none" else None


def _kind(exchange: Exchange) -> Kind:
    """What it is for. Chrome calls the page in an iframe a document, too; only its header tells (Sec-Fetch-Dest)."""
    request = exchange.request
    destination, mode = request.headers.get("sec-fetch-dest"), request.headers.get("sec-fetch-mode")
    if destination in _FRAMES or exchange.kind in _FRAMES:
        return Kind.FRAME
    if request.preflight or request.headers.get("x-requested-with"):
        return Kind.SUBRESOURCE
    if destination or exchange.kind not in _UNTOLD:
        opens = mode == "navigate" or (destination or exchange.kind) in _PAGES
        return Kind.NAVIGATION if opens else Kind.SUBRESOURCE
    return Kind.NAVIGATION if not request.origin or request.body.content in _FORMS else Kind.SUBRESOURCE


def _context(exchange: Exchange, kind: Kind, page: str | None, redirects: tuple[str, ...]) -> Context:
    request, url = exchange.request, exchange.request.address.whole.reveal()
    if kind is Kind.FRAME and page:
        return Context.frame(url, page=page, method=request.method, redirects=redirects)
    if kind is not Kind.SUBRESOURCE:
        return Context.navigation(url, method=request.method, initiator=page, redirects=redirects)
    return Context.fetch(
        url, page=page or url, method=request.method, redirects=redirects, credentials=_credentials(request) or "include"
    )


def _credentials(request: Request) -> Credentials | None:
    """The mode of the call, where it is said or can be seen: a preflight carries nothing, what carried cookies included them."""
    if request.preflight:
        return "omit"
    carried = isinstance(request.cookies, tuple) and request.cookies
    included = carried or request.headers.get("sec-fetch-storage-access")
    return request.credentials or ("include" if included else None)


def _guessed(exchange: Exchange, context: Context, page: str | None) -> bool:
    if page is None:
        return exchange.request.headers.get("sec-fetch-site") != "none"
    if exchange.kind in _UNTOLD and not exchange.request.headers.get("sec-fetch-dest"):
        return not context.starts_same_site
    return exchange.kind in _SCRIPTED and crosses_origins(context) and _credentials(exchange.request) is None


def crosses_origins(context: Context) -> bool:
    """Whether a page calls another origin than its own, on the way there or at its end; WebSockets know no CORS."""
    if context.kind is not Kind.SUBRESOURCE or context.url.scheme not in ("http", "https"):
        return False
    page = context.initiator
    return not isinstance(page, Url) or any(url.origin != page.origin for url in (*context.redirects, context.url))

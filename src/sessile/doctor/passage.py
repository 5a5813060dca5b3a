"""A recording, sent once more through the model of a browser: what it would have stored and sent, beside what really went."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sessile.cookies import Context, Jar, Sending, Setting, Url
from sessile.doctor import timeline
from sessile.doctor.facts.cookies import CookieSet
from sessile.doctor.facts.evidence import Unknown
from sessile.doctor.facts.exchange import Address, Credentials, Exchange
from sessile.doctor.facts.wire import Wire

_FRAMES: Final = frozenset({"iframe", "frame", "subdocument"})
_PAGES: Final = frozenset({"document", "navigate", "navigation", "main_frame"})
_SCRIPTED: Final = frozenset({"fetch", "xhr", "xmlhttprequest", "empty", "eventsource", "beacon", "ping"})


@dataclass(frozen=True, slots=True)
class Passage:
    """One exchange as the model sees it.

    `sending` tells of each cookie that the recording has set so far whether this request carries it, and why not; cookies from
    before the recording are not in it. `settings` tells of each Set-Cookie line what became of it. `guessed` says that nobody
    recorded which page asked, or with which credentials, so that the verdicts are the most favourable ones.
    """

    exchange: Exchange
    context: Context
    sending: Sending
    settings: tuple[tuple[CookieSet, Setting], ...]
    guessed: bool

    def setting(self, cookie: CookieSet) -> Setting:
        """What became of one of its Set-Cookie lines. Raises KeyError for another one's."""
        return next(setting for line, setting in self.settings if line is cookie)


def passages(wire: Wire, *, third_party: bool = True) -> Mapping[str, Passage]:
    """Every exchange of the network by its pointer, in order, as one browser profile would have lived it."""
    jar = Jar(third_party=third_party)
    led = _led_here(wire)
    found = {}
    for exchange in wire.exchanges:
        around = _around(exchange, wire)
        context = _context(exchange, around, led.get(exchange.pointer, ()))
        if context is not None:
            found[exchange.pointer] = Passage(
                exchange,
                context,
                jar.send(context, round(exchange.sent)),
                tuple(_stored(exchange, context, jar)),
                around is None or (_scripted(exchange) and exchange.request.credentials is None),
            )
    return found


def _stored(exchange: Exchange, context: Context, jar: Jar) -> Iterator[tuple[CookieSet, Setting]]:
    response = exchange.response
    if response is None or isinstance(response.set_cookies, Unknown):
        return
    moment = round(exchange.answered or exchange.ended or exchange.started)
    for cookie in response.set_cookies:
        yield cookie, jar.store(cookie.line.reveal(), context, moment, server_time=response.date)


def _led_here(wire: Wire) -> dict[str, tuple[str, ...]]:
    """The URLs that redirected to an exchange, first to last, by its pointer."""
    return {
        chain[place].pointer: tuple(one.request.address.whole.reveal() for one in chain[:place])
        for chain in timeline.redirects(wire)
        for place in range(1, len(chain))
    }


def _around(exchange: Exchange, wire: Wire) -> Address | None:
    """The page that asked: by the browser's own word, by the headers, or by the recording's list of pages."""
    request = exchange.request
    opened = next((page.address for page in wire.pages if page.id == exchange.page), None)
    return request.referer if request.origin and request.referer else exchange.initiator or request.referer or opened


def _context(exchange: Exchange, around: Address | None, redirects: tuple[str, ...]) -> Context | None:
    """The request as the model wants it; None for what is no http(s) URL."""
    request, url = exchange.request, exchange.request.address.whole.reveal()
    page = _origin(request.origin) or (around.whole.reveal() if around else None)
    try:
        if exchange.kind in _FRAMES and page:
            return Context.frame(url, page=page, method=request.method, redirects=redirects)
        if exchange.kind in _PAGES or (exchange.kind in ("", "other", *_FRAMES) and not request.origin):
            return Context.navigation(url, method=request.method, initiator=_opener(exchange, page), redirects=redirects)
        credentials: Credentials = "omit" if request.preflight else request.credentials or "include"
        return Context.fetch(url, page=page or url, method=request.method, redirects=redirects, credentials=credentials)
    except ValueError:
        return None


def _origin(origin: str | None) -> str | None:
    """The page that an Origin header names, "null" for a page of no site."""
    return None if not origin else origin if origin == "null" else f"{origin}/"


def _opener(exchange: Exchange, page: str | None) -> str | None:
    """Who opened a page: nobody but a person where the browser says so."""
    return None if exchange.request.headers.get("sec-fetch-site") == "none" else page


def _scripted(exchange: Exchange) -> bool:
    return exchange.kind in _SCRIPTED


def crosses_origins(passage: Passage) -> bool:
    """Whether a page of another origin asked, so that CORS has a say (Fetch, CORS protocol)."""
    initiator = passage.context.initiator
    return isinstance(initiator, Url) and initiator.origin != passage.context.url.origin

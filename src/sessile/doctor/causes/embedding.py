"""Pages inside an iframe of another site, and what their requests look like to the browser's rules."""

from collections.abc import Iterator
from dataclasses import dataclass

from sessile.cookies import Context, Jar, Sending, Setting, Site, Url
from sessile.doctor.facts import Wire
from sessile.doctor.facts.exchange import Address, Exchange
from sessile.doctor.visits import Visit


@dataclass(frozen=True, slots=True)
class Frame:
    """A page of the service, loaded into an iframe; `top` is the page in the address bar, of another site."""

    wire: Wire
    document: Exchange
    top: str

    @property
    def around(self) -> Site:
        """The site of the page in the address bar."""
        return Site.of(Url.parse(self.top))

    def holds(self, exchange: Exchange) -> bool:
        """Whether a request was made by this page, or is its own."""
        if exchange is self.document:
            return True
        asked_by = exchange.request.referer or exchange.initiator
        same_page = exchange.page == self.document.page and exchange.started >= self.document.started
        return same_page and asked_by is not None and asked_by.origin == self.document.request.address.origin

    def context(self, exchange: Exchange) -> Context:
        """A request of this page with the page around it. Raises ValueError for what is no http(s) URL."""
        url, method = exchange.request.address.whole.reveal(), exchange.request.method
        if exchange is self.document or exchange.kind in _FRAMES or exchange.request.headers.get("sec-fetch-dest") in _FRAMES:
            return Context.frame(url, page=self.top, method=method)
        page = self.document.request.address.whole.reveal()
        return Context.fetch(url, page=page, ancestors=(self.top,), method=method, credentials="include")


_FRAMES = frozenset({"iframe", "frame", "subdocument"})


def frames(wire: Wire) -> Iterator[Frame]:
    """Every page in an iframe whose top-level page is of another site."""
    tops = {page.id: page.address for page in wire.pages}
    for one in wire.exchanges:
        if one.kind not in _FRAMES and one.request.headers.get("sec-fetch-dest") not in _FRAMES:
            continue
        top = _top(one, tops.get(one.page))
        if top is not None:
            yield Frame(wire, one, top)


@dataclass(frozen=True, slots=True)
class Replay:
    """A login's cookie, stored and sent with the pages around both requests; `frame` is the iframe that takes part, if one does.

    `context` is that of the later request.
    """

    frame: Frame | None
    setting: Setting
    sending: Sending
    context: Context


def replay(visit: Visit, exchange: Exchange, known: tuple[Frame, ...], *, third_party: bool = True) -> Replay | None:
    """What the model says of a login's cookie and a later request; None where it set none, or the URLs are none of the web.

    `known` are the recording's frames.
    """
    login, later = visit.passages.get(visit.login.pointer), visit.passages.get(exchange.pointer)
    if visit.cookie is None or login is None or later is None:
        return None
    there, here = _holding(known, visit.login), _holding(known, exchange)
    jar, context = Jar(third_party=third_party), here.context(exchange) if here else later.context
    date = visit.login.response.date if visit.login.response else None
    at_login = there.context(visit.login) if there else login.context
    setting = jar.store(
        visit.cookie.line.reveal(), at_login, round(visit.login.answered or visit.login.started), server_time=date
    )
    return Replay(here or there, setting, jar.send(context, round(exchange.sent)), context)


def _holding(known: tuple[Frame, ...], exchange: Exchange) -> Frame | None:
    return next((frame for frame in known if frame.holds(exchange)), None)


def _top(one: Exchange, page: Address | None) -> str | None:
    """The page around an iframe: the one opened, or the one that loaded it."""
    for around in (page, one.request.referer, one.initiator):
        if around is not None and _apart(around, one.request.address):
            return around.whole.reveal()
    return None


def _apart(one: Address, other: Address) -> bool:
    try:
        return Site.of(Url.parse(one.whole.reveal())) != Site.of(Url.parse(other.whole.reveal()))
    except ValueError:
        return False

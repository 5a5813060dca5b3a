"""Pages that a server renders for a user, and the requests that it makes meanwhile on the user's behalf."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sessile.doctor.facts.exchange import Content, Exchange, Role
from sessile.doctor.visits import Visit, turned_away

_PAGES: Final = frozenset({"document", "navigate", "navigation"})
_LIBRARY: Final = re.compile(
    r"(?!Mozilla/)(?:.*\b)?(node(?:-fetch)?|undici|axios|got|next\.js|deno|bun|python-requests|python-httpx|aiohttp|httpx2?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Rendering:
    """A page asked for with the session cookie, and a request of the server that rendered it, turned away without any."""

    visit: Visit
    page: Exchange
    call: Exchange
    library: str


def is_page(exchange: Exchange) -> bool:
    """Whether it is a page that the browser opened, and no script's request."""
    html = exchange.response is not None and exchange.response.body.content is Content.HTML
    return exchange.request.method == "GET" and (exchange.kind in _PAGES or (html and exchange.kind in ("", "other")))


def renderings(visit: Visit) -> Iterator[Rendering]:
    """Every such pair: the call lies within the time in which the page was answered, and comes from a library of servers."""
    pages = [one for one in visit.after if is_page(one) and visit.came_back(one)]
    for one in visit.turned_away:
        library = _LIBRARY.match(one.request.headers.get("user-agent") or "")
        page = next((page for page in pages if page.sent <= one.sent <= (page.ended or page.sent)), None)
        if library and page and page is not one and visit.sent(one) == () and one.role is not Role.LOGIN:
            yield Rendering(visit, page, one, library[1])


def shown_to_nobody(visit: Visit) -> Exchange | None:
    """A page that was asked for with the cookie and answered as for nobody, while a script's request with it was let in."""
    scripted = any(visit.came_back(one) and not is_page(one) for one in visit.let_in)
    pages = (one for one in visit.turned_away if is_page(one) and visit.came_back(one))
    return next(pages, None) if scripted and not any(turned_away(one) and not is_page(one) for one in visit.after) else None

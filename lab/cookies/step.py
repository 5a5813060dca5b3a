"""One thing that happens in the browser, played twice: by pages in Chromium, and as a list of contexts in the model."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Final, Literal

from lab.cookies.servers import Answer, Servers
from sessile.cookies import Context, Credentials, Kind

Loader = Literal["fetch", "image", "socket"]

_TOKENS = count(1)
_HEAD: Final = "<!doctype html><meta charset=utf-8><link rel=icon href=data:,>"


@dataclass(frozen=True, slots=True)
class Page:
    """A document in the step: its URL, and whether it is sandboxed, so that it belongs to no site."""

    url: str
    sandboxed: bool = False

    @property
    def document(self) -> str:
        """Its URL as the model's contexts take it."""
        return "null" if self.sandboxed else self.url


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its response: who asks, and the Set-Cookie lines of the response."""

    context: Context
    lines: Sequence[str] = ()
    skew: int = 0
    token: str = field(default_factory=lambda: str(next(_TOKENS)))


@dataclass(frozen=True, slots=True)
class Step:
    """Pages (the top-level one first) are opened inside each other, and then the innermost asks for `url`, through `redirects`.

    For a navigation `pages` is the one page with the link or form, or none. `lines` are set by the last response, or by
    document.cookie; `redirect_lines` by the redirecting ones. `skew`: how many milliseconds the Date header is ahead.
    """

    kind: Kind
    url: str
    pages: tuple[Page, ...] = ()
    method: str = "GET"
    redirects: tuple[str, ...] = ()
    keeps_method: bool = True
    credentials: Credentials = "include"
    loader: Loader = "fetch"
    lines: tuple[str, ...] = ()
    redirect_lines: tuple[str, ...] = ()
    skew: int = 0

    def exchanges(self) -> list[Exchange]:
        """Every request of the step in the order in which Chromium makes them, as contexts of the model."""
        found = [Exchange(self._page_context(depth)) for depth in range(len(self.pages))]
        if self.kind is Kind.SCRIPT:
            return [*found, Exchange(self._context(self.url, "GET", ()), self.lines)]
        chain = [*self.redirects, self.url]
        for hop, url in enumerate(chain):
            last = hop == len(chain) - 1
            method = self.method if hop == 0 or self.keeps_method else "GET"
            context = self._context(url, method, tuple(chain[:hop]))
            found.append(Exchange(context, self.lines if last else self.redirect_lines, self.skew))
        return found

    def prepare(self, exchanges: Sequence[Exchange], servers: Servers) -> tuple[str, str]:
        """Lay down the servers' answers; returns the URL to open and the token that the last page reports with."""
        done = exchanges[-1].token
        urls = [_with_token(url, exchange) for url, exchange in zip(self._urls(), exchanges, strict=False)]
        for depth, page in enumerate(self.pages):
            action = (
                self._action(urls[len(self.pages)], done)
                if depth == len(self.pages) - 1
                else _iframe(urls[depth + 1], self.pages[depth + 1])
            )
            headers = (
                [b"Content-Security-Policy: sandbox allow-scripts allow-forms allow-top-navigation"] if page.sandboxed else []
            )
            servers.answers[exchanges[depth].token] = Answer(headers, (_HEAD + action).encode())
        if self.kind is not Kind.SCRIPT:
            self._prepare_chain(urls[len(self.pages) :], exchanges[len(self.pages) :], done, servers)
        return urls[0], done

    def _prepare_chain(self, urls: list[str], exchanges: Sequence[Exchange], done: str, servers: Servers) -> None:
        for hop, exchange in enumerate(exchanges):
            headers = [f"Set-Cookie: {line}".encode("utf-8", "surrogateescape") for line in exchange.lines]
            if hop < len(exchanges) - 1:
                status = b"307 Temporary Redirect" if self.keeps_method else b"302 Found"
                servers.answers[exchange.token] = Answer(
                    [*headers, b"Location: " + urls[hop + 1].encode()], b"", status, exchange.skew
                )
            else:
                document = self.kind in (Kind.NAVIGATION, Kind.FRAME)
                body = (_HEAD + _script(_report(done))).encode() if document else b""
                status = b"101 Switching Protocols" if self.loader == "socket" else b"200 OK"
                servers.answers[exchange.token] = Answer(headers, body, status, exchange.skew)

    def _urls(self) -> Iterator[str]:
        yield from (page.url for page in self.pages)
        if self.kind is not Kind.SCRIPT:
            yield from (*self.redirects, self.url)
        else:
            yield self.url

    def _page_context(self, depth: int) -> Context:
        page = self.pages[depth]
        if depth == 0:
            return Context.navigation(page.url)
        parent, *ancestors = [outer.document for outer in self.pages[depth - 1 :: -1]] if depth else []
        return Context.frame(page.url, page=parent, ancestors=tuple(ancestors))

    def _context(self, url: str, method: str, redirects: tuple[str, ...]) -> Context:
        documents = [page.document for page in reversed(self.pages)]
        match self.kind:
            case Kind.NAVIGATION:
                return Context.navigation(url, method=method, initiator=documents[0] if documents else None, redirects=redirects)
            case Kind.FRAME:
                return Context.frame(url, page=documents[0], ancestors=tuple(documents[1:]), method=method, redirects=redirects)
            case Kind.SUBRESOURCE:
                return Context.subresource(
                    url,
                    page=documents[0],
                    ancestors=tuple(documents[1:]),
                    method=method,
                    redirects=redirects,
                    credentials=self.credentials,
                )
            case Kind.SCRIPT:
                return Context.script(documents[0], ancestors=tuple(documents[1:]))

    def _action(self, url: str, done: str) -> str:
        """What the innermost page does, as HTML."""
        where = json.dumps(url)
        match self.kind:
            case Kind.NAVIGATION if self.method == "GET":
                return _script(f"location.href = {where}")
            case Kind.NAVIGATION:
                return f'<form method=post action="{url}"></form>' + _script("document.forms[0].submit()")
            case Kind.FRAME if self.method == "GET":
                return f'<iframe src="{url}"></iframe>'
            case Kind.FRAME:
                return f'<iframe name=inner></iframe><form method=post action="{url}" target=inner></form>' + _script(
                    "document.forms[0].submit()"
                )
            case Kind.SUBRESOURCE if self.loader == "image":
                return _script(
                    f"const image = new Image(); image.onload = image.onerror = () => {_report(done)}; image.src = {where}"
                )
            case Kind.SUBRESOURCE if self.loader == "socket":
                return _script(f"new WebSocket({where}).onclose = () => {_report(done)}")
            case Kind.SUBRESOURCE:
                options = json.dumps({"method": self.method, "credentials": self.credentials, "cache": "no-store"})
                return _script(f"fetch({where}, {options}).catch(() => 0).then(() => {_report(done)})")
            case Kind.SCRIPT:
                lines = json.dumps(self.lines)
                read = f"const before = document.cookie; for (const line of {lines}) document.cookie = line;"
                return _script(f"{read} {_report(done, 'before')}")


def _iframe(url: str, page: Page) -> str:
    sandbox = ' sandbox="allow-scripts allow-forms"' if page.sandboxed else ""
    return f'<iframe src="{url}"{sandbox}></iframe>'


def _script(text: str) -> str:
    safe = text.replace("</", "<\\/")
    return f"<body><script>{safe}</script>"


def _report(token: str, body: str = "''") -> str:
    options = f"{{method: 'POST', mode: 'no-cors', credentials: 'omit', body: {body}}}"
    return f"fetch('/done?{token}.', {options})"


def _with_token(url: str, exchange: Exchange) -> str:
    return f"{url}?{exchange.token}"

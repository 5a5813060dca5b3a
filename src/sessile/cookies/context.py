"""Who asks for a URL, from where and how: all that decides whether a request is same-site, third-party, or without cookies."""

from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Final, Literal, Self

from sessile.cookies.site import Site
from sessile.cookies.url import Url

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})

Credentials = Literal["include", "same-origin", "omit"]


class Kind(Enum):
    """What a request is for."""

    NAVIGATION = "a page is opened"
    FRAME = "a page is opened in an iframe"
    SUBRESOURCE = "a page loads something: fetch, XMLHttpRequest, image, script, style, font"
    SCRIPT = "a page's script uses document.cookie"


class SameSiteContext(IntEnum):
    """How far a request stays in one site, as Chromium names it; a cookie needs one at least as high as its SameSite."""

    CROSS_SITE = 0
    SAME_SITE_LAX_METHOD_UNSAFE = 1
    SAME_SITE_LAX = 2
    SAME_SITE_STRICT = 3


@dataclass(frozen=True, slots=True, eq=False)
class Opaque:
    """A document that belongs to no site: a sandboxed iframe, a data: URL. Each is equal only to itself."""


@dataclass(frozen=True, slots=True)
class Partition:
    """Where a Partitioned cookie is kept: the top-level page's site, and whether another site stands between (CHIPS)."""

    top_level_site: Site | Opaque
    cross_site_ancestor: bool


@dataclass(frozen=True, slots=True)
class Context:
    """A request, or a script's access, with the pages around it. Use the constructors below: they take URLs as text.

    `initiator`: the page that caused it; None where a person did (address bar, bookmark, another program).
    `frames`: the pages around it, from the innermost to the top-level one; none for a page that is opened.
    `redirects`: the URLs that were asked before this one and redirected, first to last.
    """

    kind: Kind
    url: Url
    method: str = "GET"
    initiator: Url | Opaque | None = None
    frames: tuple[Url | Opaque, ...] = ()
    redirects: tuple[Url, ...] = ()
    credentials: Credentials = "include"

    @classmethod
    def navigation(cls, url: str, *, method: str = "GET", initiator: str | None = None, redirects: tuple[str, ...] = ()) -> Self:
        """A page is opened in its own tab: by a link or form of the page `initiator`, or by a person. "null": no site's page.

        Raises ValueError for what is no http(s) URL, as the other constructors do.
        """
        return cls(
            Kind.NAVIGATION,
            Url.parse(url),
            method.upper(),
            initiator=None if initiator is None else _document(initiator),
            redirects=_urls(redirects),
        )

    @classmethod
    def frame(
        cls,
        url: str,
        *,
        page: str,
        ancestors: tuple[str, ...] = (),
        method: str = "GET",
        initiator: str | None = None,
        redirects: tuple[str, ...] = (),
    ) -> Self:
        """A page is opened in an iframe of `page`, which stands in `ancestors` (innermost first, top-level last).

        `initiator`: the page whose link or form opened it, if it was not `page`.
        """
        return cls(
            Kind.FRAME,
            Url.parse(url),
            method.upper(),
            initiator=_document(initiator or page),
            frames=_documents(page, *ancestors),
            redirects=_urls(redirects),
        )

    @classmethod
    def subresource(
        cls,
        url: str,
        *,
        page: str,
        ancestors: tuple[str, ...] = (),
        method: str = "GET",
        redirects: tuple[str, ...] = (),
        credentials: Credentials = "include",
    ) -> Self:
        """`page` loads an image, a script, a style: with cookies, unless the element says crossorigin (then "same-origin")."""
        return cls(
            Kind.SUBRESOURCE,
            Url.parse(url),
            method.upper(),
            initiator=_document(page),
            frames=_documents(page, *ancestors),
            redirects=_urls(redirects),
            credentials=credentials,
        )

    @classmethod
    def fetch(
        cls,
        url: str,
        *,
        page: str,
        ancestors: tuple[str, ...] = (),
        method: str = "GET",
        redirects: tuple[str, ...] = (),
        credentials: Credentials = "same-origin",
    ) -> Self:
        """`page` calls fetch; for an XMLHttpRequest with withCredentials say credentials="include", for a preflight "omit"."""
        return cls.subresource(url, page=page, ancestors=ancestors, method=method, redirects=redirects, credentials=credentials)

    @classmethod
    def script(cls, page: str, *, ancestors: tuple[str, ...] = ()) -> Self:
        """A script of `page` reads or writes document.cookie."""
        return cls(Kind.SCRIPT, Url.parse(page), initiator=_document(page), frames=_documents(page, *ancestors))

    @property
    def credentialed(self) -> bool:
        """Whether cookies take part at all (Fetch, "credentials mode"): once it left its origin, "same-origin" omits them."""
        if self.credentials != "same-origin":
            return self.credentials == "include"
        return isinstance(self.initiator, Url) and all(url.origin == self.initiator.origin for url in (*self.redirects, self.url))

    @property
    def top_level_site(self) -> Site | Opaque:
        """The site of the page in the address bar, once the request is answered."""
        if self.kind is Kind.NAVIGATION:
            return Site.of(self.url)
        top = self.frames[-1]
        return Site.of(top) if isinstance(top, Url) else top

    @property
    def site_for_cookies(self) -> Site | None:
        """The one site of all pages around the request, or None if they are of several (RFC 6265bis, 5.2.1)."""
        top = self.top_level_site
        if isinstance(top, Opaque) or any(isinstance(page, Opaque) or Site.of(page) != top for page in self.frames):
            return None
        return top

    @property
    def third_party(self) -> bool:
        """Whether a browser that blocks third-party cookies blocks them here."""
        return self.site_for_cookies != Site.of(self.url)

    @property
    def partition(self) -> Partition:
        """Where Partitioned cookies of this request are kept."""
        return Partition(self.top_level_site, self.third_party)

    @property
    def sending(self) -> SameSiteContext:
        """The same-site context in which cookies are sent, or read by a script (RFC 6265bis, 5.2 and 5.8.3)."""
        if self.third_party:
            return SameSiteContext.CROSS_SITE
        if self.kind is Kind.SCRIPT or self.starts_same_site:
            return SameSiteContext.SAME_SITE_STRICT
        if self.kind is not Kind.NAVIGATION:
            return SameSiteContext.CROSS_SITE
        return SameSiteContext.SAME_SITE_LAX if self.method in SAFE_METHODS else SameSiteContext.SAME_SITE_LAX_METHOD_UNSAFE

    @property
    def setting(self) -> SameSiteContext:
        """The same-site context in which cookies are set: a page that is opened may set all, also Strict (RFC 6265bis, 5.7)."""
        if self.kind is Kind.NAVIGATION or self.sending >= SameSiteContext.SAME_SITE_LAX:
            return SameSiteContext.SAME_SITE_STRICT
        return SameSiteContext.CROSS_SITE

    @property
    def crossing(self) -> str:
        """One sentence that names the site and the other one that has a part in the request; "" if there is none."""
        ours = Site.of(self.url)
        for page in self.frames[::-1]:
            if isinstance(page, Opaque) or Site.of(page) != ours:
                return f"The request goes to {ours}, and a page around it is {_described(page)}."
        if not self.starts_same_site:
            return f"The request goes to {ours}, and was started by a page {_described(self.initiator)}."
        return ""

    @property
    def starts_same_site(self) -> bool:
        """Whether the page that caused it is of the URL's site, or a person did."""
        if self.initiator is None:
            return True
        return isinstance(self.initiator, Url) and Site.of(self.initiator) == Site.of(self.url)

    @property
    def redirected_across_sites(self) -> bool:
        """Whether a redirect led through another site: cross-site by RFC 6265bis, 5.2, but not in Chromium."""
        return any(Site.of(url) != Site.of(self.url) for url in self.redirects)


def _described(page: Url | Opaque | None) -> str:
    return f"of {Site.of(page)}" if isinstance(page, Url) else "sandboxed, so of no site"


def _document(text: str) -> Url | Opaque:
    return Opaque() if text == "null" else Url.parse(text)


def _documents(*texts: str) -> tuple[Url | Opaque, ...]:
    return tuple(_document(text) for text in texts)


def _urls(texts: tuple[str, ...]) -> tuple[Url, ...]:
    return tuple(Url.parse(text) for text in texts)

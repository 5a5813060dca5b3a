"""Random situations: Set-Cookie lines, hosts, schemes, methods, and who asks from where."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from lab.cookies.lines import contested_lines, crowd, random_line
from lab.cookies.step import Loader, Page, Step
from sessile.cookies import Credentials, Kind

FAMILIES: Final = (
    ("example.com", "www.example.com", "api.example.com", "deep.api.example.com"),
    ("other.test", "shop.other.test"),
    ("herokuapp.com", "app.herokuapp.com", "app2.herokuapp.com", "www.app.herokuapp.com"),
    ("example.co.uk", "www.example.co.uk"),
    ("localhost", "app.localhost"),
    ("127.0.0.1",),
    ("192.0.2.7",),
    ("[::1]",),
    ("intranet",),
    ("xn--bcher-kva.example", "www.xn--bcher-kva.example"),
    ("example.com.", "www.example.com."),
    ("city.kawasaki.jp", "www.city.kawasaki.jp", "a.b.kawasaki.jp"),
)
_WEIGHTS: Final = (12, 4, 3, 2, 3, 1, 1, 1, 1, 1, 1, 1)
PATHS: Final = (
    "/", "/a", "/a/", "/a/b", "/a/b/c", "/ab", "/login", "/A", "/a%20b", "/a b", "/a/b.html", "//a", "/%C3%A9", "/é", "/a/../a/b",
)  # fmt: skip
_METHODS: Final = ("GET", "GET", "GET", "POST", "POST", "HEAD", "PUT", "DELETE")


@dataclass(frozen=True, slots=True)
class Batch:
    """Steps in one fresh profile. `aged`: its first step comes before, and the others after the end of the two minutes in which
    a cookie that says nothing of SameSite is young.
    """

    third_party: bool
    steps: Sequence[Step]
    aged: bool = False

    @property
    def situations(self) -> int:
        """How many pairs of a Set-Cookie line and a later step there are."""
        return sum(
            (len(step.lines) + len(step.redirect_lines) * len(step.redirects)) * (len(self.steps) - 1 - index)
            for index, step in enumerate(self.steps)
        )


def random_batch(random: Random, *, lines: int = 12, steps: int = 4, aged: bool = False) -> Batch:
    """A batch around one family of hosts: its first steps set cookies, all of them send."""
    family = random.choices(FAMILIES, _WEIGHTS)[0]
    chosen = [random_step(random, family, lines=lines if index < 2 else random.choice((0, 2))) for index in range(steps)]
    return Batch(random.random() < 0.6, tuple(chosen), aged)


def crowded_batch(random: Random) -> Batch:
    """A batch with more cookies than a browser keeps of one site, or of one site in one partition."""
    page, partitioned = Page("https://shop.other.test/"), random.random() < 0.5
    kind, pages = (Kind.SUBRESOURCE, (page,)) if partitioned else (Kind.NAVIGATION, ())
    crowds = [crowd(random, f"c{number}", partitioned=partitioned) for number in range(2)]
    steps = [Step(kind, f"https://{random.choice(FAMILIES[0])}/a", pages, lines=lines) for lines in crowds]
    return Batch(True, (*steps, Step(kind, "https://www.example.com/a", pages)))


def contested_batch(random: Random) -> Batch:
    """A batch in which plain http, or a script, wants the names of cookies that https has set as Secure or HttpOnly."""
    host = random.choice(FAMILIES[0])
    page = f"http://{host}/a/b" if random.random() < 0.7 else f"https://{host}/a/b"
    contender = Step(Kind.NAVIGATION, page) if random.random() < 0.5 else Step(Kind.SCRIPT, page, (Page(page),))
    first = Step(Kind.NAVIGATION, f"https://{random.choice(FAMILIES[0])}/a/b", lines=contested_lines(random))
    last = Step(Kind.NAVIGATION, f"https://{host}/a/b")
    return Batch(True, (first, replace(contender, lines=contested_lines(random)), last))


def random_step(random: Random, family: Sequence[str], *, lines: int) -> Step:
    """A step whose last URL is of the family; the pages around it are of it as well, or of others."""
    kind = random.choices(list(Kind), (5, 3, 6, 2))[0]
    pages = _pages(random, family, kind)
    if kind is Kind.SCRIPT:
        page = Page(_url(random, family, secure=_embedded_in_https(pages[:-1])))
        chosen = tuple(random_line(random, page.url, script=True) for _ in range(lines))
        return Step(kind, page.url, (*pages[:-1], page), lines=chosen)
    secure = kind is not Kind.NAVIGATION and _embedded_in_https(pages)
    loader = _loader(random, kind)
    method = _method(random, kind, loader) if pages else "GET"
    secure = secure or (method == "POST" and _embedded_in_https(pages))
    url = _url(random, family, secure=secure)
    if loader == "socket":
        return Step(
            kind, url.replace("http", "ws", 1), pages, loader=loader, lines=tuple(random_line(random, url) for _ in range(lines))
        )
    hops = random.choices((0, 1, 2), (7, 2, 1))[0]
    redirects = tuple(_url(random, _family(random, family), secure=secure) for _ in range(hops))
    return Step(
        kind=kind,
        url=url,
        pages=pages,
        method=method,
        redirects=redirects,
        keeps_method=random.random() < 0.5,
        credentials=_credentials(random, kind, loader),
        loader=loader,
        lines=tuple(random_line(random, url) for _ in range(lines)),
        redirect_lines=tuple(random_line(random, redirects[0]) for _ in range(2)) if redirects else (),
        skew=random.choice((0, 0, 0, -90_000_000, 90_000_000)),
    )


def _pages(random: Random, family: Sequence[str], kind: Kind) -> tuple[Page, ...]:
    if kind is Kind.NAVIGATION:
        return () if random.random() < 0.4 else (_page(random, family, secure=False),)
    pages: list[Page] = []
    for _ in range(random.choices((1, 2, 3), (6, 3, 1))[0]):
        page = _page(random, family, secure=_embedded_in_https(pages))
        inherited = any(outer.sandboxed for outer in pages)
        pages.append(Page(page.url, (page.sandboxed or inherited) and kind is not Kind.SCRIPT))
    return tuple(pages)


def _page(random: Random, family: Sequence[str], *, secure: bool) -> Page:
    return Page(_url(random, _family(random, family), secure=secure), sandboxed=random.random() < 0.06)


def _family(random: Random, family: Sequence[str]) -> Sequence[str]:
    """The same family as often as not: most requests stay in one site."""
    return family if random.random() < 0.6 else random.choice(FAMILIES)


def _url(random: Random, family: Sequence[str], *, secure: bool) -> str:
    scheme = "https" if secure or random.random() < 0.65 else "http"
    port = random.choices(("", ":8443" if scheme == "https" else ":8080"), (5, 1))[0]
    return f"{scheme}://{random.choice(family)}{port}{random.choice(PATHS)}"


def _embedded_in_https(pages: Sequence[Page]) -> bool:
    """Whether a page inside these must be https too, because a browser blocks or rewrites mixed content."""
    return any(page.url.startswith("https:") for page in pages)


def _loader(random: Random, kind: Kind) -> Loader:
    loaders: tuple[Loader, ...] = ("fetch", "image", "socket")
    return random.choices(loaders, (7, 2, 1))[0] if kind is Kind.SUBRESOURCE else "fetch"


def _method(random: Random, kind: Kind, loader: Loader) -> str:
    if loader != "fetch":
        return "GET"
    return random.choice(_METHODS) if kind is Kind.SUBRESOURCE else random.choice(("GET", "GET", "POST"))


def _credentials(random: Random, kind: Kind, loader: Loader) -> Credentials:
    if kind is not Kind.SUBRESOURCE or loader != "fetch":
        return "include"
    choices: tuple[Credentials, ...] = ("include", "include", "include", "same-origin", "omit")
    return random.choice(choices)

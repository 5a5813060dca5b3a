"""What a probe is to do: the site's addresses, the login's data, and where names lead."""

import re
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urljoin, urlsplit

from sessile.cookies import Url
from sessile.doctor.evidence.exchange import address_of
from sessile.doctor.evidence.sorting import NotEvidence
from sessile.doctor.facts.concealed import Concealed
from sessile.doctor.masking import excerpt

_RESOLVE = re.compile(r"(?P<host>[^=:\[\]]+)(?::(?P<port>\d{1,5}))?=(?P<address>\[[^\]]+\]|[^:]+)(?::(?P<to>\d{1,5}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The options of the command line, as they were given; `data` and `cookie` with what `-` and `@FILE` hold."""

    login: str | None = None
    data: tuple[tuple[str, Concealed], ...] = ()
    form: bool = False
    protected: str | None = None
    logout: str | None = None
    origin: str | None = None
    cookie: Concealed | None = None
    resolve: tuple[str, ...] = ()
    cacert: str | None = None
    browser: bool = False

    @property
    def given(self) -> bool:
        """Whether anything was asked for that needs a site."""
        return self != Request()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a name was said to lead: an address, and a port if it is another one."""

    address: str
    port: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A probe that can be made: every address is a whole URL.

    `direct` is where the service is reached without its proxy. `named` are the hosts that the user's own URLs name.
    `own_ca` tells that `tls` trusts a CA of the user's besides the known ones; `browser`, that a real one makes the visit.
    """

    site: str
    direct: str | None = None
    login: str | None = None
    data: tuple[tuple[str, Concealed], ...] = ()
    form: bool = False
    protected: str | None = None
    logout: str | None = None
    origin: str | None = None
    cookie: Concealed | None = None
    places: dict[tuple[str, int | None], Place] = field(default_factory=dict)
    named: frozenset[str] = frozenset()
    tls: ssl.SSLContext | None = field(default=None, repr=False, compare=False)
    own_ca: bool = False
    browser: bool = False

    @property
    def source(self) -> str:
        """The site's address, to show."""
        return str(address_of(self.site))

    @property
    def logs_in(self) -> bool:
        """Whether a login will be tried: a cookie that was given takes its place."""
        return self.login is not None and self.cookie is None

    def place(self, host: str, port: int) -> Place | None:
        """Where the user said that this name leads."""
        return self.places.get((host, port)) or self.places.get((host, None))


def plan(sites: Sequence[str], asked: Request) -> Plan | None:
    """The probe of the sites named, None without any. Raises NotEvidence, with what to give instead, for what makes no probe."""
    if not sites:
        if asked.given:
            raise NotEvidence("--login, --cookie and the other options of a probe need a site: name its https:// URL")
        return None
    if len(sites) > 2:
        raise NotEvidence("more than two sites were given: name one, and after it the service's direct address")
    site, direct = sites[0], sites[1] if len(sites) == 2 else None
    _consistent(asked)
    return Plan(
        site=_whole(site, site, "the site"),
        direct=_optional(direct, site, "the direct address"),
        login=_optional(asked.login, site, "--login"),
        data=asked.data,
        form=asked.form,
        protected=_optional(asked.protected, site, "--protected"),
        logout=_optional(asked.logout, site, "--logout"),
        origin=_origin(asked.origin) if asked.origin else None,
        cookie=_cookie(asked.cookie) if asked.cookie else None,
        places=dict(_place(text) for text in asked.resolve),
        named=frozenset(
            host for text in (*sites, asked.login, asked.protected, asked.logout) if text and (host := urlsplit(text).hostname)
        ),
        tls=_tls(asked.cacert),
        own_ca=asked.cacert is not None,
        browser=asked.browser,
    )


def data(words: Sequence[str], content: Callable[[str], str], ask: Callable[[str], str]) -> tuple[tuple[str, Concealed], ...]:
    """The fields to log in with: KEY=VALUE, the value also as `-` or `@FILE` (read by `content`), KEY alone is asked for.

    Raises NotEvidence for what is none of these; no line names a value.
    """
    return tuple(_field(word, content, ask) for word in words)


def _field(word: str, content: Callable[[str], str], ask: Callable[[str], str]) -> tuple[str, Concealed]:
    key, equals, value = word.partition("=")
    if not key.strip():
        raise NotEvidence("--data lacks the field's name: KEY=VALUE is meant")
    if not equals:
        return key, Concealed(ask(key))
    if value != "-" and not value.startswith("@"):
        return key, Concealed(value)
    try:
        return key, Concealed(content(value))
    except NotEvidence as error:
        where = "standard input" if value == "-" else "the file after @"
        raise NotEvidence(f"--data {excerpt(key, 40)}: {where} cannot be read, or is empty") from error


def _consistent(asked: Request) -> None:
    if asked.login and not asked.data and not asked.cookie:
        raise NotEvidence("--login needs --data KEY=VALUE for each field, such as --data email=... --data password=@FILE")
    if asked.data and not asked.login:
        raise NotEvidence("--data needs --login PATH, the address that the data is sent to")
    if asked.cookie and not asked.protected:
        raise NotEvidence("--cookie needs --protected PATH, a page that only its user may see")
    if asked.cookie and asked.browser:
        raise NotEvidence("--browser logs in itself, as nobody knows with which attributes a cookie was set: leave --cookie out")


def _optional(text: str | None, site: str, what: str) -> str | None:
    return None if text is None else _whole(text, site, what)


def _whole(text: str, site: str, what: str) -> str:
    """The URL, a path taken as the site's."""
    try:
        url = urljoin(site if urlsplit(site).path else f"{site}/", text.strip())
        parts = urlsplit(url)
        if parts.username is None and parts.password is None:
            Url.parse(url)
    except ValueError as error:
        raise NotEvidence(f"{what} is no path and no http(s):// URL: /login or https://example.com/login is meant") from error
    if parts.username is not None or parts.password is not None:
        raise NotEvidence(f"{what} holds a name and a password, which browsers do not send: leave them out")
    if parts.scheme not in ("http", "https"):
        raise NotEvidence(f"{what} is no http(s):// URL")
    if parts.port == 0:
        raise NotEvidence(f"{what} names port 0, at which nothing can be reached")
    return url.partition("#")[0]


def _origin(text: str) -> str:
    address = address_of(text.rstrip("/"))
    if address is None or address.path != "/" or address.scheme not in ("http", "https"):
        raise NotEvidence("--origin is the scheme, host and port of the page that asks: https://app.example.com")
    return address.origin


def _cookie(given: Concealed) -> Concealed:
    text = given.reveal().strip()
    name, colon, rest = text.partition(":")
    text = rest.strip() if colon and name.lower() == "cookie" else text
    if "=" not in text or not text.isprintable():
        raise NotEvidence("--cookie is no cookie: name=value is meant, or the whole line after Cookie:")
    return Concealed(text)


def _place(text: str) -> tuple[tuple[str, int | None], Place]:
    found = _RESOLVE.fullmatch(text)
    address = found["address"].strip("[]") if found else ""
    try:
        ip_address(address)
    except ValueError as error:
        raise NotEvidence("--resolve is HOST[:PORT]=ADDRESS[:PORT], such as shop.example.com=203.0.113.7:8443") from error
    if found is None:
        raise NotEvidence("--resolve is HOST[:PORT]=ADDRESS[:PORT]")
    port, to = (int(found[name]) if found[name] else None for name in ("port", "to"))
    return (found["host"].lower(), port), Place(address, to)


def _tls(cacert: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if cacert is not None:
        try:
            context.load_verify_locations(cafile=cacert)
        except OSError as error:  # SSLError is one
            why = "it holds no certificate in PEM" if isinstance(error, ssl.SSLError) else (error.strerror or "").lower()
            raise NotEvidence(f"--cacert {excerpt(cacert, 80)}: {why}") from error
    return context

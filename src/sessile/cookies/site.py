"""Hosts that belong together: registrable domains by the public suffix list, sites, and a cookie's domain against a host."""

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final, Self

from sessile.cookies.url import Url, is_ip_address, punycode

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

_OF_WEB_SOCKETS: Final = {"ws": "http", "wss": "https"}


@dataclass(frozen=True, slots=True)
class Site:
    """What SameSite compares: a scheme and a registrable domain, or the host where there is none (schemeful same-site).

    Source: RFC 6265bis, 5.2; HTML, "site".
    """

    scheme: str
    domain: str

    @classmethod
    def of(cls, url: Url) -> Self:
        """The site that a URL belongs to; its port does not matter, and a WebSocket belongs to its page's site."""
        return cls(_OF_WEB_SOCKETS.get(url.scheme, url.scheme), registrable_domain(url.host) or url.host)

    def __str__(self) -> str:
        return f"{self.scheme}://{self.domain}"


@lru_cache(maxsize=4096)
def registrable_domain(host: str) -> str | None:
    """The public suffix of a host and one label more: what somebody registered, and "example.co.uk" of "www.example.co.uk".

    None for an IP address, and where there is no label more: a public suffix itself, or a single label like "localhost".
    The list's private section counts ("onrender.com" is a public suffix), and a top-level domain that it does not know is
    one too. Source: publicsuffix.org/list.
    """
    name = punycode(host.removesuffix("."))
    if not name or name.startswith(".") or name.endswith(".") or is_ip_address(name):
        return None
    registered: str | None = _public_suffixes().privatesuffix(name)
    return f"{registered}." if registered and host.endswith(".") else registered


def is_public_suffix(host: str) -> bool:
    """Whether unrelated parties register their names directly below this host, as below "com", "co.uk" and "onrender.com"."""
    return not is_ip_address(host) and bool(host.strip(".")) and registrable_domain(host.lstrip(".")) is None


def cookie_key(domain: str) -> str:
    """What a browser files a cookie under: the registrable domain of the cookie's domain, or its host."""
    host = domain.removeprefix(".")
    return registrable_domain(host) or host


def domain_matches(domain: str, host: str) -> bool:
    """Whether a cookie's domain covers a host: itself and all below with a leading dot, only itself without one.

    Source: RFC 6265bis, 5.1.3.
    """
    return host == domain or (domain.startswith(".") and is_below(host, domain[1:]) and not is_ip_address(host))


def is_below(host: str, parent: str) -> bool:
    """Whether a host is another one, or a name below it."""
    return host == parent or host.endswith(f".{parent}")


@cache
def _public_suffixes() -> "PublicSuffixList":
    try:
        from publicsuffixlist import PublicSuffixList
    except ImportError as error:
        raise ImportError('cookies are judged by the public suffix list: pip install "sessile[doctor]"') from error
    return PublicSuffixList()

"""The session cookie, byte for byte as express-session writes and reads it (cookie 0.7.2, cookie-signature 1.0.7)."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import ip_address
from typing import Any, Literal, NamedTuple
from urllib.parse import quote

from sessile.errors import CookieError
from sessile.session.keyring import Keyring

SIGNED_PREFIX = "s:"
UNESCAPED = "-_.!~*'()"

MOST_OCTETS = 4096
"""What browsers take of a cookie's name and value together (RFC 6265bis, 5.6)."""
MOST_ATTRIBUTE_OCTETS = 1024
"""What browsers take of an attribute's value (RFC 6265bis, 5.6)."""
VALUE_OCTETS = len("s%3A") + 32 + len(".") + 3 * 43
"""The longest value we set: an id and its signature, each character of which may need escaping."""

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_DOMAIN = re.compile(r"\.?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*", re.IGNORECASE)
_PATH = re.compile(r"/[\x20-\x3a\x3c-\x7e]*")
_EASILY_ESCAPED = re.compile(r"[-_.!~*'()0-9A-Za-z:+/]*")

SameSite = Literal["lax", "strict", "none"]


class Identity(NamedTuple):
    """What tells two cookies of one name apart in a browser (RFC 6265bis, 5.7; CHIPS)."""

    domain: str | None
    path: str
    partitioned: bool

    @classmethod
    def of(cls, cookie: Mapping[str, Any]) -> "Identity | None":
        """That of a stored cookie object; None where it states none, or one that no header could carry."""
        domain, path = cookie.get("domain"), cookie.get("path")
        if not isinstance(path, str) or not _PATH.fullmatch(path):
            return None
        if domain is not None and not (isinstance(domain, str) and _is_name(domain)):
            return None
        return cls(domain, path, bool(cookie.get("partitioned")))


@dataclass(frozen=True, slots=True)
class CookiePolicy:
    """Name and attributes of the session cookie (RFC 6265bis, section 4.1.2).

    `secure="auto"` sets Secure whenever the request says https. `domain` None makes the cookie host-only, which is what most
    services want. `persistent=False` makes it end with the browser, while the session is kept for its idle time. `name_before` is
    a name that the cookie had before: it is still accepted, answered under today's name, and then removed. Raises CookieError if
    a browser would refuse the combination.
    """

    name: str = "connect.sid"
    path: str = "/"
    domain: str | None = None
    secure: bool | Literal["auto"] = "auto"
    http_only: bool = True
    same_site: SameSite = "lax"
    partitioned: bool = False
    persistent: bool = True
    name_before: str | None = None

    def __post_init__(self) -> None:
        for wrong, complaint in (
            (
                not _TOKEN.fullmatch(self.name),
                "is no cookie name: use letters, digits and !#$%&'*+-.^_`|~ (RFC 6265bis, 4.1.1)",
            ),
            (
                not _PATH.fullmatch(self.path),
                f"has path {self.path!r}: it must start with / and hold no ; or control character",
            ),
            (
                self.domain is not None and not _is_name(self.domain),
                f"has domain {self.domain!r}: a bare host name is meant",
            ),
            (self.same_site not in ("lax", "strict", "none"), f"has same_site {self.same_site!r}: lax, strict or none"),
            (self.secure not in (True, False, "auto"), f"has secure {self.secure!r}: True, False or 'auto'"),
            (
                self.same_site == "none" and self.secure is not True,
                "has same_site none: browsers keep it only with secure=True",
            ),
            (self.partitioned and self.secure is not True, "is partitioned: browsers keep it only with secure=True"),
            (
                self.name.lower().startswith(("__host-", "__secure-")) and self.secure is not True,
                "has a prefix that needs secure=True",
            ),
            (
                self.name.lower().startswith("__host-") and (self.domain is not None or self.path != "/"),
                "has prefix __Host-, which needs path / and no domain",
            ),
            (
                self.name_before is not None and (self.name_before == self.name or not _TOKEN.fullmatch(self.name_before)),
                f"had the name {self.name_before!r} before: a cookie name is meant, and another one",
            ),
            (
                (self.name_before or "").lower().startswith(("__host-", "__secure-")) and self.secure is not True,
                f"had the name {self.name_before!r} before: a browser removes that only with secure=True",
            ),
            (
                len(self.name) + VALUE_OCTETS > MOST_OCTETS,
                f"has {len(self.name)} + {VALUE_OCTETS} octets of name and value: browsers drop it beyond {MOST_OCTETS}",
            ),
            (
                max(len(self.path), len(self.domain or "")) > MOST_ATTRIBUTE_OCTETS,
                f"has a path or domain of more than {MOST_ATTRIBUTE_OCTETS} octets: browsers ignore it",
            ),
        ):
            if wrong:
                raise CookieError(f"cookie {self.name!r} {complaint}")

    def is_secure(self, https: bool) -> bool:
        """Whether a response to a request that came by https, or not, carries Secure."""
        return https if self.secure == "auto" else bool(self.secure)

    @property
    def identity(self) -> Identity:
        """What tells this cookie apart from others of its name."""
        return Identity(self.domain or None, self.path, self.partitioned)

    @property
    def names(self) -> tuple[str, ...]:
        """Today's name, and that of before."""
        return (self.name,) if self.name_before is None else (self.name, self.name_before)

    def clashes(self, other: "CookiePolicy") -> bool:
        """Whether a browser takes the other's cookie for this one."""
        return self.name == other.name and self.identity == other.identity

    def set_cookie(self, value: str, *, https: bool, expires: int | None) -> str:
        """The Set-Cookie value, attributes in express-session's order; `expires` in epoch milliseconds, None ends with the
        browser.
        """
        return f"{self.name}={encoded(value)}{self._attributes(https, expires, self.identity)}"

    def clear_cookie(self, *, https: bool, identity: Identity | None = None) -> str:
        """The Set-Cookie value that makes the browser forget this very cookie, or the one of its name with another identity."""
        return f"{self.name}={self._attributes(https, 0, identity or self.identity)}"

    def clear_before(self, identity: Identity, *, https: bool) -> str:
        """The Set-Cookie value that makes the browser forget the cookie of the name before, which had that identity."""
        return f"{self.name_before}={self._attributes(https, 0, identity)}"

    def reaches(self, host: str) -> bool:
        """Whether a browser at that host, with or without a port, keeps this cookie and sends it (RFC 6265bis, 5.1.3).

        An empty host proves nothing, and is reached.
        """
        if not self.domain or not host:
            return True
        name, domain = _host_name(host), self.domain.lower().lstrip(".")
        return name == domain or (name.endswith(f".{domain}") and not _is_address(name))

    def check(self, hosts: Sequence[str], suffix: Callable[[str], str | None] | None = None) -> Iterator[str]:
        """Say what a browser at these hosts would not do with this cookie.

        `suffix` gives the public suffix of a name (publicsuffix.org); without it that is not checked.
        """
        if not self.domain:
            return
        domain = self.domain.lower().lstrip(".")
        if suffix and suffix(domain) == domain and not (hosts and all(_host_name(host) == domain for host in hosts)):
            yield (
                f"cookie {self.name!r} has domain {self.domain!r}, under which anybody can have a site (a public suffix): a "
                "browser drops the cookie; leave domain out, or name your own part of it (RFC 6265bis, 5.7)"
            )
        for host in hosts:
            if not self.reaches(host):
                yield self.complaint(host)

    def complaint(self, host: str) -> str:
        """What a browser does at a host that the cookie does not reach."""
        return (
            f"cookie {self.name!r} has domain {self.domain!r}, which does not cover the host {host[:255]!r}: a browser there "
            "drops the cookie; leave domain out, or serve a host within it (RFC 6265bis, 5.7)"
        )

    def _attributes(self, https: bool, expires: int | None, identity: Identity) -> str:
        domain = f"; Domain={identity.domain}" if identity.domain else ""
        until = "" if expires is None else f"; Expires={http_date(expires)}"
        http_only = "; HttpOnly" if self.http_only else ""
        secure = "; Secure" if self.is_secure(https) else ""
        partitioned = "; Partitioned" if identity.partitioned else ""
        same_site = self.same_site.capitalize()
        return f"{domain}; Path={identity.path}{until}{http_only}{secure}{partitioned}; SameSite={same_site}"


def encoded(value: str) -> str:
    """A cookie's value as `encodeURIComponent` writes it."""
    if _EASILY_ESCAPED.fullmatch(value):
        return value.replace(":", "%3A").replace("+", "%2B").replace("/", "%2F")
    return quote(value, safe=UNESCAPED)


def cookie_value(session_id: str, keyring: Keyring) -> str:
    """The value to set, before percent-encoding: `s:id.signature`."""
    return SIGNED_PREFIX + keyring.sign(session_id)


def http_date(milliseconds: int) -> str:
    """An epoch time as HTTP writes it (RFC 9110, 5.6.7), whatever the locale."""
    return _http_seconds(milliseconds // 1000)


@lru_cache(maxsize=64)
def _http_seconds(seconds: int) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    day = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[moment.weekday()]
    month = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")[moment.month - 1]
    return f"{day}, {moment:%d} {month} {moment:%Y %H:%M:%S} GMT"


def _is_name(domain: str) -> bool:
    return _DOMAIN.fullmatch(domain) is not None


def _host_name(host: str) -> str:
    """A Host header's name, in lower case and without its port."""
    name, colon, port = host.strip().lower().rpartition(":")
    bare = name if colon and (port.isdigit() or not port) and (":" not in name or name.endswith("]")) else host.strip().lower()
    return bare.removeprefix("[").removesuffix("]")


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True

"""The session cookie, byte for byte as express-session writes and reads it (cookie 0.7.2, cookie-signature 1.0.7)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import quote, unquote_to_bytes

from sessile.errors import CookieError
from sessile.session.id import acceptable
from sessile.session.keyring import Key, Keyring
from sessile.session.outcome import Reason

SIGNED_PREFIX = "s:"
UNESCAPED = "-_.!~*'()"

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_DOMAIN = re.compile(r"\.?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*", re.IGNORECASE)
_PATH = re.compile(r"/[\x20-\x3a\x3c-\x7e]*")
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")

SameSite = Literal["lax", "strict", "none"]


@dataclass(frozen=True, slots=True)
class CookiePolicy:
    """Name and attributes of the session cookie (RFC 6265bis, section 4.1.2).

    `secure="auto"` sets Secure whenever the request says https. `domain` None makes the cookie host-only, which is what most
    services want. Raises CookieError if a browser would refuse the combination.
    """

    name: str = "connect.sid"
    path: str = "/"
    domain: str | None = None
    secure: bool | Literal["auto"] = "auto"
    http_only: bool = True
    same_site: SameSite = "lax"
    partitioned: bool = False

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
                self.domain is not None and not _DOMAIN.fullmatch(self.domain),
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
        ):
            if wrong:
                raise CookieError(f"cookie {self.name!r} {complaint}")

    def is_secure(self, https: bool) -> bool:
        """Whether a response to a request that came by https, or not, carries Secure."""
        return https if self.secure == "auto" else bool(self.secure)

    def set_cookie(self, value: str, *, https: bool, expires: int | None) -> str:
        """The Set-Cookie value, attributes in express-session's order; `expires` in epoch milliseconds, None ends with the
        browser.
        """
        return "; ".join([f"{self.name}={quote(value, safe=UNESCAPED)}", *self._attributes(https, expires)])

    def clear_cookie(self, *, https: bool) -> str:
        """The Set-Cookie value that makes the browser forget this very cookie (name, Domain and Path name it)."""
        return "; ".join([f"{self.name}=", *self._attributes(https, 0)])

    def _attributes(self, https: bool, expires: int | None) -> Iterator[str]:
        if self.domain:
            yield f"Domain={self.domain}"
        yield f"Path={self.path}"
        if expires is not None:
            yield f"Expires={http_date(expires)}"
        if self.http_only:
            yield "HttpOnly"
        if self.is_secure(https):
            yield "Secure"
        if self.partitioned:
            yield "Partitioned"
        yield f"SameSite={self.same_site.capitalize()}"


@dataclass(frozen=True, slots=True)
class Presented:
    """One cookie of our name as a request presented it: the verified id and its key, or the reason why there is none."""

    session_id: str | None
    key: Key | None = None
    reason: Reason | None = None


def presented(header: str, name: str, keyring: Keyring) -> list[Presented]:
    """Every cookie of that name in a Cookie header, in the order the browser sent them, verified; the same value counts once."""
    return [verify(value, keyring) for value in dict.fromkeys(values(header, name))]


def values(header: str, name: str) -> Iterator[str]:
    """The values of a cookie's name in a Cookie header, quotes stripped and escapes decoded as the `cookie` package does."""
    for pair in header.split(";"):
        key, equals, value = pair.partition("=")
        if equals and key.strip(" \t") == name:
            yield decoded(value.strip(" \t"))


def decoded(value: str) -> str:
    """A cookie's value without surrounding quotes, percent-decoded; as it stands where decoding fails (`decodeURIComponent`)."""
    if value[:1] == '"' == value[-1:]:
        value = value[1:-1]
    if "%" not in value or _BROKEN_ESCAPE.search(value):
        return value
    try:
        return unquote_to_bytes(value).decode("utf-8")
    except UnicodeDecodeError:
        return value


def verify(value: str, keyring: Keyring) -> Presented:
    """Check one decoded value, `s:id.signature`."""
    if not value.startswith(SIGNED_PREFIX):
        return Presented(None, reason=Reason.UNSIGNED)
    verified = keyring.verify(value.removeprefix(SIGNED_PREFIX))
    if verified is None:
        return Presented(None, reason=Reason.BAD_SIGNATURE if "." in value else Reason.MALFORMED)
    session_id, key = verified
    return Presented(session_id, key) if acceptable(session_id) else Presented(None, reason=Reason.MALFORMED)


def cookie_value(session_id: str, keyring: Keyring) -> str:
    """The value to set, before percent-encoding: `s:id.signature`."""
    return SIGNED_PREFIX + keyring.sign(session_id)


def http_date(milliseconds: int) -> str:
    """An epoch time as HTTP writes it (RFC 9110, 5.6.7), whatever the locale."""
    moment = datetime.fromtimestamp(milliseconds // 1000, UTC)
    day = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[moment.weekday()]
    month = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")[moment.month - 1]
    return f"{day}, {moment:%d} {month} {moment:%Y %H:%M:%S} GMT"

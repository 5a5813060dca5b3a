"""What went over the wire of a cookie: its name and what may be told of its value, never the value itself."""

from dataclasses import dataclass, field
from enum import StrEnum

from sessile.cookies.reason import Reason
from sessile.cookies.set_cookie import SameSite
from sessile.doctor.facts.concealed import Concealed
from sessile.doctor.facts.evidence import Unknown


class Shape(StrEnum):
    """What a cookie's value looks like, undecoded."""

    SIGNED = "s:id.signature"
    ENCODED_AGAIN = "s:id.signature, percent-encoded more than once"
    CUT = "s: without a whole signature"
    EMPTY = "empty"
    OTHER = "something else"


class Defect(StrEnum):
    """What is odd about a Set-Cookie line, as a browser reads it."""

    DUPLICATE = "an attribute is given more than once; the last one counts"
    UNKNOWN = "an attribute that no browser knows"
    IGNORED = "an attribute's value is longer than 1024 octets, so it does not count"
    SAME_SITE = "SameSite has a value that no browser knows"
    MAX_AGE = "Max-Age is no number"
    EXPIRES = "Expires is no date"
    FLAG_WITH_VALUE = "a flag has a value, which never counts: Secure=false is Secure"
    FOLDED = "several lines were joined by commas; where one ends is a guess"
    REBUILT = "the recording holds no line, only what its program understood of it"


@dataclass(frozen=True, slots=True)
class Value:
    """What may be told of a cookie's value.

    `digest` (8 hex digits) tells long values apart; it is "" for one so short that it could be guessed from it. `length` is in
    octets. Equal values are equal `Value`s.
    """

    digest: str
    length: int
    shape: Shape
    concealed: Concealed


@dataclass(frozen=True, slots=True)
class CookieSent:
    """One pair of a request's Cookie header; the order of the header is kept, and so are several of one name."""

    name: str
    value: Value | Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class CookieSet:
    """One Set-Cookie line of a response, as a browser reads it (RFC 6265bis, 5.6).

    `size` is of name and value together, in octets. `expires` is in epoch milliseconds, `max_age` in seconds; `removes` says
    that the line makes the browser forget the cookie. `attributes` are all names in lower case, in the line's order.
    `dropped` is why a browser drops the line unread; name and attributes are then only the best guess.
    """

    name: str
    value: Value | Unknown
    size: int
    domain: str | None = None
    path: str | None = None
    expires: int | None = None
    max_age: int | None = None
    secure: bool = False
    http_only: bool = False
    partitioned: bool = False
    same_site: SameSite = SameSite.UNSPECIFIED
    removes: bool = False
    attributes: tuple[str, ...] = ()
    defects: tuple[Defect, ...] = ()
    dropped: Reason | None = None
    line: Concealed = field(default_factory=lambda: Concealed(""))

    @property
    def persistent(self) -> bool:
        """Whether it outlives the browser's session."""
        return self.expires is not None or self.max_age is not None


@dataclass(frozen=True, slots=True)
class CookieBlocked:
    """A cookie that the browser itself says it did not send or store, with its reasons under Chromium's own names."""

    name: str
    reasons: tuple[str, ...]

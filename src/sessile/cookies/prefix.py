"""Cookie names that promise how the cookie was set: `__Host-`, `__Secure-`, `__Http-`, `__Host-Http-` (RFC 6265bis, 5.4)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sessile.cookies.objection import Objection
from sessile.cookies.reason import Reason
from sessile.cookies.set_cookie import SetCookie
from sessile.cookies.url import Url, is_ip_address


@dataclass(frozen=True, slots=True)
class Prefix:
    """A prefix, which counts in any case of letters, and what it asks for besides Secure and https."""

    text: str
    host: bool = False
    http_only: bool = False


PREFIXES: Final = (
    Prefix("__Secure-"),
    Prefix("__Http-", http_only=True),
    Prefix("__Host-Http-", host=True, http_only=True),
    Prefix("__Host-", host=True),
)
"""In the order in which they are tried; `__Http-` and `__Host-Http-` are Chromium's and Firefox's."""


def prefix_of(name: str) -> Prefix | None:
    """The prefix that a name starts with, if any."""
    return next((prefix for prefix in PREFIXES if name.lower().startswith(prefix.text.lower())), None)


def prefix_objection(line: SetCookie, url: Url) -> tuple[Objection, ...]:
    """What speaks against the name, given the line's attributes and the URL it came from."""
    if not line.name:
        hidden = prefix_of(line.value)
        return _objection(f"A cookie without a name whose value starts with {hidden.text} would pass for one.") if hidden else ()
    prefix = prefix_of(line.name)
    missing = list(_missing(prefix, line, url)) if prefix else []
    return _objection(f"The prefix {prefix.text} needs {_listed(missing)}.") if prefix and missing else ()


def _missing(prefix: Prefix, line: SetCookie, url: Url) -> Iterator[str]:
    if not line.secure:
        yield "Secure"
    if not url.may_use_secure:
        yield "a response over https"
    if prefix.http_only and not line.http_only:
        yield "HttpOnly"
    if prefix.host and line.path != "/":
        yield "Path=/"
    if prefix.host and line.domain and not (is_ip_address(url.host) and line.domain == url.host):
        yield "no Domain"


def _listed(things: list[str]) -> str:
    *firsts, last = things
    return f"{', '.join(firsts)} and {last}" if firsts else last


def _objection(because: str) -> tuple[Objection, ...]:
    return (Objection(Reason.INVALID_PREFIX, because),)

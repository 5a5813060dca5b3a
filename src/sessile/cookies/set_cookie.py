"""One Set-Cookie line read as a browser reads it: leniently, attribute by attribute (RFC 6265bis, 5.6)."""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from sessile.cookies.reason import Reason

MAX_PAIR: Final = 4096
"""Octets that name and value may have together."""
MAX_ATTRIBUTE: Final = 1024
"""Octets that one attribute's value may have; a longer one is ignored."""

_WHITESPACE: Final = " \t"
_TRUNCATING = re.compile(r"[\x00\r\n]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class SameSite(Enum):
    """The SameSite attribute. UNSPECIFIED: there is none, or its value is unknown; browsers then act as for LAX."""

    UNSPECIFIED = ""
    NONE = "None"
    LAX = "Lax"
    STRICT = "Strict"


class Priority(Enum):
    """Chromium's Priority attribute, which counts only when a site has too many cookies."""

    LOW = "Low"
    MEDIUM = "Medium"
    HIGH = "High"


@dataclass(frozen=True, slots=True)
class SetCookie:
    """What a Set-Cookie line says. An attribute given more than once counts with its last value; a flag's value never counts.

    An attribute's value is None where it is missing. `ignored` names the attributes whose value was longer than 1024 octets.
    """

    name: str
    value: str
    domain: str | None = None
    path: str | None = None
    expires: str | None = None
    max_age: str | None = None
    secure: bool = False
    http_only: bool = False
    partitioned: bool = False
    same_site: SameSite = SameSite.UNSPECIFIED
    priority: Priority = Priority.MEDIUM
    ignored: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Octets of name and value together."""
        return octets(self.name) + octets(self.value)


def parse(line: str | bytes) -> SetCookie | Reason:
    """Read the value of one Set-Cookie header field, or say why a browser drops the line unread.

    Bytes are decoded as UTF-8, with undecodable ones kept; a string is what such bytes decode to.
    """
    text = line.decode("utf-8", "surrogateescape") if isinstance(line, bytes) else line
    if _TRUNCATING.search(text):
        return Reason.DISALLOWED_CHARACTER
    pair, *attributes = text.split(";")
    name, equals, value = pair.partition("=")
    if not equals:
        name, value = "", pair
    name, value = name.strip(_WHITESPACE), value.strip(_WHITESPACE)
    return _objection_to_pair(name, value) or _with_attributes(name, value, attributes)


def octets(text: str) -> int:
    """How long a text is on the wire, in UTF-8."""
    return len(text.encode("utf-8", "surrogateescape"))


def _objection_to_pair(name: str, value: str) -> Reason | None:
    if not name and not value:
        return Reason.NO_COOKIE_CONTENT
    if octets(name) + octets(value) > MAX_PAIR:
        return Reason.NAME_VALUE_PAIR_EXCEEDS_MAX_SIZE
    if _CONTROL.search(name) or _CONTROL.search(value):
        return Reason.DISALLOWED_CHARACTER
    return None


def _with_attributes(name: str, value: str, attributes: list[str]) -> SetCookie | Reason:
    said: dict[str, str] = {}
    ignored: list[str] = []
    for attribute in attributes:
        key, _, text = attribute.partition("=")
        key, text = key.strip(_WHITESPACE).lower(), text.strip(_WHITESPACE)
        if _CONTROL.search(key) or _CONTROL.search(text):
            return Reason.DISALLOWED_CHARACTER
        if octets(text) > MAX_ATTRIBUTE:
            ignored.append(key)
        else:
            said[key] = text
    return SetCookie(
        name=name,
        value=value,
        domain=said.get("domain"),
        path=said.get("path"),
        expires=said.get("expires"),
        max_age=said.get("max-age"),
        secure="secure" in said,
        http_only="httponly" in said,
        partitioned="partitioned" in said,
        same_site=_same_site(said.get("samesite", "")),
        priority=_priority(said.get("priority", "")),
        ignored=tuple(ignored),
    )


def _same_site(value: str) -> SameSite:
    return next((one for one in SameSite if one.value.lower() == value.lower()), SameSite.UNSPECIFIED)


def _priority(value: str) -> Priority:
    return next((one for one in Priority if one.value.lower() == value.lower()), Priority.MEDIUM)

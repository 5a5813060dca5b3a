"""Cookie and Set-Cookie header fields as facts: names and shapes to show, values concealed."""

import hmac
import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Final
from urllib.parse import unquote

from sessile.cookies.date import parse_date
from sessile.cookies.reason import Reason
from sessile.cookies.set_cookie import SameSite, SetCookie, octets, parse
from sessile.doctor.evidence.exchange.shown import shown
from sessile.doctor.facts.concealed import MASK, Concealed
from sessile.doctor.facts.cookies import CookieSent, CookieSet, Defect, Shape, Value
from sessile.doctor.facts.evidence import Unknown

EXPORT_REPLACED: Final = Unknown("the recording holds a placeholder in its place")
LONGEST = 16_384
GUESSABLE = 16

_REDACTED = re.compile(
    r"[\[<({*]*(?:[\w.%-]{1,80}[ :_-])?(?:redacted|removed|sanitized|scrubbed|filtered|masked|hidden)[\])>}*]*|\*{3,}|[xX]{6,}"
    r"|[•█]{3,}",
    re.IGNORECASE,
)
_PREFIX = re.compile(r'"?s(?::|%(?:25)*3A)', re.IGNORECASE)
_ENCODED_AGAIN = re.compile(r'"?s%(?:25)+3A', re.IGNORECASE)
_SIGNED = re.compile(r'"?s:[^\s;]+\.[A-Za-z0-9+/]{43}"?')
_PLAIN_NAME = re.compile(r"(?:__(?:Host|Secure)-)?(?:[A-Za-z][A-Za-z_.-]{0,39}|[\w.-]{1,15})", re.ASCII)
_MAX_AGE = re.compile(r"[+-]?[0-9]{1,18}")
_PLAIN_DOMAIN = re.compile(r"[A-Za-z0-9.:/-]{1,100}")
_PLAIN_PATH = re.compile(r"(?:/[\w.~-]{0,19}){1,8}", re.ASCII)

_FLAGS = ("secure", "httponly", "partitioned")
_KNOWN = (*_FLAGS, "domain", "path", "expires", "max-age", "samesite", "priority")
_MISSPELT = ("version", "comment", "same-site", "http-only", "max_age", "maxage", "expire", "discard", "sameparty")
# A comma ends a line only where a pair follows it: the comma of a date is followed by a day, which is none.
_FOLD = re.compile(r",\s*(?=[!#$%&'*+.^_`|~0-9A-Za-z-]+=)")


def cookies_sent(header: str) -> tuple[CookieSent, ...] | Unknown:
    """The pairs of a Cookie header in their order (RFC 6265bis, 5.8.3); Unknown if the header's text was replaced."""
    if _REDACTED.fullmatch(header.strip()):
        return EXPORT_REPLACED
    pairs = (pair.strip(" \t") for pair in header[:LONGEST].replace("\n", ";").split(";"))
    return tuple(_sent(pair) for pair in pairs if pair)


def _sent(pair: str) -> CookieSent:
    name, equals, value = pair.partition("=")
    return CookieSent(name_of(name.strip(" \t")), value_of(value.strip(" \t"))) if equals else CookieSent("", value_of(pair))


def cookies_set(field: str, moment: float, *, folded: bool = False) -> Iterator[CookieSet | Unknown]:
    """Each line of one Set-Cookie field; recordings join several by line breaks, or by commas (then say `folded`).

    `moment` is when the response came, in epoch milliseconds: what expired by then removes the cookie.
    """
    for line in field.split("\n"):
        text = line.strip("\r")
        if not text:
            continue
        if _REDACTED.fullmatch(text.strip()):
            yield EXPORT_REPLACED
            continue
        parts = _FOLD.split(text) if folded or _FOLD.search(text, text.find(";") + 1 or len(text)) else [text]
        for part in parts:
            yield _set(part, moment, (Defect.FOLDED,) if len(parts) > 1 else ())


def rebuilt(line: str, moment: float) -> CookieSet:
    """A line that was put together from what a program understood of it."""
    return _set(line, moment, (Defect.REBUILT,))


def value_of(value: str) -> Value | Unknown:
    """What may be told of a cookie's value."""
    if _REDACTED.fullmatch(value):
        return EXPORT_REPLACED
    length = len(value) if value.isascii() else octets(value)
    digest = "" if length < GUESSABLE else hmac.digest(value.encode("utf-8", "surrogateescape"), _DIGEST, sha256).hex()[:8]
    return Value(digest, length, _shape(value), Concealed(value))


_DIGEST: Final = b"sessile cookie digest"


def name_of(name: str) -> str:
    """A cookie's name; masked where it looks like a value that was set without one."""
    return name if _PLAIN_NAME.fullmatch(name) else shown(name, 80)


def _shape(value: str) -> Shape:
    if not value:
        return Shape.EMPTY
    if not _PREFIX.match(value):
        return Shape.OTHER
    if _ENCODED_AGAIN.match(value):
        return Shape.ENCODED_AGAIN
    return Shape.SIGNED if _SIGNED.fullmatch(unquote(value)) else Shape.CUT


def _set(line: str, moment: float, defects: tuple[Defect, ...]) -> CookieSet:
    read = parse(line[:LONGEST].encode("utf-8", "replace"))
    if isinstance(read, Reason):
        return _dropped(line, read, defects)
    expires = parse_date(read.expires) if read.expires else None
    max_age = int(read.max_age) if read.max_age and _MAX_AGE.fullmatch(read.max_age) else None
    names = [attribute.partition("=")[0].strip(" \t").lower() for attribute in line[:LONGEST].split(";")[1:]]
    names = [name for name in names if name]
    return CookieSet(
        name=name_of(read.name),
        value=value_of(read.value),
        size=read.size,
        domain=_plain(read.domain, _PLAIN_DOMAIN),
        path=_plain(read.path, _PLAIN_PATH),
        expires=expires,
        max_age=max_age,
        secure=read.secure,
        http_only=read.http_only,
        partitioned=read.partitioned,
        same_site=read.same_site,
        removes=max_age <= 0 if max_age is not None else expires is not None and expires <= moment,
        attributes=tuple(name if name in _KNOWN or name in _MISSPELT else "?" for name in names),
        defects=(*defects, *_defects(read, line[:LONGEST], names)),
        line=Concealed(line[:LONGEST]),
    )


def _dropped(line: str, reason: Reason, defects: tuple[Defect, ...]) -> CookieSet:
    name, equals, value = line.partition(";")[0].partition("=")
    return CookieSet(
        name=name_of(name.strip()[:200]) if equals else "",
        value=value_of((value if equals else name).strip()[:LONGEST]),
        size=octets(name.strip()) + octets(value.strip()),
        defects=defects,
        dropped=reason,
        line=Concealed(line[:LONGEST]),
    )


def _plain(text: str | None, plain: re.Pattern[str]) -> str | None:
    if not text or plain.fullmatch(text):
        return text
    return MASK if "=" in text else shown(text, 100)


def _defects(read: SetCookie, line: str, names: list[str]) -> Iterator[Defect]:
    given = {name for name in names if name in _KNOWN}
    for defect, found in (
        (Defect.DUPLICATE, sum(name in given for name in names) > len(given)),
        (Defect.UNKNOWN, any(name not in _KNOWN for name in names)),
        (Defect.IGNORED, bool(read.ignored)),
        (Defect.SAME_SITE, "samesite" in given and read.same_site is SameSite.UNSPECIFIED),
        (Defect.MAX_AGE, bool(read.max_age) and not _MAX_AGE.fullmatch(read.max_age or "")),
        (Defect.EXPIRES, bool(read.expires) and parse_date(read.expires or "") is None),
        (Defect.FLAG_WITH_VALUE, _FLAG_WITH_VALUE.search(line) is not None),
    ):
        if found:
            yield defect


_FLAG_WITH_VALUE = re.compile(r";[ \t]*(?:secure|httponly|partitioned)[ \t]*=[ \t]*[^;\s]", re.IGNORECASE)

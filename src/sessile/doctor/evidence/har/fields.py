"""Header fields, cookies and bodies of HAR entries as facts; what comes again and again is worked out once."""

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

import msgspec
from msgspec import Raw

from sessile.doctor.evidence.exchange import (
    REQUEST_FIELDS,
    RESPONSE_FIELDS,
    address_of,
    content_of,
    cookies_sent,
    date_of,
    name_of,
    role_of,
    said_in_request,
    shown,
    value_of,
)
from sessile.doctor.evidence.exchange.bodies import FORM
from sessile.doctor.evidence.har.schema import BLOCKED, COOKIES, PAIRS, TEXT, Cookie, Pair, PostData
from sessile.doctor.facts.cookies import CookieBlocked, CookieSent
from sessile.doctor.facts.exchange import Body, Content, Headers

LONGEST = 16_384
"""Characters of a header field that are looked at; browsers and servers allow no longer ones."""

T = TypeVar("T")

_FIRST_URL = re.compile(rb'"url"\s*:\s*"([^"\\]{1,2000})"')


@dataclass(slots=True)
class Fields:
    """The header fields of one message: those to keep, and by name those that are facts of their own. `size` is in octets."""

    kept: Headers
    special: dict[str, list[str]]
    size: int

    def first(self, name: str) -> str:
        """The first value of a field that is a fact of its own, "" where there is none."""
        return self.special[name][0] if name in self.special else ""


Show = Callable[[str], str]


class Wanted(dict[str, tuple[str, Show | None] | None]):
    """By a field's name as it was written: its canonical name and how to show it, None for how where it is a fact of its own;
    None altogether for a field that does not matter.
    """

    def __init__(self, shows: Mapping[str, Show], *special: str) -> None:
        super().__init__()
        self._known: Mapping[str, Show | None] = {**shows, **dict.fromkeys(special)}

    def __missing__(self, written: str) -> tuple[str, Show | None] | None:
        name = "host" if written == ":authority" else written.lower()
        use = (name, self._known[name]) if name in self._known else None
        if len(self) < 10_000:
            self[written] = use
        return use


class FieldReader:
    """Reads the parts of entries, and remembers what it has read while it lives, so that secrets are forgotten with it."""

    def __init__(self) -> None:
        self.address = lru_cache(4096)(address_of)
        self.shown = lru_cache(1024)(shown)
        self.cookies = lru_cache(512)(cookies_sent)
        self.content = lru_cache(512)(content_of)
        self.date = lru_cache(1024)(date_of)
        self.role = lru_cache(4096)(role_of)
        self.listed = lru_cache(512)(_sent_by_list)
        self._headers = lru_cache(4096)(Headers)
        shows = {keep: lru_cache(1024)(keep) for keep in {*REQUEST_FIELDS.values(), *RESPONSE_FIELDS.values()}}
        self._of_request = Wanted(
            {name: shows[keep] for name, keep in REQUEST_FIELDS.items()}, "cookie", "authorization", "referer"
        )
        self._of_response = Wanted(
            {name: shows[keep] for name, keep in RESPONSE_FIELDS.items()}, "set-cookie", "date", "location"
        )

    def request_fields(self, headers: Sequence[Pair] | None) -> Fields:
        """The fields of a request; HTTP/2's `:authority` counts as Host."""
        return self._fields(headers or (), self._of_request)

    def response_fields(self, headers: Sequence[Pair] | None) -> Fields:
        """The fields of a response."""
        return self._fields(headers or (), self._of_response)

    def _fields(self, headers: Sequence[Pair], wanted: Wanted) -> Fields:
        kept: list[tuple[str, str]] = []
        special: dict[str, list[str]] = {}
        size = 4 * len(headers)
        for field in headers:
            written, value = field.name or "", field.value or ""
            size += len(written) + len(value)
            use = wanted[written]
            if use is None:
                continue
            name, show = use
            if show:
                kept.append((name, show(value[:LONGEST])))
            else:
                special.setdefault(name, []).append(value[:LONGEST])
        return Fields(self._headers(tuple(kept)), special, size)

    def request_body(self, data: PostData | None, size: float | None) -> Body:
        """What was posted."""
        if data is None:
            return Body()
        text = _text(data.text, FORM)
        if text is None and 2 < len(bytes(data.params)) <= FORM:
            text = "&".join(f"{pair.name}=" for pair in _decoded(PAIRS, data.params) or ())
        content = self.content(data.mime_type[:200]) if data.mime_type else Content.OTHER
        return Body(content, whole(size), said_in_request(text) if text else frozenset())

    def initiator_url(self, initiator: Raw) -> str:
        """The first URL that an `_initiator` names: of the page, or of the script that called."""
        found = _FIRST_URL.search(memoryview(initiator))
        return found[1].decode("utf-8", "replace") if found else ""


def short_text(text: Raw, encoding: str | None, limit: int) -> str:
    """A body's text if it is at most so long, "" otherwise."""
    found = _text(text, limit) or ""
    if encoding != "base64":
        return found
    try:
        return base64.b64decode(found, validate=True).decode("utf-8", "replace")
    except ValueError:
        return ""


def listed_cookies(cookies: bytes) -> list[Cookie]:
    """The items of a `cookies` array."""
    return (_decoded(COOKIES, cookies) or []) if len(cookies) > 2 else []


def _sent_by_list(cookies: bytes) -> tuple[CookieSent, ...]:
    """The cookies that were sent, by a `cookies` array."""
    listed = listed_cookies(cookies)
    return tuple(CookieSent(name_of(one.name or ""), value_of((one.value or "")[:LONGEST])) for one in listed)


def line_of(cookie: Cookie) -> str:
    """A Set-Cookie line as a program understood it, where the recording has it in no header."""
    attributes = (
        ("Domain", cookie.domain),
        ("Path", cookie.path),
        ("Expires", cookie.expires),
        ("SameSite", cookie.same_site),
    )
    flags = [flag for flag, is_set in (("HttpOnly", cookie.http_only), ("Secure", cookie.secure)) if is_set]
    return "; ".join(
        [f"{cookie.name or ''}={cookie.value or ''}", *(f"{name}={value}" for name, value in attributes if value), *flags]
    )


def blocked(blocked: Raw) -> tuple[CookieBlocked, ...]:
    """The cookies that the browser says it kept back or refused, and its reasons."""
    if len(memoryview(blocked)) <= 2:
        return ()
    return tuple(
        CookieBlocked(
            name_of((one.cookie and one.cookie.name) or (one.cookie_line or "").partition("=")[0].strip()[:200]),
            tuple(shown(reason, 60) for reason in one.blocked_reasons or ()),
        )
        for one in _decoded(BLOCKED, blocked) or ()
    )


def whole(number: float | None) -> int | None:
    """A size, None where the recording has -1 or nothing."""
    return int(number) if number is not None and 0 <= number < 2**53 else None


def _text(text: Raw, limit: int) -> str | None:
    return _decoded(TEXT, text) if 2 < len(memoryview(text)) <= 2 * limit else None


def _decoded(decoder: "msgspec.json.Decoder[T]", raw: Raw | bytes) -> T | None:
    try:
        return decoder.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None

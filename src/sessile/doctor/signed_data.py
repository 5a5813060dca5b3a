"""Session cookies that hold their data themselves, signed with a time: Starlette's, Flask's, and Django's signed_cookies."""

import base64
import binascii
import hashlib
import hmac
import json
import re
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

LONGEST = 65536
"""The length in characters of a value that is taken apart, and of its data once decompressed."""

IDENTITIES = re.compile(
    r"^_?(?:auth_?)?(?:user|account|member|uid|login|username|email|identity|passport)(?:_?id)?$", re.IGNORECASE
)
EARLIEST = datetime(2011, 1, 1, tzinfo=UTC)

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_DOTTED = re.compile(r"(?P<data>\.?[A-Za-z0-9+/_-]+={0,2})\.(?P<time>[A-Za-z0-9_-]{4,8})\.(?P<signature>[A-Za-z0-9_-]{27})")
_COLONED = re.compile(r"(?P<data>\.?[A-Za-z0-9_-]+):(?P<time>[A-Za-z0-9]{5,7}):(?P<signature>[A-Za-z0-9_-]{43})")


class Maker(StrEnum):
    """Who makes cookies of this form."""

    STARLETTE = "Starlette"
    FLASK = "Flask"
    DJANGO = "Django"

    @property
    def lifetime(self) -> timedelta:
        """How long it accepts a cookie that it signed, where nothing else is set."""
        return timedelta(days=31) if self is Maker.FLASK else timedelta(days=14)


@dataclass(frozen=True, slots=True)
class SignedData:
    """A cookie that holds its data. `keys` is how many keys the data has, `identities` those that name a user.

    `digest` tells data apart without showing it. `size` is in characters.
    """

    maker: Maker
    signed: datetime
    keys: int
    identities: tuple[str, ...]
    digest: str
    size: int
    _message: str = field(repr=False)
    _signature: str = field(repr=False)

    def signed_by(self, secret: str) -> bool:
        """Whether this secret signed it (itsdangerous 2, `signer.py` and Flask's `sessions.py`; Django's `signing.py`)."""
        made = _signature(self.maker, self._message.encode("utf-8", "replace"), secret.encode("utf-8", "surrogateescape"))
        return hmac.compare_digest(made, self._signature)


def recognised(value: str) -> SignedData | None:
    """The cookie's parts, or None where a value is of another form."""
    if len(value) > LONGEST:
        return None
    value = value.strip().strip('"')
    found = _DOTTED.fullmatch(value) or _COLONED.fullmatch(value)
    if found is None:
        return None
    coloned = value.count(":") == 2
    text, signed = _data(found["data"]), _time(found["time"], in_base62=coloned)
    data = _object(text)
    if data is None or signed is None:
        return None
    maker = Maker.DJANGO if coloned else _maker(found["data"], text)
    return SignedData(
        maker=maker,
        signed=signed,
        keys=len(data),
        identities=tuple(key for key, held in data.items() if IDENTITIES.match(key) and held not in (None, "", {}, [])),
        digest=hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8],
        size=len(value),
        _message=value[: found.start("signature") - 1],
        _signature=found["signature"],
    )


def stored(value: str, salt: str = "django.contrib.sessions.SessionStore") -> "StoredData | None":
    """The parts of what Django keeps in `django_session.session_data`, or None where it is of another form."""
    found = _COLONED.fullmatch(value)
    if found is None or len(value) > LONGEST:
        return None
    data, signed = _object(_data(found["data"])), _time(found["time"], in_base62=True)
    if data is None or signed is None:
        return None
    return StoredData(signed, data, salt, value[: found.start("signature") - 1], found["signature"])


@dataclass(frozen=True, slots=True)
class StoredData:
    """The signed data of a row of Django's: when it was written, and what it holds."""

    signed: datetime
    data: dict[str, Any] = field(repr=False)
    salt: str
    _message: str = field(repr=False)
    _signature: str = field(repr=False)

    def signed_by(self, secret: str) -> bool:
        """Whether this SECRET_KEY signed it."""
        made = _django(self._message.encode(), secret.encode("utf-8", "surrogateescape"), self.salt)
        return hmac.compare_digest(made, self._signature)


def _data(part: str) -> str:
    """The text that a part of a cookie encodes, decompressed where a dot comes first; "" where it encodes none."""
    compressed, part = part.startswith("."), part.removeprefix(".").rstrip("=")
    try:
        octets = base64.b64decode(part.replace("-", "+").replace("_", "/") + "=" * (-len(part) % 4), validate=True)
        if compressed:
            octets = zlib.decompressobj().decompress(octets, LONGEST)
        return octets.decode("utf-8")
    except (binascii.Error, zlib.error, UnicodeDecodeError, ValueError):
        return ""


def _object(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _time(part: str, *, in_base62: bool) -> datetime | None:
    """When it was signed; None where that lies before there were such cookies, or in a far future."""
    if in_base62:
        seconds = 0
        for letter in part:
            seconds = seconds * 62 + _BASE62.index(letter) if letter in _BASE62 else -1
    else:
        try:
            seconds = int.from_bytes(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)), "big")
        except (binascii.Error, ValueError):
            return None
    if not EARLIEST.timestamp() < seconds < 2**33:
        return None
    return datetime.fromtimestamp(seconds, UTC)


def _maker(part: str, text: str) -> Maker:
    """Starlette writes JSON with blanks, in base64 with its padding; Flask compact, for URLs."""
    spaced = json.dumps(json.loads(text)) == text and text != "{}"
    compact = json.dumps(json.loads(text), separators=(",", ":")) == text
    padded = "=" in part or "+" in part or "/" in part
    return Maker.STARLETTE if padded or (spaced and not compact) else Maker.FLASK


def _signature(maker: Maker, message: bytes, secret: bytes) -> str:
    if maker is Maker.DJANGO:
        return _django(message, secret, "django.contrib.sessions.backends.signed_cookies")
    if maker is Maker.STARLETTE:
        key = hashlib.sha1(b"itsdangerous.Signer" + b"signer" + secret, usedforsecurity=False).digest()
    else:
        key = hmac.digest(secret, b"cookie-session", hashlib.sha1)
    return _unpadded(hmac.digest(key, message, hashlib.sha1))


def _django(message: bytes, secret: bytes, salt: str) -> str:
    key = hashlib.sha256(salt.encode() + b"signer" + secret).digest()
    return _unpadded(hmac.digest(key, message, hashlib.sha256))


def _unpadded(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()

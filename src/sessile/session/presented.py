"""The cookies that a request presents: read as Express reads them, and verified."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from sessile.session.cookie import SIGNED_PREFIX
from sessile.session.id import acceptable
from sessile.session.keyring import MOST_KNOWN, Key, Keyring
from sessile.session.outcome import Reason

_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


@dataclass(slots=True)
class Presented:
    """One cookie of our name as a request presented it: the verified id, its key, and the text that was signed with it; or the
    reason why there is none.
    """

    session_id: str | None = field(repr=False)
    key: Key | None = None
    reason: Reason | None = None
    signed: str | None = field(default=None, repr=False)


def plain(header: str, name: str, keyring: Keyring) -> Presented | None:
    """Our only cookie, where it is written as browsers send back what we set; None where anything is otherwise: see `presented`.

    `presented` finds the same, and nothing beside it.
    """
    if header.count(name) != 1:
        return None
    start = header.index(name)
    if start and header[start - 2 : start] != "; ":
        return None
    start += len(name)
    if not header.startswith("=s%3A", start):
        return None
    end = header.find(";", start)
    value = header[start + 5 :] if end < 0 else header[start + 5 : end]
    known = keyring.known
    return known.get(value) or _unescaped(value, keyring, known)


def _unescaped(value: str, keyring: Keyring, known: dict[str, Presented]) -> Presented | None:
    signed = value.replace("%2B", "+").replace("%2F", "/")
    if "%" in signed or signed[-1:] in " \t":
        return None
    found = _verified(signed, keyring)
    if found.key is not None:
        if len(known) >= MOST_KNOWN:
            known.clear()
        known[value] = found
    return found


def presented(header: str, name: str, keyring: Keyring) -> Iterator[Presented]:
    """Every cookie of that name in a Cookie header, in the order the browser sent them, each verified when it is asked for; the
    same value counts once.
    """
    return (verify(value, keyring) for value in dict.fromkeys(values(header, name)))


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
    except UnicodeError:
        return value


def verify(value: str, keyring: Keyring) -> Presented:
    """Check one decoded value, `s:id.signature`."""
    if not value.startswith(SIGNED_PREFIX):
        return Presented(None, reason=Reason.UNSIGNED)
    return _verified(value.removeprefix(SIGNED_PREFIX), keyring)


def _verified(signed: str, keyring: Keyring) -> Presented:
    verified = keyring.verify(signed)
    if verified is None:
        return Presented(None, reason=Reason.BAD_SIGNATURE if "." in signed else Reason.MALFORMED)
    session_id, key = verified
    return Presented(session_id, key, signed=signed) if acceptable(session_id) else Presented(None, reason=Reason.MALFORMED)

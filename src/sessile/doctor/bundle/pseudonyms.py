"""Facts without the texts that nobody may see: in their place stand others that behave alike and open nothing."""

import hmac
import re
import secrets
import string
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from hashlib import sha256
from itertools import cycle
from types import MappingProxyType
from typing import Any, Final, TypeVar

from sessile.doctor.facts.concealed import MASK, Concealed
from sessile.doctor.facts.cookies import CookieSet, Value
from sessile.doctor.facts.exchange import Address

Fact = TypeVar("Fact")

_MEANING: Final = frozenset({"expires", "max-age", "samesite", "secure", "httponly", "partitioned", "priority", ""})
"""Attributes that say how a cookie lives, and nothing of whom it is for."""
# Punctuation is kept, also where it is encoded, and the s: of a signed value; everything else could spell a secret out.
_PIECE: Final = re.compile(
    r"(?P<kept>%(?:25)*(?:2[0-9A-F]|3[A-F]|40|5[B-F]|60|7[B-E])|(?<![\w%])s(?=:|%(?:25)*3A))|(?P<gone>[A-Za-z0-9]|[^\x00-\x7f])",
    re.IGNORECASE,
)
_LETTERS: Final = string.ascii_letters + string.digits


class Pseudonyms:
    """Stand-ins that are the same for the same text within one bundle, and cannot be led back: the key is thrown away."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def of(self, fact: Fact) -> Fact:
        """The same facts with a stand-in for everything that was concealed."""
        made: Fact = self._of(fact)
        return made

    def _of(self, fact: Any) -> Any:
        match fact:
            case Value():
                return replace(fact, concealed=self._concealed(fact.concealed))
            case Address():
                return replace(fact, whole=Concealed(self._url(fact)))
            case CookieSet():
                return replace(fact, value=self._of(fact.value), line=Concealed(self._line(fact)))
            case Concealed():
                return self._concealed(fact)
            case tuple():
                return tuple(self._of(one) for one in fact)
            case Mapping():
                return MappingProxyType({name: self._of(one) for name, one in fact.items()})
        if not is_dataclass(fact) or isinstance(fact, type):
            return fact
        return replace(fact, **{one.name: self._of(getattr(fact, one.name)) for one in fields(fact) if one.init})

    def _concealed(self, text: Concealed) -> Concealed:
        return Concealed(self._text(text.reveal()))

    def _text(self, text: str) -> str:
        """As many octets, of the same shape: punctuation stays, letters and digits become others."""
        chance = cycle(self._chance(text))
        return _PIECE.sub(lambda found: found[0] if found["kept"] else _letters(found[0], next(chance)), text)

    def _chance(self, text: str) -> bytes:
        seed = hmac.digest(self._key, text.encode("utf-8", "surrogateescape"), sha256)
        return seed + sha256(seed).digest()

    def _digest(self, text: str) -> str:
        return hmac.digest(self._key, text.encode("utf-8", "surrogateescape"), sha256).hex()[:12]

    def _url(self, address: Address) -> str:
        """What may be shown of it, and where that leaves something out a stand-in, so that equal URLs stay equal."""
        whole = address.whole.reveal()
        path, _, query = whole.partition("://")[2].partition("/")[2].partition("?")
        written = address.path
        if MASK in written or written.endswith("…"):
            written = written.replace(MASK, self._digest(path), 1).replace(MASK, "x").replace("…", self._digest(path))
        return f"{address.origin}{written}" + (f"?{'&'.join(self._parameters(query))}" if query or "?" in whole else "")

    def _parameters(self, query: str) -> Iterator[str]:
        for name, _, value in (pair.partition("=") for pair in query.split("&")):
            yield f"{self._digest(name)[:6]}={self._digest(value)}"

    def _line(self, cookie: CookieSet) -> str:
        pair, *attributes = cookie.line.reveal().split(";")
        name, equals, value = pair.partition("=")
        shown = name if name.strip(" \t") == cookie.name else self._text(name)
        begun = f"{shown}={self._padded(value)}" if equals else self._padded(pair)
        return ";".join([begun, *(self._attribute(cookie, one) for one in attributes)])

    def _attribute(self, cookie: CookieSet, attribute: str) -> str:
        name, equals, value = attribute.partition("=")
        known, said = name.strip(" \t").lower(), value.strip(" \t")
        shown = (known == "path" and said == cookie.path) or (known == "domain" and _host(said) == _host(cookie.domain or ""))
        if known in _MEANING or shown:
            return attribute
        return f"{name if known in ('path', 'domain') else self._text(name)}{equals}{self._text(value)}"

    def _padded(self, value: str) -> str:
        """The value's stand-in, as it would be without the blanks around it."""
        bare = value.strip(" \t")
        return value.replace(bare, self._text(bare), 1) if bare else value


def _letters(gone: str, chance: int) -> str:
    return _LETTERS[chance % len(_LETTERS)] * len(gone.encode("utf-8", "surrogateescape"))


def _host(domain: str) -> str:
    return domain.removeprefix(".").lower()

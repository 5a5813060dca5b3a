"""Which lines of a log are worth a closer look: most are not, and this is what makes reading a long log quick."""

import re

from sessile.doctor.evidence.log_patterns import CONDITIONS, ERRORS, WARNINGS

_OF_LIFE = (
    "start starting running listening started serving ready live up startup booting restarting online "
    "exited crashed stopped closed finished shutting node nodemon"
)
_OF_ERRORS = "fatal traceback code sqlstate constraint cause table failed denied"
_IN_MOST_LOGS = "request requires completed connection connections service database value could reading headers support"
_WORD = re.compile(r"[a-z]+")


def _telling_word(needle: str) -> str:
    """The longest word of a text that does not stand in most other lines as well."""
    words: list[str] = _WORD.findall(needle.lower())
    return max((word for word in words if word not in _IN_MOST_LOGS.split()), key=len, default=words[0])


_WORDS = frozenset(
    word.encode()
    for word in (
        *_OF_LIFE.split(),
        *_OF_ERRORS.split(),
        *(_telling_word(text.needle) for text in ERRORS + WARNINGS),
        *CONDITIONS,
        *(f"{name}error" for name in CONDITIONS),
    )
)
_LOWERED = bytes(ord(chr(code).lower()) if chr(code).isalnum() else 32 for code in range(128)) + bytes(range(128, 256))
_JSON_REQUEST = re.compile(
    r'"status(?:_?[cC]ode)?": ?"?(?:401|5\d\d)|[ m](?:401|5\d\d)[ \\"]|log-?in|sign-?in|/auth|/me\b|user|profile|account|whoami'
)


def is_telling(text: str) -> bool:
    """Whether a line holds a word that stands for something in the tables."""
    lowered = text.encode("utf-8", "replace").translate(_LOWERED)
    return b"sess" in lowered or b"rror" in lowered or b"xcept" in lowered or not _WORDS.isdisjoint(lowered.split())


def is_telling_record(text: str) -> bool:
    """Whether a JSON record is worth reading."""
    return is_telling(text) or _JSON_REQUEST.search(text) is not None

"""Finds, in large blocks of a log, the lines that can mean something: hyperscan, over patterns made of the same tables.

A pattern may find too much, never too little: what it finds is read line by line like any other. A quote may stand behind
backslashes, because lines inside JSON have theirs escaped.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sessile.doctor.evidence.log_patterns import DEBUG, ERRORS, NOISE, WARNINGS, Text
from sessile.doctor.evidence.log_source import Block

_AHEAD = re.compile(r"\(\?!(?:[^()]|\([^()]*\))*\)")
_SIGN = re.compile(r"[.^$*+?()\[\]{}|\\]")

_SAID = (
    rf"express-session (?:{'|'.join(phrase for phrase, _ in DEBUG)})",
    r"session stopped at |session keys|\\*\"station\\*\"",
    r"Session table exists and is properly|Session data corrupted",
    r"(?i)session table creation |creat(?:e|ing) (?:the )?session table",
    r"(?i)session save|(?:error saving|failed to save|could not save)(?: the| user)? session",
    r"(?i)failed (?:[\w-]+ ){0,3}session",
    r"[Ee]rror|ERROR|[Ee]xception|EXCEPTION|Traceback",
    r"SQLSTATE|sqlstate|(?:FATAL|PANIC): ",
    r"[cC]ode\\*[\"']?[:=] ?\\*[\"']?(?:[0-9][0-9A-Z]{4}|[A-Z][0-9A-Z_]{4,})",
    r"\((?:[0-9][0-9A-Z]{4}|E[A-Z]{4,}|POOL_[A-Z]+)\)\r?$",
    r"psycopg|asyncpg",
)
_LIFE = (
    r"(?i)(?:running|listening|started|serving|ready|live|[^a-z]up)[^\n]{0,40}[^a-z](?:on|at)[^a-z]",
    r"Node\.js v[0-9]|app crashed|failed to boot|xited with (?:status|code)|State changed from",
    r"Server (?:stopped|closed)|Finished server process|Shutting down: Master",
    r"\[nodemon\]|==> |Starting process with|Started (?:server|parent|reloader)|Starting gunicorn|Booting worker|App \[",
    r"Starting development|> [^ \n]+@[^ \n]+ (?:start|dev|serve|prod)",
    r"> (?:\w+=\S+ ){0,4}(?:node|nodemon|tsx|ts-node|bun|next|nest|cross-env)",
    r"(?i)application start|application successfully|service is live|ready in [0-9]",
)
_OPENS_RECORD = (r"\{\r?$",)
_PERSONAL = r"/(?:me|whoami|profile|account|user|userinfo|current[-_]?user|session|users?/current|auth/status|auth/check)/?"
_STATUS = r"(?:20[0-9]|304)(?:[^0-9]|$)"
_NAMED_STATUS = r"tatus(?:_?code)?\\*\"?[:=] ?\\*\"?"
_COLOURED = r"(?:[^0-9A-Za-z\n]|[0-9;]+m|u001[bB])+"
_ANSWER = (
    rf"(?: (?:HTTP/)?[1-3][0-9.]*)?{_COLOURED}(?:status[ :=]+)?{_STATUS}",
    rf"(?:\\*\"|[ \t](?:[^h0-9 :>=-]|h[^t]|ht[^t]|htt[^p]|http[^/]))[^\n]*{_NAMED_STATUS}{_STATUS}",
)
_REQUESTS = (
    r"(?:^|[^0-9.:])401(?:[^0-9]|$)",
    r"[^ 0-9\n] 5[0-9][0-9][^0-9]",
    r" 5[0-9][0-9] [0-9]{1,6}(?:\.[0-9]{1,3})? ?ms| 5[0-9][0-9]\r?$",
    r"tatus(?:_?[cC]ode)?\\*\"?[:=] ?\\*\"?(?:401|5[0-9][0-9])",
    r"(?i)/[^ \"?\n]*(?:log|sign)[-_]?in[ \"?/\\]",
    r"(?i)/(?:auth|authenticate|authentication|sessions?|callback/credentials)/?[ \"?\\]",
    rf"(?i){_PERSONAL}(?:\?[^ \"\n]*)?(?:{'|'.join(_ANSWER)})",
    rf"(?i){_NAMED_STATUS}(?:20[0-9]|304)[^0-9][^\n]*{_PERSONAL}[ \"?\\]",
)


def _pattern(text: Text) -> str:
    """One text of the tables as a pattern. What must not follow is left out, and so are the bounds of words."""
    if text.pattern is None:
        return _with_escaped_quotes(_SIGN.sub(r"\\\g<0>", text.needle))
    plain = _AHEAD.sub("", text.pattern.pattern)
    for written, meant in ((r"\b", ""), (r"\"", '"'), ("[^;]", r"[^;\n]"), ("[^']", r"[^'\n]")):
        plain = plain.replace(written, meant)
    return _with_escaped_quotes(plain)


def _with_escaped_quotes(pattern: str) -> str:
    return r'[^"\n]+'.join(part.replace('"', r'\\*"') for part in pattern.split('[^"]+'))


_OF_TABLES = tuple(dict.fromkeys(map(_pattern, (*ERRORS, *WARNINGS, NOISE))))
PATTERNS = tuple(pattern.replace(r"\"", '"') for pattern in (*_OF_TABLES, *_SAID, *_OPENS_RECORD, *_LIFE, *_REQUESTS))
"""Every pattern, in the syntax that hyperscan and ripgrep share: those of starts and ends, and of requests, stand last."""

FIRST_REQUEST = len(PATTERNS) - len(_REQUESTS)
FIRST_OF_LIFE = FIRST_REQUEST - len(_LIFE)
REFUSED = frozenset((FIRST_REQUEST, FIRST_REQUEST + 3))
LET_IN = frozenset((len(PATTERNS) - 2, len(PATTERNS) - 1))
KEPT = 4


@dataclass(frozen=True, slots=True)
class Hits:
    """What was found: by pattern how often, and the first places, each the end of what matched and the pattern."""

    counts: dict[int, int]
    places: list[tuple[int, int]]

    @property
    def starts(self) -> list[int]:
        """Where a process starts or ends."""
        return [end for end, number in self.places if FIRST_OF_LIFE <= number < FIRST_REQUEST]


class Sieve:
    """All patterns, compiled once to find every place; and without some of them, to find the first of each block only."""

    def __init__(self, hyperscan: Any) -> None:
        self._hyperscan = hyperscan
        self._every = self._compiled(range(len(PATTERNS)), hyperscan.HS_FLAG_MULTILINE)
        self._without: dict[frozenset[int], Any] = {}

    def hits(self, block: Block, limits: Sequence[int]) -> Hits:
        """Look through whole lines; `limits` says of each pattern how many places are told at most, and all are counted."""
        return _found(self._every, block, limits)

    def first_hits(self, block: Block, limits: Sequence[int], but: frozenset[int]) -> Hits:
        """Look through whole lines for the first place of each pattern, `but` for these patterns."""
        database = self._without.get(but)
        if database is None:
            if len(self._without) >= KEPT:
                del self._without[next(iter(self._without))]
            others = [number for number in range(len(PATTERNS)) if number not in but]
            database = self._compiled(others, self._hyperscan.HS_FLAG_MULTILINE | self._hyperscan.HS_FLAG_SINGLEMATCH)
            self._without[but] = database
        return _found(database, block, limits)

    def _compiled(self, numbers: Sequence[int], flags: int) -> Any:
        database = self._hyperscan.Database(mode=self._hyperscan.HS_MODE_BLOCK)
        expressions = [PATTERNS[number].encode() for number in numbers]
        database.compile(expressions=expressions, ids=list(numbers), flags=[flags] * len(numbers))
        return database


def _found(database: Any, block: Block, limits: Sequence[int]) -> Hits:
    places: list[tuple[int, int]] = []
    room, start = list(limits), block.start

    def found(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
        left = room[number] = room[number] - 1
        if left >= 0:
            places.append((start + end, number))

    database.scan(memoryview(block.data)[start : block.stop], match_event_handler=found)
    if not places and room == limits:
        return Hits({}, [])
    places.sort()
    return Hits({number: limit - room[number] for number, limit in enumerate(limits) if limit > room[number]}, places)


@cache
def sieve() -> Sieve | None:
    """The sieve, or None where hyperscan is not installed: then every line is read."""
    try:
        import hyperscan
    except ImportError:
        return None
    return Sieve(hyperscan)

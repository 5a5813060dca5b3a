"""A HAR read piece by piece: its entries, as far as they are whole, and what stands around them."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from msgspec import MsgspecError

from sessile.doctor.evidence.har.schema import ENTRIES, ENTRY, Entry, mended
from sessile.doctor.facts.wire import Gap

WINDOW: Final = 1 << 18
"""Octets that are looked at together: few enough that the allocator keeps them at hand."""
LARGEST: Final = 32 << 20
"""Octets of an entry, or of anything beside the entries; a larger one is left out."""
MOST_GAPS: Final = 100
MOST_OPENINGS: Final = 8

_SEPARATORS: Final = re.compile(rb"[\s,]*")
_CALL: Final = re.compile(rb"\s*[\w$.]{1,80}\s*\(\s*(?=\{)")
_FIRST_KEY: Final = re.compile(rb'\{\s*"[^"\\]{1,80}"')
_UNREADABLE: Final = (ValueError, RecursionError, MsgspecError)


class Malformed(Exception):
    """The document is no JSON from here on, or no HAR; the message completes "because ..."."""


class BrokenOff(Exception):
    """The document ends before it should."""


class Document:
    """Reads one HAR, once, in bounded memory.

    `around` is what stood beside the entries, by key: creator, browser, pages. `read` is how many entries were met, those among
    `gaps` included, which could not be read.
    """

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self.around: dict[str, Any] = {}
        self.gaps: list[Gap] = []
        self.read = 0
        self.has_entries = False
        self.begins_with = b""
        self._chunks = chunks
        self._data = bytearray()
        self._ended = False
        # `{` and the first key of entries. A JSON string holds no bare quote, so that these bytes occur only where objects begin.
        self._openings: list[bytes] = []
        # Structure is ASCII: read as latin-1, places in the text are places in the bytes.
        self._structure = json.JSONDecoder(strict=False)

    def entries(self) -> Iterator[tuple[int, Entry]]:
        """Each entry with its number in the array. Raises Malformed or BrokenOff after the last one that is whole."""
        self._grow(WINDOW)
        call = _CALL.match(self._data)
        if call:
            self._drop(call.end())
        self.begins_with = self._next()
        if self.begins_with != b"{":
            raise Malformed("it does not begin with {")
        yield from self._object(outermost=True)

    def _object(self, *, outermost: bool) -> Iterator[tuple[int, Entry]]:
        self._drop(1)
        while (mark := self._next()) != b"}":
            if mark != b'"':
                raise Malformed("a key is missing") if mark else BrokenOff
            key = self._value()
            if self._next() != b":":
                raise BrokenOff if self._ended and not self._data else Malformed("a colon is missing")
            self._drop(1)
            mark = self._next()
            if key == "log" and outermost and mark == b"{":
                yield from self._object(outermost=False)
            elif key == "entries" and mark == b"[":
                self.has_entries = True
                yield from self._array()
            else:
                value = self._value()
                if key in ("creator", "browser", "pages"):
                    self.around[key] = value
        self._drop(1)

    def _array(self) -> Iterator[tuple[int, Entry]]:
        self._drop(1)
        while (mark := self._next()) != b"]":
            if not mark:
                raise BrokenOff
            self._grow(WINDOW)
            end = self._boundary()
            batch = self._batch(end) if end else None
            if batch is None:
                yield from self._one_by_one(end)
                continue
            self._drop(end)
            for entry in batch:
                yield self.read, entry
                self.read += 1
        self._drop(1)

    def _boundary(self) -> int:
        """Where in the window the last entry begins, as far as can be told without reading; 0 if that is the first one.

        The window grows until it holds the beginning of a second one, so that no large entry is read in vain.
        """
        while not (found := max((0, *(self._data.rfind(opening, 1) for opening in self._openings)))):
            if self._ended or not self._openings or len(self._data) >= LARGEST:
                break
            self._grow(min(2 * len(self._data), LARGEST))
        return found

    def _batch(self, end: int) -> list[Entry] | None:
        """The entries up to there, None if not all of them are as they should be."""
        comma = self._data.rfind(b",", 0, end)
        if comma < 0 or self._data[comma + 1 : end].strip():
            return None
        with memoryview(self._data) as data:
            batch = b"".join((b"[", data[:comma], b"]"))
        try:
            return ENTRIES.decode(batch)
        except _UNREADABLE:
            return None

    def _one_by_one(self, limit: int) -> Iterator[tuple[int, Entry]]:
        """Each whole entry that begins before the limit, or in the window if there is none. What is unreadable becomes a gap."""
        text = self._data.decode("latin-1")
        place = 0
        while place < (limit or len(text)) and text[place] != "]":
            end = self._end_of_value(text, place)
            if not end:
                break
            if entry := self._entry(bytes(self._data[place:end])):
                yield self.read, entry
            self.read += 1
            place = self._after_separators(end)
        self._drop(place)
        if place == 0 and (self._ended or len(self._data) >= LARGEST):
            self._pass_over()
        elif place == 0:
            self._grow(min(2 * len(self._data), LARGEST))

    def _end_of_value(self, text: str, place: int) -> int:
        """Where a value ends, 0 if it does not, or is no JSON. Its first key is remembered: other entries begin with it, too."""
        found = _FIRST_KEY.match(self._data, place)
        if found and found[0] not in self._openings and len(self._openings) < MOST_OPENINGS:
            self._openings.append(found[0])
        try:
            return self._structure.raw_decode(text, place)[1]
        except (ValueError, RecursionError):
            return 0

    def _entry(self, text: bytes) -> Entry | None:
        try:
            return ENTRY.decode(text)
        except _UNREADABLE:
            pass
        try:
            return mended(text)
        except _UNREADABLE:
            self._gap("it is not as HAR 1.2 prescribes")
            return None

    def _gap(self, why: str) -> None:
        if len(self.gaps) < MOST_GAPS:
            self.gaps.append(Gap(f"entries[{self.read}]", why))

    def _pass_over(self) -> None:
        """Leave out an entry that is no JSON, or too large for the window. Raises Malformed or BrokenOff if none follows."""
        why = "it is no JSON, or nested too deeply" if self._ended else f"it is larger than {LARGEST >> 20} MB, or no JSON"
        if len(self.gaps) >= MOST_GAPS:
            raise Malformed("too much of it is no JSON")
        too_large, start = not self._ended, 1
        while (place := self._next_opening(start)) < 0:
            if self._ended or not self._openings:
                raise Malformed(why) if too_large else BrokenOff
            start = 0
            self._drop(len(self._data) - max(map(len, self._openings)))
            self._grow(WINDOW)
        self._drop(place)
        self._gap(why)
        self.read += 1

    def _next_opening(self, start: int) -> int:
        places = [self._data.find(opening, start) for opening in self._openings]
        return min((place for place in places if place >= 0), default=-1)

    def _value(self) -> Any:
        """Any value, taken from the window."""
        while True:
            text = self._data.decode("latin-1")
            try:
                _, end = self._structure.raw_decode(text)
            except RecursionError as error:
                raise Malformed("it is nested too deeply") from error
            except ValueError as error:
                if self._ended:
                    raise BrokenOff from error
                if len(self._data) >= LARGEST:
                    raise Malformed(f"something in it is larger than {LARGEST >> 20} MB, or no JSON") from error
                self._grow(min(2 * len(self._data), LARGEST))
            else:
                value = json.loads(self._data[:end].decode("utf-8", "replace"), strict=False)
                self._drop(end)
                return value

    def _next(self) -> bytes:
        """The next byte that is no white space and no comma, b"" at the end."""
        while True:
            self._drop(self._after_separators(0))
            if self._data or self._ended:
                return bytes(self._data[:1])
            self._grow(WINDOW)

    def _after_separators(self, place: int) -> int:
        found = _SEPARATORS.match(self._data, place)
        return found.end() if found else place

    def _grow(self, size: int) -> None:
        while len(self._data) < size and not self._ended:
            chunk = next(self._chunks, b"")
            self._ended = not chunk
            self._data += chunk

    def _drop(self, size: int) -> None:
        del self._data[:size]

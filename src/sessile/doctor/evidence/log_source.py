"""A log's bytes as lines of text, whatever its encoding, its size and its damage."""

import codecs
import os
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from sessile.doctor.evidence.opening import EvidenceError, opened
from sessile.doctor.evidence.watch import Watch

CHUNK = 1 << 20
LINE_LIMIT = 1 << 16

_GZIP = b"\x1f\x8b\x08"
_PACKED = {b"PK\x03\x04": "zip", b"\xfd7zXZ\x00": "xz", b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bzip2"}
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_TEXT_CONTROLS = b"\0\b\t\n\f\r\x1b"
_CONTROLS = bytes(byte for byte in range(32) if byte not in _TEXT_CONTROLS)


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines: those of `data` from `start` up to `stop`."""

    data: bytes
    start: int
    stop: int


class LogSource:
    """The text of one log, read once, in bounded memory; `older` are the files that were moved away, the oldest first.

    `cut_off` turns true when a line was longer than 64 KiB, when the log broke off while it was unpacked or read, when an older
    file cannot be read, or when `watch` asked for an end.
    """

    def __init__(self, name: str, stream: BinaryIO, watch: Watch | None = None, older: Sequence[Path] = ()) -> None:
        self.name = name
        self.cut_off = False
        self._stream = stream
        self._older = older
        self._watch = watch or Watch()
        self._done = 0
        self._total = _size(stream) + sum(map(_size_of, older))

    @property
    def is_ended(self) -> bool:
        """Whether somebody asked for an end; what is not read by then is cut off."""
        self.cut_off |= self._watch.stopped
        return self._watch.stopped

    def blocks(self) -> Iterator[Block]:
        """Whole lines, many at a time.

        Raises EvidenceError if the log is no text or cannot be read.
        """
        for path in self._older:
            yield from self._blocks_of_older(path)
            if self.is_ended:
                return
        yield from _whole_lines(self._text(self._stream))

    def lines(self, block: Block) -> list[str]:
        """The lines of a block, without their ends."""
        lines = _decoded(block.data[block.start : block.stop]).split("\n")
        if lines[-1] == "":
            lines.pop()
        if max(map(len, lines), default=0) > LINE_LIMIT:
            self.cut_off = True
            lines = [line[:LINE_LIMIT] for line in lines]
        return lines

    def line(self, raw: bytes) -> str:
        """One line of a block, without its end."""
        text = _decoded(raw).removesuffix("\r")
        if len(text) > LINE_LIMIT:
            self.cut_off = True
        return text[:LINE_LIMIT]

    def _blocks_of_older(self, path: Path) -> Iterator[Block]:
        try:
            with opened(path, None, "a log file") as stream:
                yield from _whole_lines(self._text(stream))
        except EvidenceError:
            self.cut_off = True

    def _text(self, stream: BinaryIO) -> Iterable[bytes]:
        chunks = self._unpacked(stream)
        head = next(chunks, b"")
        for magic, name in _PACKED.items():
            if head.startswith(magic):
                raise EvidenceError(f"{self.name} is packed with {name}: unpack it first, or pipe the text in with -")
        if head.startswith(_UTF16):
            return _from_utf16(chain([head], chunks))
        if _is_binary(head[:LINE_LIMIT]):
            raise EvidenceError(f"{self.name} is no text: name a log, as the service or its platform prints it")
        text = chain([head.removeprefix(codecs.BOM_UTF8)], chunks)
        return (chunk.replace(b"\r", b"\n") for chunk in text) if b"\r" in head and b"\n" not in head else text

    def _unpacked(self, stream: BinaryIO) -> Iterator[bytes]:
        chunks = self._chunks(stream)
        head = next(chunks, b"")
        if not head.startswith(_GZIP):
            yield from chain([head], chunks)
            return
        try:
            yield from _gunzip(chain([head], chunks))
        except (zlib.error, EOFError):
            self.cut_off = True

    def _chunks(self, stream: BinaryIO) -> Iterator[bytes]:
        self._watch.note(self.name, self._done, self._total)
        try:
            while chunk := stream.read(CHUNK):
                self._done += len(chunk)
                self._watch.note(self.name, self._done, self._total)
                yield chunk
                if self.is_ended:
                    return
        except OSError as error:
            raise EvidenceError(f"{self.name} cannot be read: {error.strerror or error}") from error


def _size(stream: BinaryIO) -> int:
    """How many bytes there are in all, 0 where nobody knows before the end."""
    try:
        return os.fstat(stream.fileno()).st_size
    except OSError:
        return 0


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _gunzip(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The content of all members of a gzip file (RFC 1952). Raises zlib.error if it is damaged, EOFError if it breaks off."""
    member = zlib.decompressobj(wbits=31)
    whole = False
    for chunk in chunks:
        data = chunk
        while data:
            yield member.decompress(data, CHUNK)
            whole = member.eof
            data = member.unused_data if whole else member.unconsumed_tail
            member = zlib.decompressobj(wbits=31) if whole else member
    if not whole:
        raise EOFError


def _from_utf16(chunks: Iterable[bytes]) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder("utf-16")("replace")
    for chunk in chunks:
        yield decoder.decode(chunk).encode("utf-8", "replace")


def _is_binary(head: bytes) -> bool:
    """Whether these bytes are no text. Runs of NUL alone are not proof: a log that was truncated in place begins with them."""
    text = head.replace(b"\0", b"")
    controls = len(text) - len(text.translate(None, _CONTROLS))
    return bool(head) and (not text or controls > 0.05 * len(text))


def _whole_lines(chunks: Iterable[bytes]) -> Iterator[Block]:
    """Blocks that end where a line ends. Of a line longer than a block only its beginning is kept."""
    rest = b""
    for chunk in chunks:
        end = chunk.rfind(b"\n") + 1
        if not end:
            rest += chunk[: max(0, CHUNK - len(rest))]
            continue
        start = chunk.find(b"\n") + 1 if rest else 0
        if rest:
            line = rest + chunk[:start]
            yield Block(line, 0, len(line))
        if start < end:
            yield Block(chunk, start, end)
        rest = chunk[end:]
    if rest:
        yield Block(rest, 0, len(rest))


def _decoded(block: bytes) -> str:
    try:
        text = block.decode()
    except UnicodeDecodeError:
        text = "\n".join(_decoded_line(line) for line in block.split(b"\n"))
    if "\0" in text:
        text = text.replace("\0", "")
    return text.replace("\r\n", "\n") if "\r" in text else text


def _decoded_line(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        cut = len(line) > LINE_LIMIT and error.start > len(line) - 4
        return line.decode(errors="ignore") if cut else line.decode("latin-1")

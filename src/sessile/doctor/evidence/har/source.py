"""The bytes of a recording as UTF-8, whatever they are packed and encoded with."""

import codecs
import zlib
from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO

from sessile.doctor.evidence.opening import EvidenceError

CHUNK = 1 << 18

_PACKED = {b"PK\x03\x04": "zip", b"\xfd7zXZ\x00": "xz", b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bzip2", b"7z\xbc\xaf": "7z"}
# 0x78 begins a zlib stream, as mitmproxy writes .zhar; what follows is the checked level of compression (RFC 1950).
_DEFLATED = (b"\x1f\x8b\x08", b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_UTF16 = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16", b"{\0": "utf-16-le", b"\0{": "utf-16-be"}


def chunks_of(name: str, stream: BinaryIO) -> Iterator[bytes]:
    """The text in pieces, as UTF-8 without a mark. What is packed and breaks off gives what came before.

    Raises EvidenceError if it is empty, packed otherwise than with gzip or zlib, or cannot be read.
    """
    chunks = _unpacked(name, _chunks(name, stream))
    head = next(chunks, b"")
    if not head.strip():
        raise EvidenceError(f"{name} is empty: export the recording again")
    for magic, program in _PACKED.items():
        if head.startswith(magic):
            raise EvidenceError(f"{name} is packed with {program}: unpack it, and name the .har file in it")
    encoding = next((encoding for mark, encoding in _UTF16.items() if head.startswith(mark)), "")
    text = chain([head.removeprefix(codecs.BOM_UTF8)], chunks)
    yield from _transcoded(text, encoding) if encoding else text


def _chunks(name: str, stream: BinaryIO) -> Iterator[bytes]:
    try:
        while chunk := stream.read(CHUNK):
            yield chunk
    except OSError as error:
        raise EvidenceError(f"{name} cannot be read: {error.strerror or error}") from error


def _unpacked(name: str, chunks: Iterator[bytes]) -> Iterator[bytes]:
    head = next(chunks, b"")
    if not head.startswith(_DEFLATED):
        yield from chain([head], chunks)
        return
    unpacked = False
    try:
        for piece in _inflated(chain([head], chunks)):
            unpacked = unpacked or bool(piece)
            yield piece
    except zlib.error as error:
        if not unpacked:
            raise EvidenceError(f"{name} looks packed with gzip, but cannot be unpacked: export the recording again") from error


def _inflated(chunks: Iterator[bytes]) -> Iterator[bytes]:
    either_format = 47
    member = zlib.decompressobj(wbits=either_format)
    for chunk in chunks:
        data = chunk
        while data:
            yield member.decompress(data, CHUNK)
            data = member.unused_data if member.eof else member.unconsumed_tail
            member = zlib.decompressobj(wbits=either_format) if member.eof else member


def _transcoded(chunks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for chunk in chunks:
        yield decoder.decode(chunk).encode("utf-8", "replace")

"""Arrays as PostgreSQL reads them, one a column of what is wanted: the driver's own way of writing one costs as much as all the
rest.
"""

from collections.abc import Iterable, Sequence
from struct import Struct

from psycopg.pq import Format

Column = Sequence[str | int | None]
"""Either text or integers, and None for what is not there."""

TEXT, BIGINT = 25, 20
"""The types' numbers (`pg_type.dat`)."""

_HEAD = Struct("!iiIii")
_INTEGER = Struct("!iq")
_LENGTH = Struct("!i").pack
_NULL = _LENGTH(-1)


def in_text(values: Iterable[str | int | None]) -> str:
    """As a literal (manual, 8.15.6)."""
    return "{" + ",".join([_element(value) for value in values]) + "}"


def in_binary(values: Column, encoding: str) -> bytes:
    """As `array_recv` reads one (`arrayfuncs.c`): `text[]` in the client's encoding, or `bigint[]`; nothing has to be escaped.

    Raises UnicodeEncodeError for text that the encoding does not have.
    """
    kind = BIGINT if isinstance(values[0], int) else TEXT
    head = _HEAD.pack(1, int(None in values), kind, len(values), 1)
    return head + b"".join(_integers(values) if kind == BIGINT else _texts(values, encoding))


def parameters(values: Sequence[str | Column], encoding: str) -> tuple[list[bytes], list[int]]:
    """Values as libpq takes them: texts as they are, columns in binary, an empty one as its literal; and the format of each."""
    plain = [value if isinstance(value, str) else "{}" if not value else None for value in values]
    written = [
        in_binary(value, encoding) if text is None else text.encode(encoding) for text, value in zip(plain, values, strict=True)
    ]
    return written, [Format.BINARY if text is None else Format.TEXT for text in plain]


def texts(values: Sequence[str | Column]) -> tuple[str, ...]:
    """Values as the driver's own cursor sends them cheaply: columns as literals."""
    return tuple(value if isinstance(value, str) else in_text(value) for value in values)


def _element(value: str | int | None) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return "NULL" if value is None else str(value)


def _integers(values: Column) -> list[bytes]:
    return [_NULL if value is None else _INTEGER.pack(8, value) for value in values]


def _texts(values: Column, encoding: str) -> list[bytes]:
    texts = [None if value is None else str(value).encode(encoding) for value in values]
    return [_NULL if text is None else _LENGTH(len(text)) + text for text in texts]

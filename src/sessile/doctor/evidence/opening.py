"""What was given as evidence is opened: a stream, standard input, or a file."""

import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import BinaryIO


class EvidenceError(ValueError):
    """Something given as evidence cannot be read; the message is one line that says what is wrong and what to do."""


class NotEvidence(ValueError):
    """A WHAT that nothing can be learned from; the message is one line that says why and what to give instead."""


def opened(path: Path | str, stream: BinaryIO | None, kind: str, *, buffering: int = -1) -> AbstractContextManager[BinaryIO]:
    """The bytes of `stream` where it is given, of standard input for `-`, else of the file; `kind` is what to name, "a log file".

    Raises EvidenceError if there is no such file or it cannot be opened.
    """
    if stream is not None:
        return nullcontext(stream)
    if str(path) == "-":
        return nullcontext(sys.stdin.buffer)
    try:
        return Path(path).open("rb", buffering=buffering)
    except IsADirectoryError as error:
        raise EvidenceError(f"{path} is a folder: name {kind} in it") from error
    except FileNotFoundError as error:
        raise EvidenceError(f"{path} does not exist: name {kind}, or - for standard input") from error
    except PermissionError as error:
        raise EvidenceError(f"{path} may not be read by this user: make it readable, or pipe it in with -") from error
    except (OSError, ValueError) as error:
        raise EvidenceError(f"cannot open {str(path)[:80]!r}: {getattr(error, 'strerror', None) or error}") from error

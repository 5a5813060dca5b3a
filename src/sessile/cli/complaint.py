"""What went wrong, in one line: what it was, and what to do."""

import errno
import traceback
from pathlib import Path

import typer

from sessile.cli import INTERRUPTED

CRASH = "this is a bug in sessile, please report it"
USAGE = 2
READER_GONE = 141
NOWHERE = "standard output is closed: there is nowhere to write to"
UNWRITTEN = (errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
"""What writing fails with; the name of the file is not told."""


def in_one_line(error: BaseException) -> tuple[str, int]:
    """The line, without a secret, and the exit status. What it takes is imported only when something went wrong."""
    import psycopg

    from sessile.doctor.evidence.cookie import NotACookie
    from sessile.doctor.evidence.opening import EvidenceError
    from sessile.doctor.evidence.sorting import NotEvidence
    from sessile.doctor.masking import excerpt
    from sessile.errors import SessileError
    from sessile.stores.postgres.address import AddressError

    match error:
        case KeyboardInterrupt() | typer.Abort():
            return "interrupted", INTERRUPTED
        case BrokenPipeError():
            return "the reader of the output went away", READER_GONE
        case NotEvidence() | EvidenceError() | NotACookie() | AddressError() | SessileError():
            return _one_line(str(error)), USAGE
        case typer.TyperException():
            return excerpt(f"{error.format_message()} (--help shows what is taken)"), USAGE
        case psycopg.Error():
            return excerpt(f"the database refused: {error}"), USAGE
        case OSError(strerror=str() as why, filename=str() as name):
            return excerpt(f"{name}: {why.lower()}"), USAGE
        case OSError(errno=number, strerror=str() as why) if number in UNWRITTEN:
            return f"the output could not be written: {why.lower()}", USAGE
        case _:
            return f"{CRASH}: {type(error).__name__} in {_place(error)}", USAGE


def _one_line(text: str) -> str:
    from sessile.doctor.report.page import printable

    return printable(" ".join(text.split()))


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "sessile" in Path(frame.filename).parts] or list(frames)
    return f"{Path(own[-1].filename).name}, line {own[-1].lineno}" if own else "an unknown place"

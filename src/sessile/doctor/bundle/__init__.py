"""A bundle: all that a diagnosis rests on, in one file that holds no secret, for somebody else to diagnose."""

import json
import lzma
import zipfile
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import msgspec

from sessile.doctor.bundle.codec import Malformed, built, plain
from sessile.doctor.bundle.pseudonyms import Pseudonyms
from sessile.doctor.evidence.opening import EvidenceError
from sessile.doctor.facts import Facts

VERSION: Final = 1
LARGEST: Final = 64_000_000
"""Octets that a bundle's facts have at most, unpacked."""
LARGEST_PICTURE: Final = 16_000_000
MAGIC: Final = b"PK\x03\x04"
PNG: Final = b"\x89PNG\r\n\x1a\n"
_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,
)
"""What reading a damaged archive raises."""
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)

_FACTS, _REPORT, _PICTURE, _README = "facts.json", "report.json", "page.png", "README.txt"
_SAYS: Final = """What sessile's doctor saw, for somebody else to diagnose: sessile doctor {name}

facts.json    what was seen; cookie values, secrets, ids and the queries of URLs are replaced by stand-ins that open nothing
report.json   what the doctor said of it
page.png      only where --screenshot was given: the page that the user was left with, as it looked

Host names, file names as they were given, names of tables and columns, times and masked log lines are in it.
Look it through before you pass it on.
"""


@dataclass(frozen=True, slots=True)
class Bundle:
    """What is packed: the facts, what was looked at, and what could not be; `made_by` is the version of sessile."""

    facts: Facts
    looked_at: tuple[str, ...]
    failures: tuple[str, ...]
    picture: bytes = b""
    made_by: str = ""


def write(path: Path, bundle: Bundle, report: Mapping[str, Any]) -> None:
    """Write it, all or nothing. Raises OSError if the file cannot be written."""
    document = {
        "version": VERSION,
        "made_by": version("sessile"),
        "looked_at": bundle.looked_at,
        "failures": bundle.failures,
        "facts": plain(Pseudonyms().of(bundle.facts)),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, _README, _SAYS.format(name=path.name).encode())
        _add(archive, _FACTS, msgspec.json.format(msgspec.json.encode(document), indent=1))
        _add(archive, _REPORT, json.dumps(report, indent=1).encode())
        if bundle.picture:
            _add(archive, _PICTURE, bundle.picture)


def read(path: Path) -> Bundle:
    """The bundle. Raises EvidenceError, in one line, for what is none, is broken, or is of another version's making."""
    document = _document(path)
    made_by = document.get("made_by")
    made_by = made_by if isinstance(made_by, str) and len(made_by) < 40 and made_by.isprintable() else "an unknown version"
    if document.get("version") != VERSION:
        raise EvidenceError(
            f"{path} is a bundle of sessile {made_by}, of a format that this version does not read: {_with(made_by)}"
        )
    try:
        facts = built(document.get("facts"), Facts)
        looked_at, failures = (built(document.get(name), tuple[str, ...]) for name in ("looked_at", "failures"))
    except Malformed as error:
        raise EvidenceError(
            f"{path} is a bundle of sessile {made_by}, and this version does not know what stands at {error}: {_with(made_by)}"
        ) from error
    return Bundle(facts, looked_at, failures, _picture(path), made_by)


def recognised(path: Path) -> bool:
    """Whether a file is a zip archive, by its beginning; what is in it is told by `read`."""
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def _document(path: Path) -> dict[str, Any]:
    try:
        with zipfile.ZipFile(path) as archive, archive.open(_FACTS) as file:
            text = file.read(LARGEST + 1)
        document = msgspec.json.decode(text) if len(text) <= LARGEST else None
    except KeyError as error:
        raise EvidenceError(
            f"{path} is a zip archive, but no bundle of sessile's: it holds no {_FACTS}; name the files in it, unpacked"
        ) from error
    except (*_BROKEN, msgspec.DecodeError) as error:
        raise EvidenceError(f"{path} is broken: have the bundle made again, or sent again") from error
    if not isinstance(document, dict):
        raise EvidenceError(f"{path} is no bundle of sessile's: its facts are {'no object' if text else 'missing'}")
    return document


def _picture(path: Path) -> bytes:
    with suppress(KeyError, *_BROKEN), zipfile.ZipFile(path) as archive, archive.open(_PICTURE) as file:
        picture = file.read(LARGEST_PICTURE)
        return picture if picture.startswith(PNG) else b""
    return b""


def _with(made_by: str) -> str:
    return f'use the same one, uvx --from "sessile[doctor]=={made_by}" sessile doctor ...'


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)

"""Rotates the secret in a .env file, in steps that each keep every session and can each be taken back.

Two variables are enough: the secret signs, and what stands under `..._PREVIOUS` only verifies. First the new secret is
accepted and the old one signs; then they change places; then the old one goes. Only these two lines of the file change.
"""

import os
import re
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sessile.doctor.evidence import dotenv
from sessile.doctor.evidence.environment import SIGNING_NAMES
from sessile.doctor.fixes.result import FixRefused

ELSEWHERE = ("SESSION_SECRETS", "SESSION_SECRET_FILE")
BACKUP = ".sessile-backup"

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Stage(StrEnum):
    """How far a rotation has come."""

    SINGLE = "there is one secret"
    ACCEPTED = "the new secret is accepted, the old one signs"
    SIGNING = "the new secret signs, the old one is accepted"


@dataclass(frozen=True, slots=True)
class Line:
    """The line of one variable, as bytes: what stands before the value, the value as it is written, and where the line is."""

    start: int
    head: bytes
    value: bytes
    end: int

    @classmethod
    def of(cls, content: bytes, name: str) -> "Line | None":
        """The only line that assigns that name, or None. Raises FixRefused if there are several."""
        pattern = rb"^((?:\xef\xbb\xbf)?[ \t]*(?:export[ \t]+)?" + name.encode() + rb"[ \t]*=[ \t]*)([^\r\n]*)(?:\r?\n)?"
        found = list(re.finditer(pattern, content, re.MULTILINE))
        if len(found) > 1:
            raise FixRefused(f"{name} stands in the file {len(found)} times: leave one line of it, then rotate")
        return cls(found[0].start(), found[0][1], found[0][2], found[0].end()) if found else None


@dataclass(frozen=True, slots=True)
class Rotation:
    """A .env file, the name of the secret in it, and how far its rotation has come."""

    path: Path
    name: str
    stage: Stage

    @property
    def previous(self) -> str:
        """The name of the secret that only verifies."""
        return f"{self.name}_PREVIOUS"

    @property
    def backup(self) -> Path:
        """The file as it was before the rotation; it holds the old secret."""
        return self.path.with_name(self.path.name + BACKUP)


def look(path: Path) -> Rotation:
    """How far the rotation of that file's secret has come. Follows symbolic links.

    Raises FixRefused if the file gives no secret that can be rotated here, OSError if it cannot be read.
    """
    path = path.resolve()
    content = path.read_bytes()
    name = _rotated(path, content)
    rotation = Rotation(path, name, Stage.SINGLE)
    previous = Line.of(content, rotation.previous)
    if previous is None:
        return rotation
    before = Line.of(rotation.backup.read_bytes(), name) if rotation.backup.exists() else None
    values = {_line(content, name).value: Stage.ACCEPTED, previous.value: Stage.SIGNING}
    if before is None or before.value not in values:
        raise FixRefused(
            f"{path.name} already has {rotation.previous}: sessions signed with it would be lost by another rotation."
            " Take it out once the longest maxAge is over, then rotate"
        )
    return Rotation(path, name, values[before.value])


def accept(rotation: Rotation, secret: str) -> Rotation:
    """Let the new secret verify while the old one signs. Raises FixRefused if a rotation is under way."""
    if rotation.stage is not Stage.SINGLE:
        raise FixRefused(f"a rotation of {rotation.path.name} is under way: {rotation.stage}")
    content = rotation.path.read_bytes()
    _replace(rotation, content, _with_previous(content, rotation, secret), keep_backup=True)
    return Rotation(rotation.path, rotation.name, Stage.ACCEPTED)


def sign(rotation: Rotation, secret: str) -> Rotation:
    """Let the new secret sign and the old one verify: the one accepted before, or else the one given.

    Raises FixRefused if the new one signs already.
    """
    if rotation.stage is Stage.SIGNING:
        raise FixRefused(f"{rotation.path.name} is rotated already: {rotation.stage}")
    content = rotation.path.read_bytes()
    started = rotation.stage is Stage.SINGLE
    accepting = _with_previous(content, rotation, secret) if started else content
    _replace(rotation, content, _exchanged(accepting, rotation), keep_backup=started)
    return Rotation(rotation.path, rotation.name, Stage.SIGNING)


def undo(rotation: Rotation) -> Rotation:
    """Take the last step back. Where the new secret signed it is still accepted, so that nobody is logged out.

    Raises FixRefused if no rotation is under way.
    """
    content = rotation.path.read_bytes()
    match rotation.stage:
        case Stage.SINGLE:
            raise FixRefused(f"no rotation of {rotation.path.name} is under way")
        case Stage.SIGNING:
            _replace(rotation, content, _exchanged(content, rotation))
            return Rotation(rotation.path, rotation.name, Stage.ACCEPTED)
        case Stage.ACCEPTED:
            return _without_previous(rotation, content)


def finish(rotation: Rotation) -> Rotation:
    """Take the old secret out, and the backup with it. Raises FixRefused unless the new one signs."""
    if rotation.stage is not Stage.SIGNING:
        raise FixRefused(f"the rotation of {rotation.path.name} is not at its end: {rotation.stage}")
    return _without_previous(rotation, rotation.path.read_bytes())


def _rotated(path: Path, content: bytes) -> str:
    for elsewhere in ELSEWHERE:
        if Line.of(content, elsewhere):
            raise FixRefused(f"{path.name} has {elsewhere}: rotate there by hand, the new secret first and the old one after it")
    for name in SIGNING_NAMES:
        line = Line.of(content, name)
        if line and line.value.strip(b" \t'\""):
            return name
    raise FixRefused(f'{path.name} sets no session secret: echo "SESSION_SECRET=$(sessile secret new)" >> {path.name}')


def _line(content: bytes, name: str) -> Line:
    line = Line.of(content, name)
    if line is None:
        raise FixRefused(f"{name} is gone from the file")
    return line


def _with_previous(content: bytes, rotation: Rotation, secret: str) -> bytes:
    line = _line(content, rotation.name)
    mark = _BYTE_ORDER_MARK if line.head.startswith(_BYTE_ORDER_MARK) else b""
    head = line.head.removeprefix(mark).replace(rotation.name.encode(), rotation.previous.encode())
    end = b"\r\n" if b"\r\n" in content else b"\n"
    start = line.start + len(mark)
    return content[:start] + head + secret.encode() + end + content[start:]


def _exchanged(content: bytes, rotation: Rotation) -> bytes:
    first, second = sorted((_line(content, rotation.name), _line(content, rotation.previous)), key=lambda line: line.start)
    between = content[first.start + len(first.head) + len(first.value) : second.start]
    rest = content[second.start + len(second.head) + len(second.value) :]
    return content[: first.start] + first.head + second.value + between + second.head + first.value + rest


def _without_previous(rotation: Rotation, content: bytes) -> Rotation:
    line = _line(content, rotation.previous)
    mark = _BYTE_ORDER_MARK if line.head.startswith(_BYTE_ORDER_MARK) else b""
    _replace(rotation, content, content[: line.start] + mark + content[line.end :])
    rotation.backup.unlink(missing_ok=True)
    return Rotation(rotation.path, rotation.name, Stage.SINGLE)


def _replace(rotation: Rotation, content: bytes, edited: bytes, *, keep_backup: bool = False) -> None:
    if not _only_the_secret_changed(content, edited, rotation):
        raise FixRefused(f"the lines around {rotation.name} in {rotation.path.name} are too unusual to edit: rotate by hand")
    if keep_backup:
        _write(rotation.backup, content, rotation.path)
    _write(rotation.path, edited, rotation.path)


def _only_the_secret_changed(content: bytes, edited: bytes, rotation: Rotation) -> bool:
    """Whether every reader of .env files sees all other variables as before, and a secret of before in either place."""
    before, after = dotenv.read(content), dotenv.read(edited)
    names = [name for name in (rotation.name, rotation.previous) if Line.of(content, name)]
    seeing = [dialect for dialect, seen in before.items() if all(name in seen for name in names)]
    return (
        bool(seeing)
        and before.keys() == after.keys()
        and all(_others(before[dialect], rotation) == _others(after[dialect], rotation) for dialect in before)
        and all(_secrets(before[dialect], rotation) & _secrets(after[dialect], rotation) for dialect in seeing)
    )


def _others(variables: Mapping[str, dotenv.Assignment], rotation: Rotation) -> dict[str, str]:
    return {name: one.value for name, one in variables.items() if name not in (rotation.name, rotation.previous)}


def _secrets(variables: Mapping[str, dotenv.Assignment], rotation: Rotation) -> set[str]:
    return {variables[name].value for name in (rotation.name, rotation.previous) if name in variables}


def _write(path: Path, content: bytes, like: Path) -> None:
    """Replace a file in one step, readable by nobody who could not read the one it is like."""
    status = like.stat()
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".sessile-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), stat.S_IMODE(status.st_mode))
            if os.geteuid() == 0:
                os.fchown(file.fileno(), status.st_uid, status.st_gid)
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)

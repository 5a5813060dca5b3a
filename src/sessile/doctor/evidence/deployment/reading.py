"""Reads a deployment file as text, and YAML with the line of every key."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

from sessile.doctor.evidence.sorting import NotEvidence

LIMIT = 1024 * 1024
"""The size in bytes above which a file says how nothing runs."""

DEEPEST = 100

_BRACKETS = re.compile(r"[\[\]{}]")
_VARIABLE = re.compile(r"(?<!\$)\$(?:\{[A-Za-z_]\w*[^}]*\}|[A-Za-z_]\w*)")


def text_of(path: Path) -> str:
    """The file's text. Raises OSError if it cannot be read, and NotEvidence if it is too large or no text."""
    with path.open("rb") as file:
        found = file.read(LIMIT + 1)
    if len(found) > LIMIT:
        raise NotEvidence(f"{path} is larger than {LIMIT // 1024} KiB: too large for a file that says how a service runs")
    if b"\0" in found:
        raise NotEvidence(f"{path} is no text")
    return found.decode("utf-8-sig", "replace")


@dataclass(frozen=True, slots=True)
class Node:
    """A mapping of a YAML file, which knows the line of each of its keys; what is no mapping has no keys."""

    value: Any
    source: str
    line: int = 1

    def pointer(self, key: str | None = None) -> str:
        """The file and the line, counted from 1, of a key, or of the mapping itself."""
        return f"{self.source}:{self._line(key) if key is not None else self.line}"

    def get(self, key: str) -> Any:
        """The value of a key as YAML has it, None where there is none."""
        return self.value.get(key) if isinstance(self.value, dict) else None

    def text(self, key: str) -> str:
        """The value of a key as text, "" where there is none, or where it is a mapping or a list."""
        found = self.get(key)
        return _scalar(found)

    def number(self, key: str) -> int | None:
        """The value of a key that is a number, or a text that is one."""
        found = self.text(key)
        return int(found) if found.isdigit() and len(found) < 6 else None

    def node(self, key: str) -> "Node":
        """The mapping under a key; an empty one where there is none."""
        found = self.get(key)
        return Node(found if isinstance(found, dict) else {}, self.source, self._line(key))

    def nodes(self, key: str) -> Iterator["Node"]:
        """The mappings in the list under a key."""
        found = self.get(key)
        for number, item in enumerate(found if isinstance(found, list) else ()):
            if isinstance(item, dict):
                yield Node(item, self.source, _item_line(found, number))

    def texts(self, key: str) -> Iterator[tuple[str, str]]:
        """The texts in the list under a key (or the one text there), each with its pointer."""
        found = self.get(key)
        if not isinstance(found, list):
            if text := _scalar(found):
                yield text, self.pointer(key)
            return
        for number, item in enumerate(found):
            if text := _scalar(item):
                yield text, f"{self.source}:{_item_line(found, number)}"

    def names(self) -> tuple[str, ...]:
        """The keys, in order."""
        return tuple(str(key) for key in self.value) if isinstance(self.value, dict) else ()

    def _line(self, key: str) -> int:
        try:
            return int(self.value.lc.key(key)[0]) + 1
        except (AttributeError, KeyError, TypeError):  # merged in from another mapping
            return self.line


def yaml_of(path: Path) -> Node:
    """The mapping that a YAML file holds. Raises OSError if it cannot be read, and NotEvidence if it is no YAML."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    reader = YAML(typ="rt")
    reader.allow_duplicate_keys = True
    text = text_of(path)
    if _depth(text) > DEEPEST:
        raise NotEvidence(f"{path} is nested too deeply for a file that says how a service runs")
    try:
        value = reader.load(text)
    except (YAMLError, ValueError, RecursionError, AttributeError, KeyError, TypeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark else ""
        raise NotEvidence(f"{path} is no YAML that can be read{where}") from error
    return Node(value if isinstance(value, dict) else {}, str(path))


def _depth(text: str) -> int:
    """How deeply brackets stand within each other, at most; each one costs the reader of YAML more than the one before."""
    steps = (1 if bracket in "[{" else -1 for bracket in _BRACKETS.findall(text))
    return max(accumulate(steps), default=0)


def interpolated(text: str) -> bool:
    """Whether `$NAME` or `${NAME}` stands in a text, so that it depends on who starts the service."""
    return _VARIABLE.search(text) is not None


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) else ""


def _item_line(found: Any, number: int) -> int:
    try:
        return int(found.lc.item(number)[0]) + 1
    except (AttributeError, KeyError, TypeError):
        return 1

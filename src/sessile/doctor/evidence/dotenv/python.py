"""The reader of python-dotenv, by its own parser; `${NAME}` stands for what the file itself assigned before."""

import io
import re
from collections.abc import Mapping

from dotenv.parser import Binding, parse_stream

from sessile.doctor.evidence.dotenv.assignment import Assignment

_VARIABLE = re.compile(r"\$\{(?P<name>[^}:]*+)(?::-(?P<default>[^}]*+))?\}")


def read(content: bytes) -> dict[str, Assignment]:
    """The variables by name. Raises UnicodeDecodeError, as python-dotenv does, for a file that is not UTF-8."""
    stream = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8")
    variables: dict[str, Assignment | None] = {}
    for binding in parse_stream(stream):
        if binding.key is None:
            continue
        if binding.value is None:
            variables[binding.key] = None
            continue
        known = {name: assignment.value if assignment else None for name, assignment in variables.items()}
        variables[binding.key] = Assignment(_expanded(binding.value, known), _line(binding))
    return {name: assignment for name, assignment in variables.items() if assignment}


def _expanded(value: str, known: Mapping[str, str | None]) -> str:
    """The value with its variables replaced; one without a value counts as empty, whatever its default."""
    before, brace, after = value.rpartition("}")
    return _VARIABLE.sub(lambda found: known.get(found["name"], found["default"]) or "", before + brace) + after


def _line(binding: Binding) -> int:
    text = binding.original.string
    blank = text[: len(text) - len(text.lstrip())]
    return binding.original.line + blank.count("\n")

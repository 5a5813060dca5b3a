"""The reader of python-dotenv, by its own parser; `${NAME}` stands for what the file itself assigned before."""

import io

from dotenv.parser import Binding, parse_stream
from dotenv.variables import parse_variables

from sessile.doctor.evidence.dotenv.assignment import Assignment


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
        value = "".join(atom.resolve(known) for atom in parse_variables(binding.value))
        variables[binding.key] = Assignment(value, _line(binding))
    return {name: assignment for name, assignment in variables.items() if assignment}


def _line(binding: Binding) -> int:
    text = binding.original.string
    blank = text[: len(text) - len(text.lstrip())]
    return binding.original.line + blank.count("\n")

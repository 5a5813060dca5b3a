"""Where each cause is brought about on real software: by faults of the labs, recordings of Express, tests on real servers."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

import lab.faults
import lab.wire.faults
from lab import controls, express_logs
from lab.code import faults as code
from lab.frameworks import faults as frameworks

ROOT: Final = Path(__file__).parents[1]
MARK: Final = "provokes"
"""The mark of a test that brings causes about on a real server: `@pytest.mark.provokes("cause-id")`."""


class Way(NamedTuple):
    """One way to bring a cause about: what plays it, as a command without the name, and its name there."""

    command: str
    name: str


def ways() -> Mapping[str, tuple[Way, ...]]:
    """All ways by the id of the cause, the labs' first."""
    found: dict[str, list[Way]] = defaultdict(list)
    for cause, way in (*_faults(), *_recordings(), *_tests()):
        if cause:
            found[cause].append(way)
    return {cause: tuple(dict.fromkeys(several)) for cause, several in found.items()}


def _faults() -> Iterator[tuple[str, Way]]:
    for fault in (*lab.faults.FAULTS, *controls.CONTROLS):
        yield from ((cause, Way("python -m lab --only", fault.name)) for cause in (fault.cause, fault.note))
    for edit in (*code.FAULTS, *code.CONTROLS):
        yield edit.cause or edit.note, Way("python -m lab.code --only", edit.name)
    yield from ((one.cause, Way("python -m lab.wire --only", one.name)) for one in lab.wire.faults.FAULTS)
    yield from ((one.cause, Way("python -m lab.frameworks --only", one.name)) for one in frameworks.FAULTS)


def _recordings() -> Iterator[tuple[str, Way]]:
    for name, fault in express_logs.FAULTS.items():
        yield fault.cause, Way("python -m lab.express_logs FOLDER", name)


def _tests() -> Iterator[tuple[str, Way]]:
    for path in sorted(ROOT.glob("tests/**/test_*.py")):
        text = path.read_text(encoding="utf-8")
        if f"mark.{MARK}(" in text:
            for cause, test in _marked(ast.parse(text)):
                yield cause, Way(f"pytest {path.relative_to(ROOT)} -k", test)


def _marked(module: ast.Module) -> Iterator[tuple[str, str]]:
    tests = (node for node in ast.walk(module) if isinstance(node, ast.FunctionDef))
    for test in tests:
        for mark in test.decorator_list:
            if isinstance(mark, ast.Call) and ast.unparse(mark.func) == f"pytest.mark.{MARK}":
                yield from ((ast.literal_eval(cause), test.name) for cause in mark.args)

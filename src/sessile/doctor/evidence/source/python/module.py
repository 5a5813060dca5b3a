"""Python modules of a project by their syntax trees: what their names stand for, and how to point at a line."""

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from sessile.doctor.evidence.project import Project
from sessile.doctor.facts.source import Place
from sessile.doctor.masking import excerpt

SHOWN = 120
_TELLING = re.compile(
    rb"session|secret|cookie|middleware|flask|quart|jwt|fastapi|starlette|django|set_password|make_password|flushdb|core\.cache|flushall|db_for_read|BaseSettings|create_\w*(?:pool|engine)|ConnectionPool",
    re.IGNORECASE,
)
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(slots=False)
class Module:
    """One file. `name` is what others import it by (`shop.settings`)."""

    path: str
    name: str
    tree: ast.Module
    lines: list[str] = field(repr=False)

    @cached_property
    def imports(self) -> dict[str, str]:
        """What each imported name stands for, in full: `request` is `flask.request`."""
        found: dict[str, str] = {}
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    found[alias.asname or alias.name.partition(".")[0]] = (
                        alias.name if alias.asname else alias.name.partition(".")[0]
                    )
            elif isinstance(node, ast.ImportFrom):
                base = self._absolute(node)
                found |= {alias.asname or alias.name: f"{base}.{alias.name}" for alias in node.names if alias.name != "*"}
        return found

    @cached_property
    def stars(self) -> tuple[str, ...]:
        """The modules of which everything is imported."""
        return tuple(
            self._absolute(node)
            for node in self.nodes
            if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)
        )

    @cached_property
    def values(self) -> dict[str, ast.expr]:
        """What is assigned to each name of the module itself, the last time."""
        return {name: value for name, value in assignments(self.tree.body) if isinstance(name, str)}

    @cached_property
    def classes(self) -> dict[str, ast.ClassDef]:
        """The classes of the module itself."""
        return {node.name: node for node in self.tree.body if isinstance(node, ast.ClassDef)}

    @cached_property
    def nodes(self) -> tuple[ast.stmt | ast.expr, ...]:
        """Every statement and expression, in the order in which they stand."""
        found = [node for node in ast.walk(self.tree) if isinstance(node, ast.stmt | ast.expr)]
        return tuple(sorted(found, key=lambda node: (node.lineno, node.col_offset)))

    @cached_property
    def calls(self) -> tuple[ast.Call, ...]:
        """Every call, in the order in which they stand."""
        return tuple(node for node in self.nodes if isinstance(node, ast.Call))

    @cached_property
    def functions(self) -> tuple[Function, ...]:
        """Every function and method, those inside others too."""
        return tuple(node for node in self.nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))

    def place(self, node: ast.AST) -> Place:
        """Where a node begins."""
        line: int = getattr(node, "lineno", 1)
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        return Place(self.path, line, excerpt(text.strip(), SHOWN))

    def dotted(self, node: ast.AST | None) -> str:
        """A name with its attributes in full, by the imports; "" for another expression."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        return ".".join((self.imports.get(node.id, node.id), *reversed(parts)))

    def _absolute(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        package = self.name.split(".")[: -node.level] if not self.path.endswith("__init__.py") else self.name.split(".")
        if self.path.endswith("__init__.py") and node.level > 1:
            package = package[: 1 - node.level]
        return ".".join((*package, *((node.module,) if node.module else ())))


class Modules:
    """The modules of a project. `all` are those that may say something of sessions, `broken` those that no Python reads."""

    def __init__(self, project: Project) -> None:
        self.broken: list[str] = []
        self._contents = {path: content for path, content in sorted(project.files.items()) if path.endswith(".py")}
        self._parsed: dict[str, Module | None] = {}
        self._by_end: dict[str, list[str]] = {}
        for path in self._contents:
            self._by_end.setdefault(_name(path).rpartition(".")[2], []).append(path)
        telling = (self._module(path) for path, content in self._contents.items() if _TELLING.search(content))
        self.all = [module for module in telling if module]

    def __len__(self) -> int:
        return len(self._contents)

    def named(self, name: str) -> Module | None:
        """The module that is imported by that name, also where the project's root lies further down."""
        alike = self._by_end.get(name.rpartition(".")[2], [])
        exact = next((path for path in alike if _name(path) == name), None)
        path = exact or next((path for path in alike if _name(path).endswith(f".{name}")), None)
        return self._module(path) if path else None

    def resolve(self, dotted: str) -> tuple[Module, str] | None:
        """The module of the project, and the name in it, that a full name stands for."""
        base, _, name = dotted.rpartition(".")
        module = self.named(base)
        return (module, name) if module and name else None

    def _module(self, path: str) -> Module | None:
        if path not in self._parsed:
            self._parsed[path] = self._parse(path, self._contents[path])
        return self._parsed[path]

    def _parse(self, path: str, content: bytes) -> Module | None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(content)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            line = f":{error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
            self.broken.append(f"{path}{line} is no Python 3 that can be read")
            return None
        return Module(path, _name(path), tree, content.decode("utf-8", "replace").splitlines())


def _name(path: str) -> str:
    """What others import a file by."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def assignments(body: list[ast.stmt]) -> Iterator[tuple[str | ast.expr, ast.expr]]:
    """What is assigned to what in these statements themselves: names as text, other targets as they stand."""
    for node in body:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                yield target.id if isinstance(target, ast.Name) else target, node.value
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            yield node.target.id if isinstance(node.target, ast.Name) else node.target, node.value


def text_of(node: ast.AST | None) -> str:
    """A text that stands there as such, "" for anything else."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""

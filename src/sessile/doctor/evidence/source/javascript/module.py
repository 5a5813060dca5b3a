"""One file and its neighbours: which name stands for what, followed through declarations and imports."""

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from time import monotonic
from typing import Final

from tree_sitter import Node

from sessile.doctor.evidence.project import JAVASCRIPT, Project, beside
from sessile.doctor.evidence.source.javascript import tree
from sessile.doctor.evidence.source.javascript.scope import PARAMETERS, declarations, lookup, picked, returned
from sessile.doctor.evidence.source.javascript.tree import arguments, bare, path_of, property_name, string, text, within

DEPTH: Final = 12
SECONDS: Final = 10.0
ENVIRONMENT: Final = ("process", "env")
_EXTENSIONS: Final = (*JAVASCRIPT, *(f"/index{suffix}" for suffix in JAVASCRIPT))


@dataclass(frozen=True, slots=True)
class Found:
    """The expression or the function that a name stands for, and its file."""

    module: "Module"
    node: Node


@dataclass(frozen=True, slots=True)
class Foreign:
    """What a package gives, by a path: `express-session`, `pg.Pool`, with `()` for each call, of which `call` is the last."""

    path: str
    call: Found | None = None

    def member(self, name: str) -> "Foreign":
        """A member of it; a package's default export is the package."""
        return self if name == "default" else Foreign(f"{self.path}.{name}", self.call)


Reference = Found | Foreign | None


class Modules:
    """The files of a project, each parsed when it is asked for the first time."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._known: dict[str, Module | None] = {}
        self._missing = False
        self._deadline = monotonic() + SECONDS

    def __iter__(self) -> "Iterator[Module]":
        for path in self.project.files:
            if path.lower().endswith(JAVASCRIPT) and (module := self.at(path)):
                yield module

    def at(self, path: str) -> "Module | None":
        """The module of a file, None where there is none."""
        if path not in self._known:
            content = beside(self.project, path)
            self._known[path] = Module(self, path, content) if content is not None else None
        return self._known[path]

    def imported(self, module: "Module", specifier: str) -> "Module | None":
        """The module that a relative import means; an alias such as `@/db` is tried from the root and from `src`."""
        for base in _bases(module.path, specifier):
            whole = posixpath.normpath(base)
            stem = whole.rsplit(".", 1)[0] if whole.endswith((".js", ".mjs", ".cjs", ".jsx")) else whole
            for candidate in dict.fromkeys((whole, *(stem + end for end in _EXTENSIONS), *(whole + end for end in _EXTENSIONS))):
                if candidate.endswith(JAVASCRIPT) and (found := self.at(candidate)):
                    return found
        self._missing |= specifier.startswith(".") and not specifier.endswith((".json", ".css"))
        return None

    @property
    def late(self) -> bool:
        """Whether the time is up: whoever walks through code stops then, with what was found so far."""
        return monotonic() > self._deadline

    @property
    def complete(self) -> bool:
        """Whether all of the code was read: the whole folder, or one file and all that it imports."""
        read = self.project.complete or (not self.project.skipped and not self._missing)
        return read and not self.late and not any(module.broken for module in self)


def _bases(path: str, specifier: str) -> tuple[str, ...]:
    if specifier.startswith("."):
        return (posixpath.join(posixpath.dirname(path), specifier),)
    if specifier.startswith(("@/", "~/", "src/")):
        rest = specifier.split("/", 1)[1]
        return (rest, f"src/{rest}", f"server/{rest}")
    return ()


class Module:
    """One file: its tree, its imports and its exports."""

    def __init__(self, modules: Modules, path: str, content: bytes) -> None:
        self.modules, self.path, self.content = modules, path, content

    @cached_property
    def root(self) -> Node:
        return tree.parse(self.path, self.content)

    @cached_property
    def broken(self) -> bool:
        """Whether part of a file that has to do with requests is no code that could be read."""
        return any(word in self.content for word in (b"express", b"session", b"passport")) and self.root.has_error

    @cached_property
    def lines(self) -> list[str]:
        return self.content.decode("utf-8", "replace").splitlines()

    @cached_property
    def calls(self) -> tuple[Node, ...]:
        """Every call and every `new` of the file, in order."""
        return tuple(within(self.root, "call_expression", "new_expression"))

    @cached_property
    def imports(self) -> Mapping[str, tuple[str, str]]:
        """For each imported name, where it comes from and what it is called there (`default`, `*`)."""
        found: dict[str, tuple[str, str]] = {}
        for statement in within(self.root, "import_statement", into_functions=False):
            specifier = string(statement.child_by_field_name("source")) or ""
            for clause in within(statement, "identifier", "namespace_import", "import_specifier"):
                parent = clause.parent.type if clause.parent else ""
                if clause.type == "import_specifier":
                    name, alias = clause.child_by_field_name("name"), clause.child_by_field_name("alias")
                    found[text(alias or name)] = (specifier, text(name))
                elif clause.type == "namespace_import":
                    found[text(clause.named_children[0])] = (specifier, "*")
                elif parent == "import_clause":
                    found[text(clause)] = (specifier, "default")
        return found

    @cached_property
    def changed(self) -> frozenset[str]:
        """The names that get another value after their declaration."""
        assigned = (one.child_by_field_name("left") for one in within(self.root, "assignment_expression"))
        return frozenset(text(left) for left in assigned if left and left.type == "identifier")

    @cached_property
    def assignments(self) -> tuple[tuple[tuple[str, ...], Node], ...]:
        """Every assignment to a member: its path, and the assignment."""
        every = ((path_of(one.child_by_field_name("left")), one) for one in within(self.root, "assignment_expression"))
        return tuple((path, one) for path, one in every if len(path) > 1)

    @cached_property
    def exports(self) -> Mapping[str, Node]:
        """What it exports by name, `default` included, in either style."""
        return {**self._exported, **self.exported_by_assignment}

    @property
    def _exported(self) -> dict[str, Node]:
        found: dict[str, Node] = {}
        for statement in within(self.root, "export_statement", into_functions=False):
            value = statement.child_by_field_name("value")
            declared = statement.child_by_field_name("declaration")
            default = any(child.type == "default" for child in statement.children)
            if default and (node := value or declared):
                found["default"] = node
            elif declared:
                found |= dict(declarations(declared))
            for one in within(statement, "export_specifier"):
                name, alias = one.child_by_field_name("name"), one.child_by_field_name("alias")
                if name is not None and not statement.child_by_field_name("source"):
                    found[text(alias or name)] = name
        return found

    @cached_property
    def exported_by_assignment(self) -> Mapping[str, Node]:
        """What `module.exports` and `exports` are given."""
        found: dict[str, Node] = {}
        for path, assignment in self.assignments:
            right = assignment.child_by_field_name("right")
            if right is None:
                continue
            if path == ("module", "exports"):
                found["default"] = right
            elif path[:2] == ("module", "exports") and len(path) == 3:
                found[path[2]] = right
            elif path[0] == "exports" and len(path) == 2:
                found[path[1]] = right
        return found

    def resolve(self, node: Node | None, depth: int = DEPTH) -> Reference:
        """What an expression stands for, through names and imports; None where that cannot be told."""
        node = bare(node)
        if node is None or depth <= 0:
            return None
        match node.type:
            case "identifier" | "shorthand_property_identifier":
                return self._name(node, depth - 1)
            case "member_expression":
                return self._member(self.resolve(node.child_by_field_name("object"), depth - 1), node, depth)
            case "call_expression" | "new_expression":
                return self._call(node, depth)
            case _:
                return Found(self, node)

    def _name(self, node: Node, depth: int) -> Reference:
        name = text(node)
        declared = lookup(node, name)
        if declared is not None:
            return self._declared(declared, name, depth)
        if name in self.imports:
            specifier, imported = self.imports[name]
            return self._imported(specifier, imported, depth)
        return None

    def _declared(self, declared: Node, name: str, depth: int) -> Reference:
        if declared.type != "variable_declarator":
            return None if declared.type in PARAMETERS else Found(self, declared)
        if name in self.changed:
            return None
        pattern, value = declared.child_by_field_name("name"), declared.child_by_field_name("value")
        if pattern is not None and pattern.type == "object_pattern":
            return self._picked(self.resolve(value, depth), picked(pattern, name), depth)
        return self.resolve(value, depth)

    def _picked(self, whole: Reference, name: str, depth: int) -> Reference:
        if not name or whole is None:
            return None
        if isinstance(whole, Foreign):
            return whole.member(name)
        return self.property_of(whole, name, depth)

    def _imported(self, specifier: str, name: str, depth: int) -> Reference:
        module = self.modules.imported(self, specifier)
        if module is None:
            package = Foreign(specifier.removeprefix("node:"))
            return package if name in ("*", "default") else package.member(name)
        if name == "*" and "default" in module.exported_by_assignment:
            name = "default"
        if name == "*" or (name == "default" and "default" not in module.exports):
            return Found(module, module.root)
        exported = module.exports.get(name)
        if exported is None:
            default = module.exports.get("default")
            return module.property_of(Found(module, default), name, depth) if default is not None else None
        return module.exported(exported, name, depth)

    def exported(self, node: Node, name: str, depth: int = DEPTH) -> Reference:
        """What stands behind one of its exports."""
        return self._declared(node, name, depth) if node.type == "variable_declarator" else self.resolve(node, depth)

    def _member(self, owner: Reference, node: Node, depth: int) -> Reference:
        name = text(node.child_by_field_name("property"))
        if isinstance(owner, Foreign):
            return owner.member(name)
        return self.property_of(owner, name, depth) if owner else Found(self, node)

    def property_of(self, owner: Found, name: str, depth: int = DEPTH) -> Reference:
        """What a member of an object, or an export of a module, stands for."""
        module, node = owner.module, owner.node
        if node.type == "program":
            exported = module.exports.get(name)
            return module.exported(exported, name, depth - 1) if exported is not None else None
        if path_of(node) == ENVIRONMENT:
            return Foreign(".".join((*ENVIRONMENT, name)))
        if node.type != "object":
            return None
        for child in node.named_children:
            if child.type == "pair" and property_name(child.child_by_field_name("key")) == name:
                return module.resolve(child.child_by_field_name("value"), depth - 1)
            if child.type == "shorthand_property_identifier" and text(child) == name:
                return module.resolve(child, depth - 1)
            if child.type == "method_definition" and text(child.child_by_field_name("name")) == name:
                return Found(module, child)
        return None

    def _call(self, node: Node, depth: int) -> Reference:
        function = bare(node.child_by_field_name("function") or node.child_by_field_name("constructor"))
        if function is not None and text(function) in ("require", "import") and (given := arguments(node)):
            specifier = string(given[0])
            return self._imported(specifier, "*", depth - 1) if specifier else None
        owner = self.resolve(function, depth - 1)
        if isinstance(owner, Foreign):
            return Foreign(f"{owner.path}()", Found(self, node))
        if owner and owner.node.type in tree.FUNCTIONS and (result := returned(owner.node)) is not None:
            return owner.module.resolve(result, depth - 1)
        return Found(self, node)

    def origin(self, node: Node | None) -> str:
        """The path of what a package gives that an expression stands for, "" if it is none of a package's."""
        found = self.resolve(node)
        return found.path if isinstance(found, Foreign) else ""

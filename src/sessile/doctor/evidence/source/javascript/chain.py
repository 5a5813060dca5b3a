"""The steps of an application in the order in which requests meet them, through the functions and files that add them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Final

from tree_sitter import Node

from sessile.doctor.evidence.source.javascript import algebra, tree
from sessile.doctor.evidence.source.javascript.module import Foreign, Found, Module, Modules
from sessile.doctor.evidence.source.javascript.place import place
from sessile.doctor.evidence.source.javascript.steps import handlers, step
from sessile.doctor.evidence.source.javascript.tree import FUNCTIONS, arguments, bare, method, path_of, receiver, string, text
from sessile.doctor.evidence.source.javascript.values import evaluate
from sessile.doctor.facts.evidence import Unknown
from sessile.doctor.facts.source import Choice, Literal, Setting, Step, Value, Variable

MAKERS: Final = ("express()", "@nestjs/core.NestFactory.create()")
ROUTERS: Final = ("express.Router()", "express-promise-router()")
VERBS: Final = frozenset(("get", "post", "put", "patch", "delete", "all", "head"))
DEPTH: Final = 8
_PATHS: Final = frozenset(("string", "template_string", "identifier", "member_expression", "binary_expression"))
_BRANCHES: Final = frozenset(("if_statement", "switch_statement", "ternary_expression"))

Target = tuple[str, int]
"""An application or a router, by the file and the place where it is made."""


@dataclass
class Chain:
    """What was found of one application or router."""

    steps: list[Step] = field(default_factory=list)
    settings: list[Setting] = field(default_factory=list)
    mounted: set[Target] = field(default_factory=set)


@dataclass(frozen=True)
class _Scene:
    """Where a walk is: its file, what the parameters there stand for, and whether a condition was passed."""

    module: Module
    bound: Mapping[str, Target]
    depth: int = DEPTH
    condition: Value | None = None


def made(modules: Modules, makers: tuple[str, ...] = MAKERS) -> Iterator[Found]:
    """Every call that makes an application."""
    words = [re.split(r"[.(]", maker, maxsplit=1)[0].encode() for maker in makers]
    for module in modules:
        if not any(word in module.content for word in words):
            continue
        for call in module.calls:
            if (
                not modules.late
                and module.origin(call) in makers
                and not (call.parent and call.parent.type == "member_expression")
            ):
                yield Found(module, call)


class Chains:
    """The chains of a project, each found when it is asked for."""

    def __init__(self, modules: Modules) -> None:
        self.modules = modules
        self._known: dict[Target, Chain] = {}

    def of(self, made_by: Found) -> Chain:
        """The chain of the application or router that a call makes."""
        target = _target(made_by)
        if target not in self._known:
            chain = self._known[target] = Chain()
            _Walk(self, target, chain).all(made_by)
        return self._known[target]


def _target(found: Found) -> Target:
    return found.module.path, found.node.start_byte


class _Walk:
    """One walk through the code that adds steps to one target."""

    def __init__(self, chains: Chains, target: Target, chain: Chain) -> None:
        self.chains, self.target, self.chain = chains, target, chain
        self.entered: set[Target] = set()

    def all(self, made_by: Found) -> None:
        """The code around its making, then every file that imports it: a file runs after what it imports."""
        home = next((one for one in tree.above(made_by.node) if one.type in FUNCTIONS), made_by.module.root)
        self._visit(tree.body(home) or home, _Scene(made_by.module, {}))
        if home is made_by.module.root and made_by.module.origin(made_by.node) in MAKERS:
            name = PurePosixPath(made_by.module.path).stem.encode()
            for module in self.chains.modules:
                if module is not made_by.module and name in module.content:
                    self._visit(module.root, _Scene(module, {}))

    def _visit(self, root: Node, scene: _Scene) -> None:
        """Every statement and call below, inner calls before outer ones, functions only where they are called at once."""
        stack = [(root, scene, False)]
        while stack and not self.chains.modules.late:
            node, here, visited = stack.pop()
            if visited:
                self._called(node, here)
                continue
            if node.type in FUNCTIONS or node.type == "class_declaration":
                continue
            if node.type in ("call_expression", "new_expression"):
                stack.append((node, here, True))
            stack += [(child, where, False) for child, where in reversed(_below(node, here))]

    def _called(self, call: Node, scene: _Scene) -> None:
        if self._is_target(_root(call), scene):
            self._on_target(call, scene)
            return
        function = bare(call.child_by_field_name("function") or call.child_by_field_name("constructor"))
        for given in arguments(call):
            if given.type in FUNCTIONS and text(function) not in ("describe", "it", "test"):
                self._enter(Found(scene.module, given), scene, {})
        if function is not None and function.type in FUNCTIONS:
            self._enter(Found(scene.module, function), scene, {})
        elif function is not None:
            self._function(function, call, scene)

    def _function(self, function: Node, call: Node, scene: _Scene) -> None:
        """A call of a function of the project, into which the target may be handed."""
        path = path_of(function)
        if path[:1] == ("this",) and len(path) == 2:
            found: Found | Foreign | None = _method(scene.module, function, path[1])
        else:
            found = scene.module.resolve(function)
        if not isinstance(found, Found) or found.node.type not in FUNCTIONS:
            return
        bound = {
            text(parameter): self.target
            for parameter, given in zip(tree.parameters(found.node), arguments(call), strict=False)
            if self._is_target(given, scene)
        }
        if bound or found.module is scene.module:
            self._enter(found, scene, bound)

    def _enter(self, function: Found, scene: _Scene, bound: Mapping[str, Target]) -> None:
        key, inner = _target(function), tree.body(function.node)
        if scene.depth > 0 and inner is not None and key not in self.entered:
            self.entered.add(key)
            same = scene.bound if function.module is scene.module else {}
            self._visit(inner, _Scene(function.module, {**same, **bound}, scene.depth - 1, scene.condition))

    def _is_target(self, node: Node | None, scene: _Scene) -> bool:
        node = bare(node)
        if node is None:
            return False
        if node.type == "identifier" and text(node) in scene.bound:
            return scene.bound[text(node)] == self.target
        path = path_of(node)
        if path[:1] == ("this",) and len(path) == 2:
            return any(_target(found) == self.target for found in _members(scene.module, path))
        found = scene.module.resolve(node)
        call = found.call if isinstance(found, Foreign) and found.path in (*MAKERS, *ROUTERS) else None
        return call is not None and _target(call) == self.target

    def _on_target(self, call: Node, scene: _Scene) -> None:
        name, given = method(call), arguments(call)
        if name in ("set", "enable", "disable") and given and (key := string(given[0])):
            value: Value = evaluate(scene.module, given[1]) if len(given) > 1 else Literal(name == "enable")
            if scene.condition is not None:
                before = next((one.value for one in reversed(self.chain.settings) if one.name == key), Literal(value=False))
                value = algebra.under(scene.condition, value, before)
            self.chain.settings.append(Setting(key, value, place(scene.module, call)))
        elif (name in VERBS and (len(given) > 1 or _path_of_route(call))) or name == "use":
            self._steps(call, given, scene, route=name != "use")

    def _steps(self, call: Node, given: list[Node], scene: _Scene, *, route: bool) -> None:
        path, rest = _mounted(scene.module, given, _path_of_route(call))
        added = [one for handler in handlers(rest) for one in self._added(handler, path, scene, route=route)]
        if route and added:
            last = added[-1]
            added = [replace(last, place=place(scene.module, call), needs_session=any(one.needs_session for one in added))]
        self.chain.steps += added

    def _added(self, handler: Node, path: str, scene: _Scene, *, route: bool) -> Iterator[Step]:
        found = scene.module.resolve(handler)
        if isinstance(found, Foreign) and found.path in (*MAKERS, *ROUTERS) and found.call:
            self.chain.mounted.add(_target(found.call))
            inner = self.chains.of(found.call)
            self.chain.mounted |= inner.mounted
            for one in inner.steps:
                yield replace(one, path=_joined(path, one.path), conditional=one.conditional or scene.condition is not None)
            return
        yield step(scene.module, handler, path=path, conditional=scene.condition is not None, route=route)


def _below(node: Node, scene: _Scene) -> list[tuple[Node, _Scene]]:
    """The nodes below, those in a branch with the condition that leads into it."""
    test = node.child_by_field_name("condition") or node.child_by_field_name("value") if node.type in _BRANCHES else None
    if test is None or scene.condition is not None:
        return [(child, scene) for child in node.named_children]
    decides = algebra.condition_of(evaluate(scene.module, test))
    branches = (("consequence", decides), ("alternative", algebra.chosen(decides, algebra.NO, algebra.YES)))
    return [
        (inner, replace(scene, condition=branch))
        for name, branch in branches
        if (inner := node.child_by_field_name(name)) is not None
    ]


def _root(call: Node) -> Node | None:
    """What a chain of calls begins with: `app` in `app.route('/').get(a).post(b)`."""
    owner = receiver(call)
    while owner is not None and owner.type == "call_expression" and receiver(owner) is not None:
        owner = receiver(owner)
    return owner


def _path_of_route(call: Node) -> str | None:
    owner = receiver(call)
    while owner is not None and owner.type == "call_expression":
        given = arguments(owner)
        if method(owner) == "route" and given:
            return string(given[0]) or ""
        owner = receiver(owner)
    return None


def _mounted(module: Module, given: list[Node], of_route: str | None) -> tuple[str, list[Node]]:
    """The path at which handlers are mounted ("" if it cannot be told), and the handlers."""
    if of_route is not None or not given:
        return of_route or "", given
    first = given[0]
    value = evaluate(module, first) if first.type in _PATHS else None
    if isinstance(value, Literal) and isinstance(value.value, str):
        return value.value, given[1:]
    if first.type in ("binary_expression", "template_string") or not handlers([first]):
        return "", given[1:]
    return "" if isinstance(value, (Unknown, Variable, Choice)) and len(given) > 1 else "/", given


def _joined(prefix: str, path: str) -> str:
    return f"{prefix.rstrip('/')}/{path.lstrip('/')}" if prefix and path else ""


def _method(module: Module, node: Node, name: str) -> Found | None:
    around = tree.around(node, "class_body")
    for member in around.named_children if around else ():
        if member.type == "method_definition" and text(member.child_by_field_name("name")) == name:
            return Found(module, member)
    return None


def _members(module: Module, path: tuple[str, ...]) -> Iterator[Found]:
    """What the classes of a file keep under `this.name`, where a package made it."""
    values = [one.child_by_field_name("right") for assigned, one in module.assignments if assigned == path]
    for declared in tree.within(module.root, "public_field_definition", "field_definition"):
        name = declared.child_by_field_name("name") or declared.child_by_field_name("property")
        if text(name) == path[1]:
            values.append(declared.child_by_field_name("value"))
    for value in values:
        found = module.resolve(value)
        if isinstance(found, Foreign) and found.call:
            yield found.call

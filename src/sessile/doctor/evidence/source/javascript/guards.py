"""Guards that turn away whoever lacks a key of the session, where nothing in the project ever writes that key."""

import re
from collections.abc import Iterator
from typing import Final

from tree_sitter import Node

from sessile.doctor.evidence.source.javascript import tree
from sessile.doctor.evidence.source.javascript.handlers import USER_KEY, handlers, is_id
from sessile.doctor.evidence.source.javascript.module import Found, Module, Modules
from sessile.doctor.evidence.source.javascript.place import place
from sessile.doctor.evidence.source.javascript.tree import FUNCTIONS, arguments, called, encloses, method, path_of, text, within
from sessile.doctor.facts.source import Act, Deed

EVERY: Final = "*"
BY_LIBRARIES: Final = frozenset(("passport", "adminUser", "grant", "oauth"))
"""Keys that packages write."""
_MOUNTS: Final = frozenset(("use", "all", "get", "post", "put", "patch", "delete"))
_READS: Final = frozenset(
    (
        *("log", "info", "debug", "warn", "error", "trace", "inspect", "stringify", "keys", "entries", "values", "json", "send"),
        *("bind", "call", "apply"),
    )
)
"""Methods that change no session which they are given."""
_TURNS_AWAY: Final = re.compile(
    r"\b(?:status|sendStatus)\(\s*401\b|\bredirect\([^)]*(?:log|sign)[-_]?in|\bUnauthorized\w*\(|\b401\s*[,)]", re.IGNORECASE
)


def acts(modules: Modules) -> Iterator[Act]:
    """Every such guard that is mounted somewhere; none where the code may write any key."""
    guards = [(module, *one) for module in modules if b"session" in module.content for one in _guards(module)]
    written = {key for module in modules for key in _written(module)} if guards and not modules.late else {EVERY}
    if EVERY in written:
        return
    mounted = {text(one) for module in modules for call in module.calls if method(call) in _MOUNTS for one in arguments(call)}
    for module, handler, test, key in guards:
        if key not in written | BY_LIBRARIES and (_is_argument(handler) or _name(handler) in mounted):
            yield Act(Deed.ASKS_IN_VAIN, place(module, test), key)


def _guards(module: Module) -> Iterator[tuple[Node, Node, str]]:
    """Each handler that answers 401, or leads to the login, by one key of the session alone; its condition, and the key."""
    for handler in handlers(module.root):
        forks = list(within(handler, "if_statement"))
        for fork in forks[:1]:
            test = fork.child_by_field_name("condition")
            key = _lacking(test) if _turns_away(fork.child_by_field_name("consequence")) else ""
            key = key or (_present(test) if len(forks) == 1 and _lets_only_those_in(handler, fork) else "")
            if test is not None and (USER_KEY.search(key) or is_id(key)):
                yield handler, test, key


def _turns_away(branch: Node | None) -> bool:
    return _TURNS_AWAY.search(text(branch)) is not None


def _lets_only_those_in(handler: Node, fork: Node) -> bool:
    """Whether the one way on leads through the branch, and the rest turns away."""
    calls = [one for one in within(handler, "call_expression") if called(one) == ("next",) and not arguments(one)]
    rest = text(handler).replace(text(fork), "")
    return len(calls) == 1 and encloses(fork, calls[0]) and _TURNS_AWAY.search(rest) is not None


def _lacking(test: Node | None) -> str:
    """The key in `!req.session.key`, also after `!req.session ||`, "" for any other condition."""
    test = tree.bare(test)
    if test is None:
        return ""
    operator = text(test.child_by_field_name("operator"))
    if test.type == "binary_expression" and operator == "||":
        sides = [_lacking(test.child_by_field_name(side)) for side in ("left", "right")]
        return sides[1] if sides[0] == EVERY else ""
    if test.type != "unary_expression" or operator != "!":
        return ""
    path = path_of(test.child_by_field_name("argument"))
    return EVERY if path[1:] == ("session",) else _key(path)


def _present(test: Node | None) -> str:
    test = tree.bare(test)
    return _key(path_of(test)) if test is not None and test.type == "member_expression" else ""


def _key(path: tuple[str, ...]) -> str:
    return path[2] if len(path) > 2 and path[1] == "session" else ""


def _written(module: Module) -> Iterator[str]:
    """The keys that some object is given, whichever: one too many is no harm. `*` where any may be."""
    for one in within(module.root, "assignment_expression", "augmented_assignment_expression"):
        path = path_of(one.child_by_field_name("left"))
        if path[-1:] == ("session",):
            yield from _listed(tree.bare(one.child_by_field_name("right")))
        elif len(path) > 1 and (path[-1] != EVERY or "session" in path[:-1]):
            yield from {path[-1], path[path.index("session") + 1] if "session" in path[:-1] else path[-1]}
    for call in module.calls:
        given = arguments(call)
        if called(call) == ("Object", "assign"):
            yield from (key for one in given[1:] for key in _listed(one))
        elif method(call) not in _READS and any(path_of(one)[1:] == ("session",) for one in given):
            yield from _handed(module, call)


def _handed(module: Module, call: Node) -> Iterator[str]:
    """What a call may write that is given the session: anything, unless its code is there, where its writes are seen."""
    found = module.resolve(call.child_by_field_name("function"))
    if not isinstance(found, Found) or found.node.type not in FUNCTIONS:
        yield EVERY


def _listed(value: Node | None) -> Iterator[str]:
    """The keys of an object that is written out; `*` for anything else but nothing."""
    if value is None or text(value) in ("null", "undefined"):
        return
    if value.type != "object":
        yield EVERY
        return
    for child in value.named_children:
        key = child.child_by_field_name("key") or child
        known = child.type in ("pair", "shorthand_property_identifier") and key.type != "computed_property_name"
        if child.type != "comment":
            yield tree.property_name(key) if known else EVERY


def _is_argument(handler: Node) -> bool:
    return handler.parent is not None and handler.parent.type == "arguments"


def _name(handler: Node) -> str:
    """The name under which a function is declared, "" where it has none."""
    declared = handler.child_by_field_name("name")
    if declared is None and handler.parent is not None and handler.parent.type == "variable_declarator":
        declared = handler.parent.child_by_field_name("name")
    return text(declared)

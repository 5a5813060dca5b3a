"""Middleware that gives the session a new id at every request of whoever is logged in."""

from collections.abc import Iterator
from typing import Final

from tree_sitter import Node

from sessile.doctor.evidence.source.javascript import tree
from sessile.doctor.evidence.source.javascript.chain import MAKERS
from sessile.doctor.evidence.source.javascript.handlers import REQUESTS, USER_KEY, Event, Kind, events_of, is_id
from sessile.doctor.evidence.source.javascript.module import Found, Module
from sessile.doctor.evidence.source.javascript.place import place
from sessile.doctor.evidence.source.javascript.scope import picked
from sessile.doctor.evidence.source.javascript.tree import (
    FUNCTIONS,
    arguments,
    bare,
    called,
    encloses,
    method,
    path_of,
    receiver,
    string,
    text,
    within,
)
from sessile.doctor.facts.source import Act, Deed

_APPLICATIONS: Final = frozenset(("app", "server", "application"))
_EVERYWHERE: Final = frozenset(("/", "/api"))
_DECIDES: Final = frozenset(
    (
        *("ternary_expression", "switch_case", "switch_default", "catch_clause", "binary_expression"),
        *("for_statement", "for_in_statement", "while_statement", "do_statement"),
    )
)
_ALL_KEYS: Final = "*"


def acts(module: Module) -> Iterator[Act]:
    """Every such middleware that one file mounts, where it regenerates the session."""
    for call in module.calls if b".use" in module.content else ():
        if method(call) != "use" or not _is_application(module, receiver(call)):
            continue
        given = arguments(call)
        if given and (path := string(given[0])) is not None:
            given = given[1:] if path in _EVERYWHERE else []
        for one in given:
            found = module.resolve(one)
            if isinstance(found, Found) and found.node.type in FUNCTIONS and _takes_request(found.node):
                yield from _rotations(found.module, found.node)


def _is_application(module: Module, owner: Node | None) -> bool:
    return owner is not None and (text(owner) in _APPLICATIONS or module.origin(owner) in MAKERS)


def _takes_request(function: Node) -> bool:
    names = [text(one) for one in tree.parameters(function)]
    return len(names) in (2, 3) and names[0] in REQUESTS


def _rotations(module: Module, handler: Node) -> Iterator[Act]:
    events = list(events_of(handler))
    for event in events:
        if event.kind is Kind.REGENERATE:
            keys = _carried(event, events)
            if keys and _is_always_reached(event.node, handler, keys):
                yield Act(Deed.ROTATES_EACH_REQUEST, place(module, event.node))


def _carried(regenerate: Event, events: list[Event]) -> frozenset[str]:
    """The keys that the session has again under its new id."""
    after = (one for one in events if one.node.start_byte > regenerate.node.start_byte)
    return frozenset(one.key for one in after if one.kind is Kind.CHANGE)


def _is_always_reached(node: Node, handler: Node, keys: frozenset[str]) -> bool:
    """Whether every request of a session that holds those keys comes to a node: no other condition stands on the way."""
    child = node
    for one in tree.above(node):
        if one == handler:
            break
        if one.type in _DECIDES or (one.type in FUNCTIONS and not _is_executor(one)):
            return False
        if one.type == "if_statement":
            other = one.child_by_field_name("alternative")
            there = other is None or not encloses(other, child)
            if not _asks_for_session(one.child_by_field_name("condition"), handler, keys, there=there):
                return False
        child = one
    leaves = within(handler, "return_statement", "throw_statement")
    before = [one for one in leaves if one.start_byte < node.start_byte and not encloses(one, node)]
    return all(_leaves_without_session(one, handler, keys) for one in before)


def _is_executor(function: Node) -> bool:
    made = function.parent.parent if function.parent and function.parent.type == "arguments" else None
    return made is not None and called(made) == ("Promise",)


def _leaves_without_session(leaves: Node, handler: Node, keys: frozenset[str]) -> bool:
    fork = leaves.parent
    while fork is not None and fork.type in ("statement_block", "else_clause"):
        fork = fork.parent
    if fork is None or fork.type != "if_statement" or fork.child_by_field_name("alternative") is not None:
        return False
    return _asks_for_session(fork.child_by_field_name("condition"), handler, keys, there=False)


def _asks_for_session(asked: Node | None, handler: Node, keys: frozenset[str], *, there: bool) -> bool:
    """Whether a condition holds (`there`), or fails, for every session with those keys."""
    node = bare(asked)
    if node is None:
        return False
    if node.type == "unary_expression" and text(node.child_by_field_name("operator")) == "!":
        return _asks_for_session(node.child_by_field_name("argument"), handler, keys, there=not there)
    if node.type == "binary_expression":
        sides = [node.child_by_field_name(side) for side in ("left", "right")]
        joined = text(node.child_by_field_name("operator")) == ("&&" if there else "||")
        return joined and all(_asks_for_session(side, handler, keys, there=there) for side in sides)
    return there and _is_there(_meant(node, handler), keys)


def _meant(node: Node, handler: Node) -> tuple[str, ...]:
    """The path of what is asked for; of a name, the one that it was declared with in the handler."""
    if node.type == "call_expression":
        return called(node)
    if node.type != "identifier":
        return path_of(node)
    for declared in within(handler, "variable_declarator"):
        pattern, value = declared.child_by_field_name("name"), path_of(declared.child_by_field_name("value"))
        if pattern is not None and value and text(pattern) == text(node):
            return value
        if pattern is not None and value and (key := picked(pattern, text(node))):
            return (*value, key)
    return ()


def _is_there(path: tuple[str, ...], keys: frozenset[str]) -> bool:
    if not path or path[0] not in REQUESTS:
        return False
    if path[1:] in (("session",), ("user",), ("isAuthenticated",), ("session", "user", "id"), ("session", "passport", "user")):
        return True
    if len(path) != 3 or path[1] != "session":
        return False
    of_user = USER_KEY.search(path[2]) is not None or is_id(path[2])
    return path[2] in keys or (_ALL_KEYS in keys and of_user)

"""What passport keeps of a user, held against what it later takes for the user's id."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tree_sitter import Node

from sessile.doctor.evidence.source.javascript import tree
from sessile.doctor.evidence.source.javascript.module import Found, Module, Modules
from sessile.doctor.evidence.source.javascript.place import place
from sessile.doctor.evidence.source.javascript.tree import FUNCTIONS, arguments, bare, called, method, path_of, text, within
from sessile.doctor.facts.source import Act, Deed

_ID: Final = re.compile(r"(?:^|_)id$|[a-z]I[dD]$|uuid|^(?:sub|key|e?mail|name|login)$|name$", re.IGNORECASE)
_BY_ID: Final = re.compile(r"by_?(?:id|pk)$", re.IGNORECASE)
_QUERIES: Final = frozenset(("query", "execute", "oneOrNone", "one", "get", "all", "raw"))
_ASKS: Final = re.compile(r"where|find", re.IGNORECASE)
_LOGGERS: Final = frozenset(("console", "log", "logger", "debug"))
_TAKES_ID_FROM_OBJECT: Final = (b"mongoose", b"mongodb")
"""A cast to ObjectId that takes `_id` out of an object."""


@dataclass(frozen=True, slots=True)
class _Stored:
    """An object that a serializer hands on; `may_have_key` tells that it may hold `_id`."""

    module: Module
    node: Node
    may_have_key: bool


def acts(modules: Modules) -> Iterator[Act]:
    """The one deserializer that takes for an id what the one serializer hands on as an object."""
    writers = list(_given(modules, "serializeUser"))
    readers = list(_given(modules, "deserializeUser"))
    if len(writers) != 1 or len(readers) != 1:
        return
    stored, used = _stored(modules, writers[0]), _taken_for_id(readers[0])
    if stored is None or used is None:
        return
    if stored.may_have_key and any(
        word in content for content in modules.project.files.values() for word in _TAKES_ID_FROM_OBJECT
    ):
        return
    yield Act(Deed.LOOKS_UP_OBJECT, place(readers[0].module, used), f"{stored.module.path}:{tree.line(stored.node)}")


def _given(modules: Modules, name: str) -> Iterator[Found]:
    """The functions that passport is given under a name; another thing counts, too, as a call that nobody can read."""
    for module in modules:
        for call in module.calls if name.encode() in module.content else ():
            if method(call) == name and (given := arguments(call)):
                found = module.resolve(given[-1])
                yield found if isinstance(found, Found) else Found(module, given[-1])


def _stored(modules: Modules, writer: Found) -> _Stored | None:
    """What the serializer hands on, where that is always an object."""
    function = writer.node
    names = [text(one) for one in tree.parameters(function)] if function.type in FUNCTIONS else []
    if len(names) < 2 or _changed(function, names[-2]):
        return None
    values = [arguments(call)[1] for call in _handing_on(function, names[-1])]
    kinds = [_kind(modules, value, names[-2]) for value in values]
    if not values or not all(kinds):
        return None
    return _Stored(writer.module, values[0], any("whole" in kind for kind in kinds))


def _kind(modules: Modules, value: Node, user: str) -> str:
    """An object as it is written, or the user as a whole; "" for anything else."""
    if value.type == "object":
        keyed = any(child.type == "spread_element" or re.search(r"\b_id\b", text(child)) for child in value.named_children)
        return "whole" if keyed else "picked"
    if text(value) == user and not _ID.search(user) and not _verified_by_id(modules):
        return "whole"
    return ""


def _verified_by_id(modules: Modules) -> bool:
    """Whether a strategy may name its user by an id, or its code is not there to be read."""
    verified = []
    for module in modules:
        for call in module.calls if b"Strategy" in module.content else ():
            verify = arguments(call)[-1:] if call.type == "new_expression" and called(call)[-1:] else []
            if verify and "Strategy" in called(call)[-1]:
                found = module.resolve(verify[0])
                function = found.node if isinstance(found, Found) and found.node.type in FUNCTIONS else None
                names = [text(one) for one in tree.parameters(function)] if function else []
                values = [arguments(one)[1] for one in _handing_on(function, names[-1])] if function and names else []
                verified.append(bool(values) and all(_names_user(one) for one in values))
    return not verified or not all(verified)


def _names_user(value: Node) -> bool:
    """Whether it is a user, or none, by how it is written: a name or an object that is no id."""
    if value.type in ("false", "null", "undefined", "object"):
        return True
    if value.type in ("binary_expression", "ternary_expression"):
        return all(_names_user(one) for one in value.named_children[-2:])
    return value.type == "identifier" and not _ID.search(text(value))


def _handing_on(function: Node, done: str) -> list[Node]:
    return [one for one in within(function, "call_expression") if called(one) == (done,) and len(arguments(one)) > 1]


def _changed(function: Node, name: str) -> bool:
    assigned = within(function, "assignment_expression", "augmented_assignment_expression")
    return any(path_of(one.child_by_field_name("left"))[:1] == (name,) for one in assigned)


def _taken_for_id(reader: Found) -> Node | None:
    """The first place where a deserializer takes its argument for an id, if it does nothing else with it."""
    function = reader.node
    names = [text(one) for one in tree.parameters(function)] if function.type in FUNCTIONS else []
    inner = tree.body(function)
    if len(names) < 2 or inner is None:
        return None
    uses = [one for one in within(inner, "identifier", "shorthand_property_identifier") if text(one) == names[-2]]
    shown = [one for one in uses if _is_logged(one)]
    ids = [one for one in uses if one not in shown and _is_id(reader.module, one, names[-1])]
    return ids[0] if ids and len(ids) + len(shown) == len(uses) else None


def _is_logged(use: Node) -> bool:
    call = tree.around(use, "call_expression")
    return call is not None and called(call)[:1] != () and called(call)[0] in _LOGGERS


def _is_id(module: Module, use: Node, done: str) -> bool:
    around = use.parent
    while around is not None and bare(around) == use:
        around = around.parent
    if around is None:
        return False
    match around.type:
        case "arguments":
            call = around.parent
            return call is not None and len(arguments(call)) == 1 and _takes_id(module, call)
        case "array":
            call = around.parent.parent if around.parent and around.parent.type == "arguments" else None
            return call is not None and method(call) in _QUERIES
        case "binary_expression":
            sides = [around.child_by_field_name(side) for side in ("left", "right")]
            compares = text(around.child_by_field_name("operator")) in ("===", "==")
            return compares and any(_ID.search(path[-1]) for side in sides if len(path := path_of(side)) > 1)
        case "pair":
            key = tree.property_name(around.child_by_field_name("key"))
            return key == "id" and _is_asked_for(around, done)
        case "object":
            return text(use) == "id" and _is_asked_for(use, done)
        case "subscript_expression":
            return around.child_by_field_name("index") == use
    return False


def _is_asked_for(node: Node, done: str) -> bool:
    """Whether it stands in the conditions of a query, not in a user who is handed on."""
    call = tree.around(node, "call_expression")
    if call is None or called(call) == (done,):
        return False
    return _ASKS.search(text(call.child_by_field_name("function"))) is not None or _ASKS.search(_key_around(node)) is not None


def _key_around(node: Node) -> str:
    """The key under which the object stands that a node is a part of, "" for none."""
    pair = node.parent.parent if node.parent else None
    return tree.property_name(pair.child_by_field_name("key")) if pair is not None and pair.type == "pair" else ""


def _takes_id(module: Module, call: Node) -> bool:
    """Whether a call takes an id: by its name, and by its code where that is there."""
    name = method(call) or (called(call)[-1:] or ("",))[0]
    if not _BY_ID.search(name) and name != "get":
        return False
    found = module.resolve(call.child_by_field_name("function"))
    if not isinstance(found, Found) or found.node.type not in FUNCTIONS:
        return True
    parameter = next(iter(tree.parameters(found.node)), None)
    if parameter is None or parameter.type != "identifier":
        return False
    return not any(path_of(one)[:1] == (text(parameter),) for one in within(found.node, "member_expression"))

"""What an expression of the code is known to be, and the options that are handed to a library, by their paths."""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from tree_sitter import Node

from sessile.doctor.evidence.source.javascript import algebra
from sessile.doctor.evidence.source.javascript.algebra import NO, UNDEFINED, YES
from sessile.doctor.evidence.source.javascript.module import ENVIRONMENT, Foreign, Found, Module
from sessile.doctor.evidence.source.javascript.place import place
from sessile.doctor.evidence.source.javascript.scope import returned
from sessile.doctor.evidence.source.javascript.tree import (
    FUNCTIONS,
    arguments,
    around,
    bare,
    called,
    path_of,
    property_name,
    string,
    text,
)  # fmt: skip
from sessile.doctor.evidence.source.literal import literal
from sessile.doctor.facts.concealed import Concealed
from sessile.doctor.facts.evidence import Unknown
from sessile.doctor.facts.source import Choice, Fresh, Literal, Made, Setting, Several, Value, Variable

DEPTH: Final = 10
Settings = tuple[Setting, ...]

_FRESH: Final = re.compile(r"randomBytes|randomUUID|\bnanoid|uuid|Date\.now$|new Date$|Math\.random|getRandomValues|generateKey")
_PARSERS: Final = frozenset(("Number", "parseInt", "parseFloat", "JSON.parse", "Number.parseInt", "Number.parseFloat"))
_CONFIDENTIAL: Final = re.compile(r"secret|password|passphrase|^keys?$|token", re.IGNORECASE)
_NAMED: Final[Mapping[str, Value]] = {
    "undefined": UNDEFINED,
    "Infinity": Literal(math.inf),
    "Number.POSITIVE_INFINITY": Literal(math.inf),
    "NaN": Literal(math.nan),
    "Number.MAX_SAFE_INTEGER": Literal(2**53 - 1),
}
_ELSEWHERE: Final = Unknown("its options are put together elsewhere")


def evaluate(module: Module, node: Node | None, depth: int = DEPTH) -> Value:
    """What an expression is; `Unknown` says what stands there instead."""
    node = bare(node)
    if node is None:
        return UNDEFINED
    if depth <= 0:
        return Unknown("it is put together over too many steps")
    variable = _variable(module, node)
    return variable or _READERS.get(node.type, _resolved)(module, node, depth - 1)


def options(module: Module, node: Node | None, prefix: str = "", depth: int = DEPTH) -> tuple[Settings, bool]:
    """The options of an object expression, and whether some of them could not be read."""
    found = module.resolve(node)
    if not isinstance(found, Found) or found.node.type != "object" or depth <= 0:
        return (), node is not None
    listed = list(_listed(found.module, found.node, prefix, depth))
    settings = tuple(setting for part, _ in listed for setting in part)
    given = bare(node)
    if given is not None and given.type == "identifier":
        settings += tuple(_set_later(module, text(given), prefix, settings))
    return settings, any(open_ended for _, open_ended in listed)


def _listed(module: Module, node: Node, prefix: str, depth: int) -> Iterator[tuple[Settings, bool]]:
    for child in node.named_children:
        key = child.child_by_field_name("key")
        match child.type:
            case "pair" if key is not None and key.type == "computed_property_name":
                yield (), True
            case "pair":
                yield _option(module, prefix + property_name(key), child.child_by_field_name("value"), child, depth), False
            case "shorthand_property_identifier":
                yield _option(module, prefix + text(child), child, child, depth), False
            case "method_definition":
                name = prefix + text(child.child_by_field_name("name"))
                yield (Setting(name, _function(module, child, depth - 1), place(module, child)),), False
            case "spread_element":
                yield options(module, child.named_children[0], prefix, depth - 1)


def _option(module: Module, name: str, value: Node | None, pair: Node, depth: int) -> Settings:
    where, found = place(module, pair), module.resolve(value)
    if not isinstance(found, Found) or found.node.type != "object":
        return (Setting(name, _concealed(name, evaluate(module, value, depth - 1)), where),)
    inner, open_ended = options(module, value, f"{name}.", depth - 1)
    return (Setting(name, _ELSEWHERE if open_ended else Made("object"), where), *inner)


def _set_later(module: Module, name: str, prefix: str, settings: Settings) -> Iterator[Setting]:
    """What `options.cookie.secure = true` changes after the object was written."""
    before = {setting.name: setting.value for setting in settings}
    for path, assignment in module.assignments:
        if path[0] == name:
            option = prefix + ".".join(path[1:])
            value = evaluate(module, assignment.child_by_field_name("right"))
            branch = around(assignment, "if_statement")
            if branch is not None:
                decides = evaluate(module, branch.child_by_field_name("condition"))
                value = algebra.under(decides, value, before.get(option, UNDEFINED))
            yield Setting(option, _concealed(option, value), place(module, assignment))


def _concealed(name: str, value: Value) -> Value:
    """The value, with every text in it concealed if the option's name is a secret's."""
    return conceal(value) if _CONFIDENTIAL.search(name.rpartition(".")[2]) else value


def conceal(value: Value) -> Value:
    """The value with every text in it concealed."""
    match value:
        case Literal(str(written)):
            return Literal(Concealed(written))
        case Variable(_, default, _) if default is not None:
            return replace(value, default=conceal(default))
        case Choice(_, _, yes, no):
            return replace(value, yes=conceal(yes), no=conceal(no))
        case Several(items):
            return Several(tuple(map(conceal, items)))
    return value


def _variable(module: Module, node: Node) -> Variable | None:
    """`process.env.NAME`, whatever it is called in the file."""
    path = path_of(node)
    if node.type == "subscript_expression" and path[:-1] == ENVIRONMENT and path[-1] != "*":
        return Variable(path[-1])
    found = module.resolve(node) if node.type in ("identifier", "member_expression") else None
    prefix = ".".join((*ENVIRONMENT, ""))
    return Variable(found.path.removeprefix(prefix)) if isinstance(found, Foreign) and found.path.startswith(prefix) else None


def _number(_module: Module, node: Node, _depth: int) -> Value:
    written = text(node).replace("_", "").rstrip("n")
    try:
        return Literal(int(written, 0))
    except ValueError:
        pass
    try:
        return Literal(float(written))
    except ValueError:
        return Unknown(f"{written} is no number that can be read")


def _string(_module: Module, node: Node, _depth: int) -> Value:
    written = string(node)
    return literal(written) if written is not None else Unknown("a text is put together")


def _binary(module: Module, node: Node, depth: int) -> Value:
    operator = text(node.child_by_field_name("operator"))
    first, second = node.child_by_field_name("left"), node.child_by_field_name("right")
    left = evaluate(module, first, depth)
    if operator in ("||", "??"):
        return algebra.or_else(left, operator, lambda: evaluate(module, second, depth))
    right = evaluate(module, second, depth)
    if operator == "&&":
        return algebra.chosen(algebra.condition_of(left), right, UNDEFINED)
    if operator in ("===", "==", "!==", "!="):
        return algebra.compared(left, right, negated=operator.startswith("!"))
    return algebra.calculated(operator, left, right)


def _unary(module: Module, node: Node, depth: int) -> Value:
    return algebra.negated(
        text(node.child_by_field_name("operator")), evaluate(module, node.child_by_field_name("argument"), depth)
    )


def _ternary(module: Module, node: Node, depth: int) -> Value:
    decides = algebra.condition_of(evaluate(module, node.child_by_field_name("condition"), depth))
    yes, no = (evaluate(module, node.child_by_field_name(name), depth) for name in ("consequence", "alternative"))
    return algebra.chosen(decides, yes, no)


def _call(module: Module, node: Node, depth: int) -> Value:
    name, given = ".".join(called(node)), arguments(node)
    if name in _PARSERS and given:
        return algebra.parsed(evaluate(module, given[0], depth))
    if name in ("Boolean", "String") and given:
        return evaluate(module, given[0], depth)
    how = ("new " if node.type == "new_expression" else "") + text(
        node.child_by_field_name("function") or node.child_by_field_name("constructor")
    )
    if _FRESH.search(how):
        return Fresh(f"{how.splitlines()[0][:60]}()")
    found = module.resolve(node)
    if isinstance(found, Foreign):
        return _made(found, depth)
    if found and found.node != node:
        return evaluate(found.module, found.node, depth)
    return Unknown(f"it is what {name or 'a call'}() answers")


def _made(foreign: Foreign, depth: int) -> Value:
    """What a package's call makes, with the options of that call."""
    given = arguments(foreign.call.node) if foreign.call else []
    if foreign.call and foreign.path == "ms()" and given:
        return algebra.milliseconds(evaluate(foreign.call.module, given[0], depth))
    settings = options(foreign.call.module, given[0], depth=depth)[0] if foreign.call and given else ()
    return Made(foreign.path, settings)


def _list(module: Module, node: Node, depth: int) -> Value:
    if any(child.type == "spread_element" for child in node.named_children):
        return Unknown("a list is put together")
    return Several(tuple(evaluate(module, child, depth) for child in node.named_children if child.type != "comment"))


def _object(module: Module, node: Node, depth: int) -> Value:
    return Made("object", options(module, node, depth=depth)[0])


def _function(module: Module, node: Node, depth: int) -> Value:
    """A function, with what it always returns where that is known."""
    result = returned(node)
    settings = (Setting("returns", evaluate(module, result, depth), place(module, node)),) if result is not None else ()
    return Made("async function" if text(node).startswith("async") else "function", settings)


def _resolved(module: Module, node: Node, depth: int) -> Value:
    if node.type in FUNCTIONS:
        return _function(module, node, depth)
    if (known := _NAMED.get(text(node))) is not None:
        return known
    match module.resolve(node):
        case Foreign() as foreign:
            return _made(foreign, depth)
        case Found(where, there) if there != node:
            return evaluate(where, there, depth)
    named = node.type in ("identifier", "member_expression")
    return Unknown(f"{text(node)[:40]} is set elsewhere" if named else "it is put together")


_READERS: Final[Mapping[str, Callable[[Module, Node, int], Value]]] = {
    "number": _number,
    "string": _string,
    "template_string": _string,
    "true": lambda *_: YES,
    "false": lambda *_: NO,
    "null": lambda *_: UNDEFINED,
    "undefined": lambda *_: UNDEFINED,
    "binary_expression": _binary,
    "unary_expression": _unary,
    "ternary_expression": _ternary,
    "call_expression": _call,
    "new_expression": _call,
    "array": _list,
    "object": _object,
}

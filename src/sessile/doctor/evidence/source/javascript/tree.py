"""A file of JavaScript or TypeScript as a tree, and the few questions that all readers ask of its nodes."""

from collections.abc import Iterator
from functools import cache
from pathlib import PurePosixPath
from typing import Final

from tree_sitter import Language, Node, Parser

FUNCTIONS: Final = frozenset(
    ("arrow_function", "function_expression", "function_declaration", "generator_function", "method_definition", "function")
)
_DRESSES: Final = frozenset(
    ("parenthesized_expression", "as_expression", "satisfies_expression", "non_null_expression", "await_expression")
)
_TYPED: Final = frozenset((".ts", ".mts", ".cts"))


def parse(path: str, content: bytes) -> Node:
    """The root of a file's tree; what is no code of that language stands in it as errors."""
    suffix = PurePosixPath(path).suffix.lower()
    name = "typescript" if suffix in _TYPED else "tsx" if suffix == ".tsx" else "javascript"
    return _parser(name).parse(content).root_node


@cache
def _parser(name: str) -> Parser:
    import tree_sitter_javascript
    import tree_sitter_typescript

    languages = {
        "javascript": tree_sitter_javascript.language,
        "typescript": tree_sitter_typescript.language_typescript,
        "tsx": tree_sitter_typescript.language_tsx,
    }
    return Parser(Language(languages[name]()))


def text(node: Node | None) -> str:
    """The code of a node, "" for none."""
    return node.text.decode("utf-8", "replace") if node and node.text else ""


def line(node: Node) -> int:
    """Its line, counted from 1."""
    return node.start_point[0] + 1


def bare(node: Node | None) -> Node | None:
    """The expression without parentheses, type casts and `await`."""
    while node is not None and node.type in _DRESSES:
        node = next((child for child in node.named_children if child.type != "comment"), None)
    return node


def within(node: Node, *types: str, into_functions: bool = True) -> Iterator[Node]:
    """Every node of these types below a node, in the order of the text."""
    stack = list(reversed(node.named_children))
    while stack:
        one = stack.pop()
        if one.type in types:
            yield one
        if into_functions or one.type not in FUNCTIONS:
            stack.extend(reversed(one.named_children))


def above(node: Node) -> Iterator[Node]:
    """The nodes around a node, from the inside out."""
    parent = node.parent
    while parent is not None:
        yield parent
        parent = parent.parent


def around(node: Node, *types: str) -> Node | None:
    """The innermost node of these types around a node."""
    return next((one for one in above(node) if one.type in types), None)


def encloses(outer: Node, inner: Node) -> bool:
    """Whether a node lies inside another, or is it."""
    return outer.start_byte <= inner.start_byte and inner.end_byte <= outer.end_byte


def path_of(node: Node | None) -> tuple[str, ...]:
    """The names of a chain of members, `req.session.user` as three; () for what is none. `a['b']` counts as `a.b`."""
    names: list[str] = []
    node = bare(node)
    while node is not None and node.type in ("member_expression", "subscript_expression"):
        key = node.child_by_field_name("property") or node.child_by_field_name("index")
        names.append(text(key) if node.type == "member_expression" else string(key) or "*")
        node = bare(node.child_by_field_name("object"))
    if node is None or node.type not in ("identifier", "this", "property_identifier"):
        return ()
    return (text(node), *reversed(names))


def called(call: Node) -> tuple[str, ...]:
    """The path of what a call calls."""
    return path_of(call.child_by_field_name("function") or call.child_by_field_name("constructor"))


def method(call: Node) -> str:
    """The last name of what a call calls, whatever it is called on."""
    function = bare(call.child_by_field_name("function"))
    if function is None or function.type != "member_expression":
        return ""
    return text(function.child_by_field_name("property"))


def receiver(call: Node) -> Node | None:
    """What a method is called on."""
    function = bare(call.child_by_field_name("function"))
    return bare(function.child_by_field_name("object")) if function and function.type == "member_expression" else None


def arguments(call: Node) -> list[Node]:
    """The arguments of a call."""
    given = call.child_by_field_name("arguments")
    return [one for child in (given.named_children if given else ()) if child.type != "comment" and (one := bare(child))]


def string(node: Node | None) -> str | None:
    """The text of a string literal, or None for anything else."""
    node = bare(node)
    if node is None or node.type not in ("string", "template_string"):
        return None
    if any(child.type == "template_substitution" for child in node.named_children):
        return None
    return "".join(_ESCAPES.get(text(child), text(child)) for child in node.named_children)


_ESCAPES: Final = {r"\n": "\n", r"\r": "\r", r"\t": "\t", r"\"": '"', r"\'": "'", r"\\": "\\", r"\`": "`"}


def property_name(node: Node | None) -> str:
    """The key of a pair in an object, or of a method."""
    return string(node) or text(node)


def body(function: Node) -> Node | None:
    """The block or the expression of a function."""
    return function.child_by_field_name("body")


def parameters(function: Node) -> list[Node]:
    """The parameters of a function, without their types and defaults."""
    one = function.child_by_field_name("parameter")
    listed = function.child_by_field_name("parameters")
    return [_named(child) for child in ([one] if one else listed.named_children if listed else []) if child.type != "comment"]


def _named(parameter: Node) -> Node:
    for name in ("pattern", "left"):
        if (inner := parameter.child_by_field_name(name)) is not None:
            return _named(inner)
    return parameter

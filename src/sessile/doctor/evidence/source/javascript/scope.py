"""Where a name is declared, as seen from a place in the code, and what stands in a declaration."""

from collections.abc import Iterator
from typing import Final

from tree_sitter import Node

from sessile.doctor.evidence.source.javascript import tree
from sessile.doctor.evidence.source.javascript.tree import property_name, text, within

_DECLARATIONS: Final = ("lexical_declaration", "variable_declaration")
PARAMETERS: Final = frozenset(("required_parameter", "optional_parameter", "formal_parameters", "arrow_function"))


def lookup(node: Node, name: str) -> Node | None:
    """The declaration of a name as seen from a node: a declarator, a function, or the parameters that hide what lies outside."""
    for scope in tree.above(node):
        if scope.type in tree.FUNCTIONS:
            if any(name in _names(parameter) for parameter in tree.parameters(scope)):
                return scope if scope.type == "arrow_function" else scope.child_by_field_name("parameters")
        elif scope.type in ("statement_block", "program", "switch_case"):
            for statement in scope.named_children:
                inner = statement.child_by_field_name("declaration") if statement.type == "export_statement" else statement
                if inner is not None and (found := dict(declarations(inner)).get(name)) is not None:
                    return found
    return None


def declarations(statement: Node) -> Iterator[tuple[str, Node]]:
    """The names that a statement declares, each with its declarator or its function."""
    if statement.type in _DECLARATIONS:
        for one in statement.named_children:
            if one.type == "variable_declarator" and (pattern := one.child_by_field_name("name")) is not None:
                yield from ((name, one) for name in _names(pattern))
    elif statement.type in ("function_declaration", "class_declaration", "generator_function_declaration"):
        yield text(statement.child_by_field_name("name")), statement


def _names(pattern: Node) -> frozenset[str]:
    if pattern.type == "identifier":
        return frozenset((text(pattern),))
    names = within(pattern, "identifier", "shorthand_property_identifier_pattern")
    return frozenset(text(one) for one in names)


def picked(pattern: Node, name: str) -> str:
    """What an object's member is called there that a pattern gives a name: `{ Pool: P }` has `P` from `Pool`."""
    for child in pattern.named_children:
        if child.type == "shorthand_property_identifier_pattern" and text(child) == name:
            return name
        if child.type == "object_assignment_pattern" and text(child.child_by_field_name("left")) == name:
            return name
        if child.type == "pair_pattern" and text(child.child_by_field_name("value")) == name:
            return property_name(child.child_by_field_name("key"))
    return ""


def returned(function: Node) -> Node | None:
    """What a function always returns: its expression, or that of its only `return`."""
    block = tree.body(function)
    if block is None or block.type != "statement_block":
        return block
    returns = list(within(block, "return_statement", into_functions=False))
    return returns[0].named_children[0] if len(returns) == 1 and returns[0].named_children else None

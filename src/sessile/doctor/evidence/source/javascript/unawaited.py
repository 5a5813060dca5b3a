"""Functions that put a user into the session after a pause, called by handlers that answer without waiting for them."""

from collections.abc import Iterator
from typing import Final

from tree_sitter import Node

from sessile.doctor.evidence.source.javascript import tree
from sessile.doctor.evidence.source.javascript.handlers import REQUESTS, Event, Kind, events_of, handlers, reaches
from sessile.doctor.evidence.source.javascript.module import Found, Module
from sessile.doctor.evidence.source.javascript.place import place
from sessile.doctor.evidence.source.javascript.tree import FUNCTIONS, arguments, path_of, text, within
from sessile.doctor.facts.source import Act, Deed

_WAITS: Final = frozenset(
    ("await_expression", "return_statement", "member_expression", "array", "arguments", "variable_declarator")
)
"""What a call stands in whose promise is waited for, or kept for later."""


def acts(module: Module) -> Iterator[Act]:
    """Every change of the session in such a function, at its own place."""
    if b"session" not in module.content and b"req" not in module.content:
        return
    for handler in handlers(module.root):
        answers = [one for one in events_of(handler) if one.kind is Kind.ANSWER]
        for call in within(handler, "call_expression") if answers else ():
            yield from _too_late(module, call, answers)


def _too_late(module: Module, call: Node, answers: list[Event]) -> Iterator[Act]:
    answer = next((one for one in answers if one.node.start_byte > call.end_byte and reaches(call, one.node)), None)
    helper = _helper(module, call) if answer and _is_left_alone(call) else None
    if helper is None or answer is None:
        return
    pauses = list(within(helper.node, "await_expression", into_functions=False))
    changes = (one for one in events_of(helper.node) if one.kind is Kind.CHANGE)
    for change in changes:
        if pauses and change.node.start_byte > pauses[0].end_byte:
            detail = f"res.{answer.key} in line {tree.line(answer.node)} of {module.path} does not wait for it"
            yield Act(Deed.CHANGES_AFTER_ANSWER, place(helper.module, change.node), detail)


def _is_left_alone(call: Node) -> bool:
    parent = call.parent
    return parent is not None and parent.type not in _WAITS and parent.type not in FUNCTIONS


def _helper(module: Module, call: Node) -> Found | None:
    """The async function that a call gives the request to, where its code is there."""
    if not any(path_of(one)[1:] == () and path_of(one)[:1] and path_of(one)[0] in REQUESTS for one in arguments(call)):
        return None
    found = module.resolve(call.child_by_field_name("function"))
    if not isinstance(found, Found) or found.node.type not in FUNCTIONS or not text(found.node).startswith("async"):
        return None
    return found

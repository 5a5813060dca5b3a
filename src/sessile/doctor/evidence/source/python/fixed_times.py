"""Ends of sessions and tokens that Python code works out once, when the process starts, for everybody who logs in afterwards."""

import ast
import re
from collections.abc import Iterator

from sessile.doctor.evidence.source.python.asking import own_nodes
from sessile.doctor.evidence.source.python.endings import TESTS
from sessile.doctor.evidence.source.python.module import Module
from sessile.doctor.facts.source import Act, Deed

ENDS = re.compile(r"(?:^|_)(?:exp|expir(?:es?|y|ation)|valid_(?:until|to)|ends?)(?:_|$)", re.IGNORECASE)
OF_SESSIONS = re.compile(r"sess|token|jwt|cookie|login", re.IGNORECASE)
NOW = re.compile(r"(?:^|\.)(?:now|utcnow|time|timestamp)$")


def fixed_times(module: Module) -> Iterator[Act]:
    """Default arguments, and names of the module itself, that hold a time of the start and a span."""
    if TESTS.search(module.path):
        return
    for function in module.functions:
        listed = [*function.args.posonlyargs, *function.args.args]
        given = [*zip(reversed(listed), reversed(function.args.defaults), strict=False)]
        given += [(one, value) for one, value in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True) if value]
        for argument, value in given:
            if ENDS.search(argument.arg) and _is_of_start(value, module) and OF_SESSIONS.search(ast.unparse(function)):
                yield Act(Deed.ENDS_FIXED_AT_START, module.place(value), argument.arg)
    for name, value in module.values.items():
        if ENDS.search(name) and _is_of_start(value, module) and _is_used(name, module):
            yield Act(Deed.ENDS_FIXED_AT_START, module.place(value), name)


def _is_of_start(value: ast.expr, module: Module) -> bool:
    """`datetime.now() + timedelta(...)`: a time, and something after it."""
    if not isinstance(value, ast.BinOp) or not isinstance(value.op, ast.Add):
        return False
    called = (node for node in ast.walk(value) if isinstance(node, ast.Call))
    return any(NOW.search(module.dotted(node.func)) for node in called)


def _is_used(name: str, module: Module) -> bool:
    """Whether a function that deals with sessions reads it."""
    return any(
        any(isinstance(node, ast.Name) and node.id == name for node in own_nodes(function))
        and OF_SESSIONS.search(ast.unparse(function)) is not None
        for function in module.functions
    )

"""How Python code finds the user whom a session names."""

import ast
from collections.abc import Iterator

from sessile.doctor.evidence.source.python.asking import own_nodes
from sessile.doctor.evidence.source.python.module import Function, Module
from sessile.doctor.facts.source import Act, Deed


def loaders(module: Module) -> Iterator[Act]:
    """Flask-Login's loaders that look for a text, which the id is, among numbers."""
    numbered = {name for name, value in module.values.items() if _has_numbers(value)}
    for function in module.functions:
        if numbered and function.args.args and any(_is_loader(one) for one in function.decorator_list):
            yield from _looked_up(function, function.args.args[0].arg, numbered, module)


def _is_loader(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Attribute) and decorator.attr == "user_loader"


def _has_numbers(value: ast.expr) -> bool:
    """Whether all keys of a dictionary are whole numbers."""
    return (
        isinstance(value, ast.Dict)
        and bool(value.keys)
        and all(isinstance(key, ast.Constant) and isinstance(key.value, int) for key in value.keys)
    )


def _looked_up(function: Function, argument: str, numbered: set[str], module: Module) -> Iterator[Act]:
    nodes = list(own_nodes(function))
    if any(isinstance(node, ast.Name) and node.id == argument and isinstance(node.ctx, ast.Store) for node in nodes):
        return
    for node in nodes:
        match node:
            case (
                ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="get"), args=[ast.Name(id=word), *_])
                | ast.Subscript(value=ast.Name(id=name), slice=ast.Name(id=word))
            ) if name in numbered and word == argument:
                yield Act(Deed.LOOKS_UP_TEXT, module.place(node), name)

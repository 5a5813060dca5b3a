"""Where Python code asks for the session of a request, and what it does with it."""

import ast
from collections.abc import Iterator

from sessile.doctor.evidence.source.python.module import Function, Module, text_of

REQUESTS = frozenset({"request", "req", "websocket", "ws", "conn", "connection"})


def is_session(node: ast.AST, module: Module | None = None) -> bool:
    """Whether an expression is a request's session: `request.session`, `self.request.session`, or Flask's `session`."""
    match node:
        case ast.Attribute(value=ast.Name(id=name), attr="session"):
            return name in REQUESTS
        case ast.Attribute(value=ast.Attribute(attr="request"), attr="session"):
            return True
        case ast.Name(id=name):
            return module is not None and module.imports.get(name) == "flask.session"
    return False


def asks_for_session(node: ast.AST) -> bool:
    """Whether code asks a request for its session, in an attribute or in an ASGI scope."""
    return any(is_session(one) or _in_scope(one) for one in ast.walk(node))


def sessions(module: Module) -> Iterator[ast.expr]:
    """Every expression of a module that is a session."""
    yield from (node for node in module.nodes if isinstance(node, ast.expr) and is_session(node, module))


def own_nodes(function: Function) -> Iterator[ast.AST]:
    """The nodes of a function without those of functions inside it, which have sessions of their own."""
    waiting: list[ast.AST] = list(reversed(list(ast.iter_child_nodes(function))))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            waiting += reversed(list(ast.iter_child_nodes(node)))


def _in_scope(node: ast.AST) -> bool:
    return isinstance(node, ast.Subscript) and text_of(node.slice) == "session" and _is_scope(node.value)


def _is_scope(node: ast.AST) -> bool:
    return (isinstance(node, ast.Name) and node.id == "scope") or (isinstance(node, ast.Attribute) and node.attr == "scope")

"""Where Python code asks for the session of a request, and what it does with it."""

import ast
from collections.abc import Iterator

from sessile.doctor.evidence.source.python.module import Function, Module, text_of

PASSES_ON = ("call_next", "app")
REQUESTS = frozenset({"request", "req", "websocket", "ws", "conn", "connection"})


def is_session(node: ast.AST, module: Module | None = None) -> bool:
    """Whether an expression is a request's session: `request.session`, `self.request.session`, or Flask's `session`."""
    match node:
        case ast.Attribute(value=ast.Name(id=name), attr="session"):
            return name in REQUESTS
        case ast.Attribute(value=ast.Attribute(attr="request"), attr="session"):
            return True
        case ast.Name(id=name):
            return module is not None and module.imports.get(name) in ("flask.session", "quart.session")
    return False


def asks_before_passing_on(node: ast.ClassDef | Function) -> bool:
    """Whether a middleware asks a request for its session before it hands the request on.

    Whoever stands around the session's middleware finds the session in the scope afterwards: both have the same scope.
    """
    functions = [one for one in ast.walk(node) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
    inner = {
        one for function in functions for one in own_nodes(function) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    return any(_asks_first(function) for function in functions if function not in inner)


def _asks_first(function: Function) -> bool:
    for node in sorted(_placed(function), key=lambda one: (one.lineno, one.col_offset)):
        if isinstance(node, ast.Call) and _passes_on(node):
            return False
        if is_session(node) or _in_scope(node):
            return True
    return False


def _placed(function: Function) -> Iterator[ast.expr]:
    yield from (node for node in own_nodes(function) if isinstance(node, ast.expr))


def _passes_on(call: ast.Call) -> bool:
    """`call_next(request)`, `self.app(scope, receive, send)`."""
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in PASSES_ON and bool(call.args)
    return False


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
    """`scope["session"]`, `request.scope.get("session")`."""
    match node:
        case ast.Subscript(value=scope, slice=key) | ast.Call(func=ast.Attribute(value=scope, attr="get"), args=[key, *_]):
            return text_of(key) == "session" and _is_scope(scope)
    return False


def _is_scope(node: ast.AST) -> bool:
    return (isinstance(node, ast.Name) and node.id == "scope") or (isinstance(node, ast.Attribute) and node.attr == "scope")

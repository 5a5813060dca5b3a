"""What in Python code runs around every request, or answers errors, and ends the session there."""

import ast
from collections.abc import Iterator

from sessile.doctor.evidence.source.python.asking import is_session, own_nodes
from sessile.doctor.evidence.source.python.module import Function, Module, text_of
from sessile.doctor.facts.source import AT_ANY_ERROR, Act, Deed
from sessile.doctor.masking import excerpt

BEFORE = ("before_request", "before_app_request")
ON_ERROR = ("exception_handler", "errorhandler", "app_errorhandler")
ORDINARY = ("Exception", "HTTPException", "RequestValidationError", "404", "405", "422", "500")
"""Errors that have nothing to do with who is logged in."""
ENDS = ("clear", "flush", "aflush", "destroy", "invalidate")
LOGOUTS = ("django.contrib.auth.logout", "django.contrib.auth.alogout", "flask_login.logout_user")
SHOWN = 80


def hooks(module: Module) -> Iterator[Act]:
    """The places that end the session of whoever comes by."""
    methods = {one for owner in module.classes.values() for one in _of_middleware(owner)}
    for function in module.functions:
        handled = next((text for one in function.decorator_list if (text := _handled(one))), "")
        if handled:
            yield from _on_error(function, handled, module)
        elif function in methods or any(_runs_before(one) for one in function.decorator_list):
            yield from _before(function, module)


def _of_middleware(owner: ast.ClassDef) -> Iterator[Function]:
    """The methods of a middleware that see each request: of Django, and of Starlette's BaseHTTPMiddleware."""
    for one in owner.body:
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and len(one.args.args) > 1:
            of_request = one.args.args[1].arg == "request"
            if one.name in ("process_request", "process_view", "dispatch") or (one.name == "__call__" and of_request):
                yield one


def _runs_before(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(called, ast.Attribute) and called.attr in (*BEFORE, "middleware")


def _handled(decorator: ast.expr) -> str:
    """The error that a function answers, "" where it answers none."""
    match decorator:
        case ast.Call(func=ast.Attribute(attr=name), args=[error, *_]) if name in ON_ERROR:
            return ast.unparse(error).rpartition(".")[2]
    return ""


def _on_error(function: Function, error: str, module: Module) -> Iterator[Act]:
    for node, condition in _ended(function, module):
        yield Act(Deed.ENDS_ON_ERROR, module.place(node), AT_ANY_ERROR if error in ORDINARY and not condition else "")


def _before(function: Function, module: Module) -> Iterator[Act]:
    for node, condition in _ended(function, module):
        yield Act(Deed.ENDS_IN_HOOK, module.place(node), condition)


def _ended(function: Function, module: Module) -> Iterator[tuple[ast.Call, str]]:
    """Each call that ends the session, and the condition that it stands under, "" for none."""
    forks = [node for node in own_nodes(function) if isinstance(node, ast.If)]
    for node in own_nodes(function):
        if isinstance(node, ast.Call) and _ends(node, module):
            around = [fork for fork in forks if fork.lineno <= node.lineno <= (fork.end_lineno or fork.lineno)]
            yield node, excerpt(ast.unparse(around[-1].test), SHOWN) if around else ""


def _ends(call: ast.Call, module: Module) -> bool:
    match call.func:
        case ast.Attribute(value=owner, attr=method) if method in ENDS:
            return is_session(owner, module)
        case ast.Attribute(attr="delete_cookie"):
            return bool(call.args) and "sess" in text_of(call.args[0]).lower()
    return module.dotted(call.func) in LOGOUTS

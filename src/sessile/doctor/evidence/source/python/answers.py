"""What handlers in Python put on an answer that is not sent, or into the session too late; applications that are mounted."""

import ast
import re
from collections.abc import Iterator

from sessile.doctor.evidence.source.python.asking import is_session, own_nodes
from sessile.doctor.evidence.source.python.module import Function, Module, text_of
from sessile.doctor.facts.source import Act, Deed

OF_SESSIONS = re.compile(r"sess|sid\b|token|auth|jwt|login|remember", re.IGNORECASE)
STREAMS = (".StreamingResponse", ".EventSourceResponse")
RESPONSES = ("fastapi.", "starlette.")


def answers(module: Module) -> Iterator[Act]:
    """Everything of the kind in one module."""
    yield from (Act(Deed.MOUNTS, module.place(call)) for call in module.calls if _mounts(call, module))
    background = {name for function in module.functions for name in _in_background(function, module)}
    for function in module.functions:
        yield from _on_another(function, module)
        if function.name in background:
            yield from _too_late(function, module)


def _on_another(function: Function, module: Module) -> Iterator[Act]:
    """A cookie on the response that FastAPI hands in, where the handler returns one of its own: only that one is sent."""
    listed = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    given = {one.arg for one in listed if one.annotation is not None and _is_response(module.dotted(one.annotation))}
    nodes = list(own_nodes(function)) if given else []
    own = {
        target.id
        for node in nodes
        if isinstance(node, ast.Assign) and _makes_response(node.value, module)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in nodes:
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="set_cookie")) if name in given:
                sent = [one.value for one in nodes if isinstance(one, ast.Return) and one.lineno > node.lineno]
                if sent and all(_is_another(value, own, module) for value in sent) and _is_of_session(node):
                    yield Act(Deed.SETS_COOKIE_UNSENT, module.place(node), name)


def _is_another(sent: ast.expr | None, own: set[str], module: Module) -> bool:
    return sent is not None and (_makes_response(sent, module) or (isinstance(sent, ast.Name) and sent.id in own))


def _makes_response(node: ast.expr, module: Module) -> bool:
    """Whether a response is made here that takes no headers from elsewhere."""
    if not isinstance(node, ast.Call) or not _is_response(module.dotted(node.func)):
        return False
    return not any(one.arg in (None, "headers", "background") for one in node.keywords)


def _is_response(dotted: str) -> bool:
    return dotted.startswith(RESPONSES) and dotted.endswith("Response")


def _is_of_session(call: ast.Call) -> bool:
    named = [*call.args[:1], *(one.value for one in call.keywords if one.arg == "key")]
    return any(OF_SESSIONS.search(text_of(one) or ast.unparse(one)) for one in named)


def _mounts(call: ast.Call, module: Module) -> bool:
    """`Mount("/admin", admin)`, `app.mount("/admin", admin)`; not of files."""
    mounted = call.args[1] if len(call.args) > 1 else next((one.value for one in call.keywords if one.arg == "app"), None)
    if mounted is None or isinstance(mounted, ast.Call):
        return False
    return module.dotted(call.func).endswith("routing.Mount") or (
        isinstance(call.func, ast.Attribute) and call.func.attr == "mount"
    )


def _in_background(function: Function, module: Module) -> Iterator[str]:
    """The functions that are run once the answer has begun: `tasks.add_task(f, ...)`, `BackgroundTask(f, ...)`, and a stream."""
    for node in own_nodes(function):
        match node:
            case ast.Call(func=ast.Attribute(attr="add_task"), args=[ast.Name(id=name), *_]):
                yield name
            case ast.Call(func=called, args=[ast.Name(id=name), *_]) if module.dotted(called).endswith(".BackgroundTask"):
                yield name
            case ast.Call(func=called, args=[ast.Call(func=ast.Name(id=name)), *_]) if module.dotted(called).endswith(STREAMS):
                yield name


def _too_late(function: Function, module: Module) -> Iterator[Act]:
    for node in own_nodes(function):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Subscript) and is_session(target.value, module):
                    yield Act(Deed.CHANGES_AFTER_ANSWER, module.place(node), text_of(target.slice))

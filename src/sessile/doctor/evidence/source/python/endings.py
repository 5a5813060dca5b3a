"""What in Python code ends sessions that nobody meant to end: hashes of one start, stores that are emptied, reads elsewhere."""

import ast
import re
from collections.abc import Iterator

from sessile.doctor.evidence.source.python.asking import is_session, own_nodes
from sessile.doctor.evidence.source.python.module import Function, Module
from sessile.doctor.facts.source import Act, Deed

TESTS = re.compile(r"(?:^|/)(?:tests?|conftest|fixtures)(?:/|_|\.py$)|_test\.py$|/test_")
EMPTYING = frozenset({"flushdb", "flushall"})


_DELETES = re.compile(
    r"\bDELETE\s+FROM\s+\S*sess\S*\s+WHERE\s+\S*expir\w*\s*(?P<by><=?|>=?)(?P<rest>.*)", re.IGNORECASE | re.DOTALL
)
_LATER = re.compile(r"(?:now\(\)|current_timestamp|CURRENT_DATE)[^;]*\+", re.IGNORECASE)
_NOW = re.compile(r"(?:^|\.)(?:now|utcnow|time)$")


def endings(module: Module) -> Iterator[Act]:
    """Everything of the kind in one module, tests apart."""
    if TESTS.search(module.path):
        return
    yield from _hashes(module)
    for node in module.calls:
        if emptied := _emptied(node, module):
            yield Act(Deed.EMPTIES_STORE, module.place(node), emptied)
        if _fills(node, module):
            yield Act(Deed.FILLS_CACHE, module.place(node))
    for function in module.functions:
        yield from _deletes(function, module)
    for owner in (node for node in module.nodes if isinstance(node, ast.ClassDef)):
        yield from _routes(owner, module)


def _hashes(module: Module) -> Iterator[Act]:
    """A value of `hash()` that is put into the session and compared there: each start hashes texts with a seed of its own."""
    hashing = {function.name for function in module.functions if any(_is_hashed(node, module) for node in _returned(function))}
    if not any(_compares(node, hashing, module) for node in module.nodes):
        return
    for function in module.functions:
        for node in own_nodes(function):
            match node:
                case ast.Assign(targets=[ast.Subscript(value=owner)], value=value) if is_session(owner, module):
                    if _is_made(value, hashing, module):
                        yield Act(Deed.HASHES_PER_START, module.place(node), "hash()")


def _compares(node: ast.AST, hashing: set[str], module: Module) -> bool:
    """Whether what a session holds is compared with such a value."""
    if not isinstance(node, ast.Compare):
        return False
    sides = [node.left, *node.comparators]
    of_session = [side for side in sides if any(is_session(one, module) for one in ast.walk(side))]
    return bool(of_session) and any(_is_made(side, hashing, module) for side in sides if side not in of_session)


def _is_made(node: ast.expr, hashing: set[str], module: Module) -> bool:
    return _is_hashed(node, module) or _calls(node, hashing)


def _returned(function: Function) -> Iterator[ast.expr]:
    yield from (node.value for node in own_nodes(function) if isinstance(node, ast.Return) and node.value is not None)


def _is_hashed(node: ast.AST, module: Module) -> bool:
    """Whether an expression has a call of Python's own `hash`, of something that is no number."""
    if "hash" in module.imports or any(function.name == "hash" for function in module.functions):
        return False
    return any(
        isinstance(one, ast.Call)
        and isinstance(one.func, ast.Name)
        and one.func.id == "hash"
        and len(one.args) == 1
        and not _is_number(one.args[0])
        for one in ast.walk(node)
    )


def _is_number(node: ast.expr) -> bool:
    match node:
        case ast.Call(func=ast.Name(id="int" | "float")) | ast.Attribute(attr="id" | "pk"):
            return True
        case ast.Constant(value=int() | float()):
            return True
    return False


def _calls(node: ast.expr, names: set[str]) -> bool:
    return any(isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and one.func.id in names for one in ast.walk(node))


def _emptied(call: ast.Call, module: Module) -> str:
    """What a call empties: a Redis database, or Django's table of sessions, whatever their age; "" for nothing."""
    match call.func:
        case ast.Attribute(attr=method) if method in EMPTYING:
            return f"{method}()"
        case ast.Attribute(value=ast.Call(func=ast.Attribute(value=manager, attr="all")), attr="delete" | "adelete"):
            if module.dotted(manager) == "django.contrib.sessions.models.Session.objects":
                return "Session.objects.all().delete()"
    return ""


def _deletes(function: Function, module: Module) -> Iterator[Act]:
    """A statement that deletes sessions by an end that is still to come."""
    nodes = list(own_nodes(function))
    later = any(isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and _is_now(node.left, module) for node in nodes)
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and (found := _DELETES.search(node.value)):
            after, rest = found["by"].startswith(">"), found["rest"]
            if after or _LATER.search(rest) or (later and "now" not in rest.lower()):
                of = "what ends after now" if after else "what ends before a moment to come"
                yield Act(Deed.REMOVES_LIVING, module.place(node), of)


def _is_now(node: ast.expr, module: Module) -> bool:
    return isinstance(node, ast.Call) and _NOW.search(module.dotted(node.func)) is not None


def _fills(call: ast.Call, module: Module) -> bool:
    """Whether something is put into Django's default cache under one of many keys."""
    match call.func:
        case ast.Attribute(value=owner, attr="set" | "add" | "get_or_set" | "aset" | "aget_or_set"):
            keys = [*call.args[:1], *(one.value for one in call.keywords if one.arg == "key")]
            return module.dotted(owner) == "django.core.cache.cache" and any(
                isinstance(key, ast.JoinedStr | ast.BinOp) for key in keys
            )
    return False


def _routes(owner: ast.ClassDef, module: Module) -> Iterator[Act]:
    """A router of Django that reads from another database than it writes to, and makes no exception for sessions."""
    methods = {one.name: one for one in owner.body if isinstance(one, ast.FunctionDef)}
    reads, writes = methods.get("db_for_read"), methods.get("db_for_write")
    if reads is None or writes is None:
        return
    if any("session" in text.lower() for text in _texts(owner)):
        return
    elsewhere = set(_texts(reads)) - set(_texts(writes))
    if elsewhere and any(isinstance(one, ast.Return) and one.value is not None for one in own_nodes(reads)):
        yield Act(Deed.READS_ELSEWHERE, module.place(reads), min(elsewhere))


def _texts(node: ast.AST) -> list[str]:
    return [one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)]

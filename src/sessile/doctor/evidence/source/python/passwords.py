"""Where Python code changes a password, and with it ends the sessions that Django binds to its hash."""

import ast
from collections.abc import Iterator

from sessile.doctor.evidence.source.python.asking import own_nodes
from sessile.doctor.evidence.source.python.module import Function, Module
from sessile.doctor.facts.source import Act, Deed

KEEPING = frozenset({"update_session_auth_hash", "aupdate_session_auth_hash", "login", "logout", "flush"})
CHECKING = frozenset({"authenticate", "aauthenticate", "check_password", "acheck_password", "verify_password"})
HASHING = frozenset({"set_password", "make_password"})


def passwords(function: Function, module: Module) -> Iterator[Act]:
    """The changes of a password in one function that end sessions nobody meant to end."""
    nodes = list(own_nodes(function))
    yield from _of_who_asks(nodes, module)
    yield from _at_each_login(function, module)


def _of_who_asks(nodes: list[ast.AST], module: Module) -> Iterator[Act]:
    """`request.user.set_password(...)` where nothing keeps the user logged in."""
    if {_method(node, module) for node in nodes if isinstance(node, ast.Call)} & KEEPING:
        return
    owners = {
        node.targets[0].id
        for node in nodes
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and _is_user(node.value)
    }
    for node in nodes:
        match node:
            case ast.Call(func=ast.Attribute(value=value, attr="set_password")):
                if _is_user(value) or (isinstance(value, ast.Name) and value.id in owners):
                    yield Act(Deed.OUTDATES_SESSION, module.place(node))


def _at_each_login(function: Function, module: Module) -> Iterator[Act]:
    """The password that was just checked, hashed anew with another salt whether the old hash is good or not."""
    calls = [node for node in own_nodes(function) if isinstance(node, ast.Call)]
    checked = {ast.dump(word) for call in calls if _method(call, module) in CHECKING for word in _words(call)}
    for call in _always(function.body, module):
        if _method(call, module) in HASHING and call.args and ast.dump(call.args[0]) in checked:
            yield Act(Deed.HASHES_AT_LOGIN, module.place(call))


def _always(body: list[ast.stmt], module: Module) -> Iterator[ast.Call]:
    """The calls of statements that run at each login that succeeds."""
    for statement in body:
        if isinstance(statement, ast.If):
            if _is_of_success(statement.test, module):
                yield from _always(statement.body, module)
            elif not _is_of_failure(statement.test, module) and isinstance(statement.body[-1], ast.Return | ast.Raise):
                return
        elif isinstance(statement, ast.With | ast.AsyncWith | ast.Try):
            yield from _always(statement.body, module)
        elif not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.For | ast.While | ast.Match):
            yield from (node for node in ast.walk(statement) if isinstance(node, ast.Call))


def _is_of_success(test: ast.expr, module: Module) -> bool:
    """Whether a condition asks only if the login succeeded: `user is not None and user.check_password(password)`."""
    match test:
        case ast.BoolOp(op=ast.And(), values=values):
            return all(_is_of_success(one, module) for one in values)
        case ast.Compare(left=ast.Name(), ops=[ast.IsNot()], comparators=[ast.Constant(value=None)]) | ast.Name():
            return True
        case ast.Attribute(attr="is_active"):
            return True
        case ast.Call():
            return _method(test, module) in CHECKING
        case ast.NamedExpr(value=value):
            return _is_of_success(value, module)
    return False


def _is_of_failure(test: ast.expr, module: Module) -> bool:
    match test:
        case ast.BoolOp(op=ast.Or(), values=values):
            return all(_is_of_failure(one, module) for one in values)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _is_of_success(operand, module)
        case ast.Compare(left=ast.Name(), ops=[ast.Is()], comparators=[ast.Constant(value=None)]):
            return True
    return False


def _words(call: ast.Call) -> list[ast.expr]:
    """The arguments that may be the password; not the request or the user's name where they are given by name."""
    return [*call.args, *(one.value for one in call.keywords if one.arg == "password")]


def _method(call: ast.Call, module: Module) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else module.dotted(call.func).rpartition(".")[2]


def _is_user(node: ast.AST) -> bool:
    match node:
        case (
            ast.Attribute(value=ast.Name(id="request"), attr="user")
            | ast.Attribute(value=ast.Attribute(attr="request"), attr="user")
        ):
            return True
    return False

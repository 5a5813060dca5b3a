"""What Python code does with sessions: changes that are lost, sessions in a dictionary, a password that logs its owner out."""

import ast
import re
from collections.abc import Iterator

from sessile.doctor.evidence.source.python.answers import answers
from sessile.doctor.evidence.source.python.asking import is_session, own_nodes, sessions
from sessile.doctor.evidence.source.python.endings import endings
from sessile.doctor.evidence.source.python.fixed_times import fixed_times
from sessile.doctor.evidence.source.python.hooks import hooks
from sessile.doctor.evidence.source.python.loaders import loaders
from sessile.doctor.evidence.source.python.module import Function, Module, Modules, text_of
from sessile.doctor.evidence.source.python.passwords import passwords
from sessile.doctor.evidence.source.python.setups import setups
from sessile.doctor.facts.source import Act, Deed

CHANGING = frozenset(
    {"append", "add", "update", "pop", "remove", "clear", "extend", "insert", "setdefault", "popitem", "discard", "sort"}
)
NOTICED = frozenset(
    {"pop", "clear", "update", "popitem", "flush", "cycle_key", "save", "regenerate", "destroy", "set_expiry", "aset"}
)
"""Methods of the session itself that the layer notices; setdefault only where the key was not there."""
READING = frozenset({"get", "setdefault"})
IDENTITIES = re.compile(
    r"^_?(?:auth_?)?(?:user|account|member|customer|uid|login|username|email|identity|passport|profile)(?:_?id)?$", re.IGNORECASE
)
IN_MEMORY = re.compile(r"sess|token|logged_?in|auth_?store|user_?store", re.IGNORECASE)
SPOKEN = ("session", "set_password", "make_password", "cookie", "token")
"""Words without which a file does nothing with sessions."""
SETS_COOKIE = ("set_cookie", "cookies", "Cookie", "APIKeyCookie")


def deeds(modules: Modules) -> Iterator[Act]:
    """Everything of note, by file and line."""
    for module in modules.all:
        if not any(word in line for line in module.lines for word in SPOKEN):
            continue
        for function in module.functions:
            yield from _logins(function, module)
            yield from _inside(function, module)
            yield from passwords(function, module)
        yield from _in_memory(module)
        yield from answers(module)
    for module in modules.all:
        yield from endings(module)
        yield from loaders(module)
        yield from hooks(module)
        yield from fixed_times(module)
    yield from setups(modules)


def asks(modules: Modules) -> Iterator[Act]:
    """Where the session of a request is asked for, once a file."""
    for module in modules.all:
        first = next(sessions(module), None)
        if first is not None and not isinstance(first, ast.Name):
            yield Act(Deed.ASKS, module.place(first))


def _logins(function: Function, module: Module) -> Iterator[Act]:
    for node in own_nodes(function):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if (
                    isinstance(target, ast.Subscript)
                    and is_session(target.value, module)
                    and IDENTITIES.match(text_of(target.slice))
                ):
                    yield Act(Deed.LOGS_IN, module.place(node), text_of(target.slice))


def _inside(function: Function, module: Module) -> Iterator[Act]:
    """Changes inside a value of the session, in functions that change nothing of the session itself."""
    nodes = list(own_nodes(function))
    if any(_is_noticed(node, module) for node in nodes):
        return
    aliases = {name: key for node in nodes for name, key in _aliases(node, module)}
    changed = [(node, key) for node in nodes if (key := _changed_inside(node, aliases, module))]
    named = next((one for one in changed if _names_user(one[0])), None)
    if named:
        yield Act(Deed.CHANGES_INSIDE, module.place(named[0]), named[1])
        yield Act(Deed.LOGS_IN_INSIDE, module.place(named[0]), named[1])
    elif changed:
        yield Act(Deed.CHANGES_INSIDE, module.place(changed[0][0]), changed[0][1])


def _names_user(node: ast.AST) -> bool:
    """Whether what is changed inside a value says who it is: `session["auth"]["user_id"] = 1`."""
    return isinstance(node, ast.Assign) and any(
        isinstance(target, ast.Subscript) and IDENTITIES.match(text_of(target.slice)) for target in node.targets
    )


def _is_noticed(node: ast.AST, module: Module) -> bool:
    """Whether a statement makes the layer write the whole session."""
    match node:
        case ast.Assign(targets=targets) | ast.Delete(targets=targets):
            return any(_is_top_level(target, module) for target in targets)
        case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
            return _is_top_level(target, module)
        case ast.Call(func=ast.Attribute(value=value, attr=method)):
            return method in NOTICED and is_session(value, module)
    return False


def _is_top_level(target: ast.expr, module: Module) -> bool:
    match target:
        case ast.Subscript(value=value):
            return is_session(value, module)
        case ast.Attribute(value=value, attr="modified" | "permanent"):
            return is_session(value, module)
    return is_session(target, module)


def _aliases(node: ast.AST, module: Module) -> Iterator[tuple[str, str]]:
    """Names that stand for a value of the session: `cart = session["cart"]`."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        key = _value_of(node.value, module)
        if key:
            yield node.targets[0].id, key


def _value_of(node: ast.AST, module: Module) -> str:
    """The key whose value an expression is: `session["cart"]`, `session.get("cart")`."""
    match node:
        case ast.Subscript(value=value, slice=key) if is_session(value, module):
            return text_of(key) or "a key"
        case ast.Call(func=ast.Attribute(value=value, attr=method), args=[key, *_]) if method in READING and is_session(
            value, module
        ):
            return text_of(key)
    return ""


def _changed_inside(node: ast.AST, aliases: dict[str, str], module: Module) -> str:
    """The key in whose value something is changed, or ""."""
    match node:
        case ast.Assign(targets=targets) | ast.Delete(targets=targets):
            return next((key for target in targets if (key := _lies_in(target, aliases, module))), "")
        case ast.AugAssign(target=target):
            return _lies_in(target, aliases, module)
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=value, attr=method))) if method in CHANGING:
            return _value_of(value, module) or _root(value, aliases, module)
    return ""


def _lies_in(target: ast.expr, aliases: dict[str, str], module: Module) -> str:
    return _root(target.value, aliases, module) if isinstance(target, ast.Subscript) else ""


def _root(node: ast.AST, aliases: dict[str, str], module: Module) -> str:
    while True:
        if key := _value_of(node, module):
            return key
        if isinstance(node, ast.Name):
            return aliases.get(node.id, "")
        if not isinstance(node, ast.Subscript | ast.Attribute):
            return ""
        node = node.value


def _in_memory(module: Module) -> Iterator[Act]:
    """A dictionary of the module that functions fill by session or token, in a file that deals with cookies."""
    if not any(_deals_with_cookies(node) for node in module.nodes):
        return
    keyed = {name for function in module.functions for name in _filled_by_cookie(function)}
    kept = {
        name: value
        for name, value in module.values.items()
        if (IN_MEMORY.search(name) or name in keyed) and _is_empty_mapping(value, module)
    }
    for name, value in kept.items():
        filled = [node for function in module.functions for node in ast.walk(function) if _fills(node, name)]
        if filled:
            yield Act(Deed.KEEPS_IN_MEMORY, module.place(value), name)


def _filled_by_cookie(function: Function) -> Iterator[str]:
    """What a function fills by the value that it sets as a cookie: `active[sid] = user`, `response.set_cookie("sid", sid)`."""
    nodes = list(own_nodes(function))
    values = {
        ast.dump(word)
        for node in nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "set_cookie"
        for word in (*node.args[1:2], *(one.value for one in node.keywords if one.arg == "value"))
    }
    for node in nodes:
        for target in node.targets if isinstance(node, ast.Assign) else ():
            if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name) and ast.dump(target.slice) in values:
                yield target.value.id


def _is_empty_mapping(node: ast.expr, module: Module) -> bool:
    if isinstance(node, ast.Dict):
        return not node.keys
    return isinstance(node, ast.Call) and module.dotted(node.func).rpartition(".")[2] in (
        "dict",
        "defaultdict",
        "OrderedDict",
        "TTLCache",
    )


def _deals_with_cookies(node: ast.AST) -> bool:
    return (isinstance(node, ast.Attribute) and node.attr in SETS_COOKIE) or (
        isinstance(node, ast.Name) and node.id in SETS_COOKIE
    )


def _fills(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Assign) and any(
        isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name) and target.value.id == name
        for target in node.targets
    )

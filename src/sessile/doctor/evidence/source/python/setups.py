"""How a service in Python sets up what keeps its sessions: too early, never loaded, for one host, or for nobody."""

import ast
import re
from collections.abc import Iterator

from sessile.doctor.evidence.source.python.endings import TESTS
from sessile.doctor.evidence.source.python.module import Function, Module, Modules, text_of
from sessile.doctor.evidence.source.python.values import Evaluator
from sessile.doctor.facts.source import Act, Deed, Fresh

CONFIGURING = frozenset({"from_object", "from_mapping", "from_pyfile", "from_file", "from_json", "from_prefixed_env", "update"})
PREFIXES = frozenset({"KEY_PREFIX", "SESSION_KEY_PREFIX"})
HOSTS = re.compile(r"(?:^|\.)(?:gethostname|getfqdn|getpid|uname|uuid[14]|platform\.node|token_hex|token_urlsafe)$")
HOST_VARIABLES = frozenset({"HOSTNAME", "HOST", "DYNO", "POD_NAME", "INSTANCE_ID", "RENDER_INSTANCE_ID", "FLY_MACHINE_ID"})
DEEPEST = 4


def setups(modules: Modules) -> Iterator[Act]:
    """Everything of the kind, tests apart."""
    read = [module for module in modules.all if not TESTS.search(module.path)]
    for module in read:
        for function in module.functions:
            yield from _early(function, module, modules)
        for name, value in _prefixes(module):
            if word := _of_host(value, module, modules):
                yield Act(Deed.KEYS_BY_HOST, module.place(value), f"{name} holds {word}")
        for owner in module.classes.values():
            yield from _backend(owner, module)
        yield from _made_up(module, modules)
        yield from _replacing(module)
    yield from _unloaded(read)


def _early(function: Function, module: Module, modules: Modules) -> Iterator[Act]:
    """A factory that hands Flask-Session the application before it has given the application its settings."""
    calls = sorted((node for node in ast.walk(function) if isinstance(node, ast.Call)), key=lambda call: call.lineno)
    begun = next((call for call in calls if _is_session(call, module, modules)), None)
    if begun is None:
        return
    configured = [node.lineno for node in ast.walk(function) if isinstance(node, ast.stmt | ast.expr) and _configures(node)]
    if configured and min(configured) > begun.lineno:
        yield Act(Deed.SETS_UP_UNCONFIGURED, module.place(begun))


def _is_session(call: ast.Call, module: Module, modules: Modules) -> bool:
    """`Session(app)`, or `sessions.init_app(app)` of a `Session()` made elsewhere."""
    if module.dotted(call.func) == "flask_session.Session":
        return bool(call.args)
    match call.func:
        case ast.Attribute(value=ast.Name(id=name), attr="init_app"):
            found = modules.resolve(module.imports[name]) if name in module.imports else (module, name)
            made = found[0].values.get(found[1]) if found else None
            return found is not None and isinstance(made, ast.Call) and found[0].dotted(made.func) == "flask_session.Session"
    return False


def _configures(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Attribute(attr="config"), attr=method)):
            return method in CONFIGURING
        case ast.Assign(targets=[ast.Subscript(value=ast.Attribute(attr="config"), slice=key)]):
            return text_of(key).startswith("SESSION_")
    return False


def _prefixes(module: Module) -> Iterator[tuple[str, ast.expr]]:
    """Every prefix of keys that settings give a cache or a store."""
    for node in module.nodes:
        if isinstance(node, ast.Dict):
            named = zip(node.keys, node.values, strict=True)
            yield from ((text_of(key), value) for key, value in named if key and text_of(key) in PREFIXES)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                name = target.id if isinstance(target, ast.Name) else text_of(getattr(target, "slice", None))
                if name in PREFIXES:
                    yield name, node.value


def _of_host(value: ast.expr, module: Module, modules: Modules, depth: int = 0) -> str:
    """What in a value differs from host to host, or from process to process; "" for nothing."""
    for node in ast.walk(value):
        if isinstance(node, ast.Call) and HOSTS.search(module.dotted(node.func)):
            return f"{module.dotted(node.func)}()"
        if text_of(node) in HOST_VARIABLES:
            return text_of(node)
        if isinstance(node, ast.Name) and depth < DEEPEST:
            found = modules.resolve(module.imports[node.id]) if node.id in module.imports else (module, node.id)
            named = found[0].values.get(found[1]) if found else None
            if found and named is not None and (word := _of_host(named, found[0], modules, depth + 1)):
                return word
    return ""


def _backend(owner: ast.ClassDef, module: Module) -> Iterator[Act]:
    """A backend of Django's that logs in whom `ModelBackend.get_user` does not know afterwards: users who are not active."""
    if not any(module.dotted(base) == "django.contrib.auth.backends.ModelBackend" for base in owner.bases):
        return
    methods = {one.name: one for one in owner.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}
    own = methods.get("authenticate")
    if own is None or {"get_user", "user_can_authenticate"} & set(methods):
        return
    said = {node.attr for node in ast.walk(own) if isinstance(node, ast.Attribute)}
    said |= {text_of(node) for node in ast.walk(own)} | {
        word.arg or "" for word in ast.walk(own) if isinstance(word, ast.keyword)
    }
    if not said & {"user_can_authenticate", "is_active", "authenticate", "active"}:
        yield Act(Deed.LOGS_IN_INACTIVE, module.place(own), owner.name)


def _made_up(module: Module, modules: Modules) -> Iterator[Act]:
    """A variable of the environment that the code itself gives a value of this start: `os.environ["KEY"] = token_hex()`."""
    evaluator = Evaluator(modules)
    for node in module.nodes:
        match node:
            case ast.Assign(targets=[ast.Subscript(value=owner, slice=key)], value=value) if text_of(key):
                if module.dotted(owner) == "os.environ" and isinstance(evaluator.value(value, module), Fresh):
                    yield Act(Deed.SETS_VARIABLE_ANEW, module.place(node), text_of(key))


def _replacing(module: Module) -> Iterator[Act]:
    """A middleware of Starlette's that assigns Set-Cookie, which takes the place of all that stand there, where append() adds."""
    owners = [*module.classes.values(), *(one for one in module.functions if one.decorator_list)]
    for owner in owners:
        if not any(isinstance(node, ast.Name) and node.id == "call_next" for node in ast.walk(owner)):
            continue
        for node in ast.walk(owner):
            match node:
                case ast.Assign(targets=[ast.Subscript(value=ast.Attribute(attr="headers"), slice=key)]):
                    if text_of(key).lower() == "set-cookie":
                        named = owner.name if isinstance(owner, ast.ClassDef) else str(module.place(owner))
                        yield Act(Deed.REPLACES_SET_COOKIE, module.place(node), named)


def _unloaded(read: list[Module]) -> Iterator[Act]:
    """The middleware of starsessions where nothing loads the sessions."""
    words = {word for module in read for word in _words(module)}
    if "SessionAutoloadMiddleware" in words or "load_session" in words:
        return
    for module in read:
        used = (node for node in module.nodes if isinstance(node, ast.Name | ast.Attribute))
        first = next(
            (one for one in used if module.dotted(one).startswith("starsessions.") and _is_middleware(one, module)), None
        )
        if first is not None:
            yield Act(Deed.NEVER_LOADS, module.place(first))


def _is_middleware(node: ast.expr, module: Module) -> bool:
    return module.dotted(node).rpartition(".")[2] == "SessionMiddleware"


def _words(module: Module) -> Iterator[str]:
    yield from (name.rpartition(".")[2] for name in module.imports.values())
    yield from (node.attr for node in module.nodes if isinstance(node, ast.Attribute))

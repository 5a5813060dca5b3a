"""Reads a Flask service, or one on Quart, which is alike: its configuration, wherever it is given, and who keeps its sessions."""

import ast
from collections.abc import Iterator

from sessile.doctor.evidence.source.python.module import Module, Modules, assignments, text_of
from sessile.doctor.evidence.source.python.values import Evaluator
from sessile.doctor.facts.source import Part, Place, Setting, Step, Variable

KEEPERS = {"flask_session.Session": "flask_session", "sessile.integrations.flask.Sessions": "sessile"}
APPLICATIONS = ("flask.Flask", "quart.Quart")
FILES = ("from_pyfile", "from_envvar", "from_file", "from_json", "from_prefixed_env")
OPTIONS = (
    *("SESSION_COOKIE_NAME", "SESSION_COOKIE_DOMAIN", "SESSION_COOKIE_PATH", "SESSION_COOKIE_SECURE", "SESSION_COOKIE_SAMESITE"),
    *("PERMANENT_SESSION_LIFETIME", "SESSION_REFRESH_EACH_REQUEST", "SESSION_TYPE"),
)
"""What variables of the environment may say of sessions, besides the secret, of which causes of their own tell."""
PROXIES = "werkzeug.middleware.proxy_fix.ProxyFix"


def is_flask(modules: Modules) -> bool:
    """Whether the project makes a Flask application, or one of Quart's."""
    return any(module.dotted(call.func) in APPLICATIONS for module in modules.all for call in module.calls)


def steps(modules: Modules, evaluator: Evaluator) -> tuple[Step, ...]:
    """The one step that keeps the sessions, with all of the configuration, and the one that believes a proxy, if there is any."""
    reader = _Reader(modules, evaluator)
    settings = reader.settings()
    keeper = next(iter(reader.keepers()), None)
    own = keeper.settings if keeper else ()
    place = keeper.place if keeper else reader.place()
    session = Step(
        part=Part.SESSION,
        place=place,
        library=keeper.library if keeper else "flask",
        settings=(*settings, *own),
        open_ended=reader.open_ended,
    )
    return (*reader.proxies(), session)


class _Reader:
    """Reads the configuration of the project's one application."""

    def __init__(self, modules: Modules, evaluator: Evaluator) -> None:
        self.modules, self.evaluator = modules, evaluator
        self.open_ended = False
        self.found: list[Setting] = []

    def place(self) -> Place:
        """Where the application is made."""
        return next(
            module.place(call) for module in self.modules.all for call in module.calls if module.dotted(call.func) in APPLICATIONS
        )

    def keepers(self) -> Iterator[Step]:
        """Packages that keep the sessions instead of Flask's own cookie."""
        for module in self.modules.all:
            for call in module.calls:
                library = KEEPERS.get(module.dotted(call.func))
                if library:
                    options = (self.evaluator.setting(one.arg, one.value, module) for one in call.keywords if one.arg)
                    yield Step(part=Part.SESSION, place=module.place(call), library=library, settings=tuple(options))

    def proxies(self) -> Iterator[Step]:
        """`ProxyFix`, which believes what a proxy says of the visitor."""
        for module in self.modules.all:
            for call in module.calls:
                if module.dotted(call.func) == PROXIES:
                    options = tuple(self.evaluator.setting(one.arg, one.value, module) for one in call.keywords if one.arg)
                    yield Step(part=Part.OTHER, place=module.place(call), library="werkzeug.ProxyFix", settings=options)

    def settings(self) -> tuple[Setting, ...]:
        """Every setting in the order in which the files give it."""
        self.found.extend(self._given())
        return tuple(self.found)

    def _given(self) -> Iterator[Setting]:
        for module in self.modules.all:
            if not {"flask", "quart"} & {name.partition(".")[0] for name in module.imports.values()} and not _configures(module):
                continue
            for node in module.nodes:
                if isinstance(node, ast.Assign | ast.AnnAssign):
                    yield from self._assigned(node, module)
                elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    yield from self._called(node, module)

    def _assigned(self, node: ast.Assign | ast.AnnAssign, module: Module) -> Iterator[Setting]:
        """`app.config["NAME"] = value`, `app.secret_key = value`."""
        for target, value in assignments([node]):
            match target:
                case ast.Subscript(value=ast.Attribute(attr="config"), slice=key) if text_of(key):
                    yield self.evaluator.setting(text_of(key), value, module, node)
                case ast.Attribute(attr="secret_key"):
                    yield self.evaluator.setting("SECRET_KEY", value, module, node)
                case ast.Attribute(attr="permanent_session_lifetime"):
                    yield self.evaluator.setting("PERMANENT_SESSION_LIFETIME", value, module, node)
                case ast.Attribute(attr="session_interface"):
                    self.open_ended = True
                case ast.Attribute(attr="permanent"):
                    yield self.evaluator.setting("session.permanent", value, module, node)

    def _called(self, call: ast.Call, module: Module) -> Iterator[Setting]:
        """`app.config.update(...)` and its like."""
        method, owner = (call.func.attr, call.func.value) if isinstance(call.func, ast.Attribute) else ("", call)
        if not (isinstance(owner, ast.Attribute) and owner.attr == "config"):
            return
        if method in ("update", "from_mapping"):
            yield from (self.evaluator.setting(one.arg, one.value, module) for one in call.keywords if one.arg)
            for mapping in call.args:
                yield from self._mapping(mapping, module)
        elif method == "setdefault" and len(call.args) == 2 and text_of(call.args[0]):
            yield self.evaluator.setting(text_of(call.args[0]), call.args[1], module)
        elif method == "from_object" and call.args:
            yield from self._object(call.args[0], module)
        elif method in FILES:
            self.open_ended = True
            if method == "from_prefixed_env":
                yield from self._prefixed(call, module)

    def _mapping(self, node: ast.expr, module: Module) -> Iterator[Setting]:
        if not isinstance(node, ast.Dict):
            self.open_ended = True
            return
        for key, value in zip(node.keys, node.values, strict=True):
            if text_of(key):
                yield self.evaluator.setting(text_of(key), value, module)

    def _prefixed(self, call: ast.Call, module: Module) -> Iterator[Setting]:
        """What variables of the environment put over the settings so far, each read as JSON."""
        given = [*call.args, *(one.value for one in call.keywords if one.arg == "prefix")]
        prefix = text_of(given[0]) if given else "FLASK"
        for name in OPTIONS if prefix else ():
            before = next((one.value for one in reversed(self.found) if one.name == name), None)
            yield Setting(name, Variable(f"{prefix}_{name}", before, converted=True), module.place(call))

    def _object(self, node: ast.expr, module: Module) -> Iterator[Setting]:
        """The class or module that `from_object` names; where it is chosen at the start, the one for production."""
        found = self._class(_default(node, module) or node, module)
        if found:
            owner = self.evaluator.attributes(*found)
            yield from (self.evaluator.setting(name, value, place) for name, (value, place) in owner.items() if name.isupper())
            return
        named = self.modules.named(text_of(node)) or (module if isinstance(node, ast.Name) and node.id == "__name__" else None)
        if named:
            yield from (self.evaluator.setting(name, value, named) for name, value in named.values.items() if name.isupper())
        else:
            yield from self._for_production()

    def _class(self, node: ast.expr, module: Module) -> tuple[ast.ClassDef, Module] | None:
        if text := text_of(node):
            found = self.modules.resolve(text.replace(":", "."))
            return (found[0].classes[found[1]], found[0]) if found and found[1] in found[0].classes else None
        return self.evaluator.class_of(node.func if isinstance(node, ast.Call) else node, module)

    def _for_production(self) -> Iterator[Setting]:
        classes = [
            (one, module)
            for module in self.modules.all
            for one in module.classes.values()
            if "config" in one.name.lower() or module.name.rpartition(".")[2] in ("config", "settings")
        ]
        meant = [one for one in classes if "prod" in one[0].name.lower()]
        if len(meant) != 1:
            self.open_ended = True
            return
        owner = self.evaluator.attributes(*meant[0])
        yield from (self.evaluator.setting(name, value, place) for name, (value, place) in owner.items() if name.isupper())


def _default(node: ast.expr, module: Module) -> ast.expr | None:
    """What a parameter is where nobody gives another: the factory's `config=Production`."""
    if not isinstance(node, ast.Name):
        return None
    for function in module.functions:
        if function.lineno <= node.lineno <= (function.end_lineno or 0):
            listed = function.args
            names = [*listed.posonlyargs, *listed.args]
            given = dict(zip([one.arg for one in reversed(names)], reversed(listed.defaults), strict=False))
            given |= {one.arg: value for one, value in zip(listed.kwonlyargs, listed.kw_defaults, strict=True) if value}
            if node.id in given:
                return given[node.id]
    return None


def _configures(module: Module) -> bool:
    """Whether a module without Flask may configure the application that is handed to it."""
    return any(isinstance(node, ast.Attribute) and node.attr == "config" for node in module.nodes)

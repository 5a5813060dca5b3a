"""Reads a Starlette or FastAPI service: its middleware, the outermost first, with the options of sessions and CORS."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from sessile.doctor.evidence.source.python.asking import asks_before_passing_on
from sessile.doctor.evidence.source.python.module import Function, Module, Modules
from sessile.doctor.evidence.source.python.values import Evaluator
from sessile.doctor.facts.source import Framework, Part, Step

APPLICATIONS = {"Starlette": Framework.STARLETTE, "FastAPI": Framework.FASTAPI}
LIBRARIES = ("sessile", "starsessions", "starlette_session", "fastapi_sessions")
"""Packages whose middleware is called as Starlette's own is, or does the same."""
POSITIONAL = {
    "SessionMiddleware": ("app", "secret_key", "session_cookie", "max_age", "path", "same_site", "https_only", "domain")
}


@dataclass(frozen=True, slots=True)
class Application:
    """One application object, and its steps in the order in which requests meet them."""

    framework: Framework
    steps: tuple[Step, ...]


def applications(modules: Modules, evaluator: Evaluator) -> list[Application]:
    """The applications of a project. Steps that are added to a name are taken for those of the one application there is."""
    made = [framework for module in modules.all for _, framework in _made(module)]
    if not made:
        return []
    framework = Framework.FASTAPI if Framework.FASTAPI in made else Framework.STARLETTE
    return [Application(framework, tuple(_steps(modules, evaluator)))]


def count(modules: Modules) -> int:
    """How many application objects there are."""
    return sum(1 for module in modules.all for _ in _made(module))


def _made(module: Module) -> Iterator[tuple[ast.Call, Framework]]:
    for call in module.calls:
        dotted = module.dotted(call.func)
        name = dotted.rpartition(".")[2]
        if name in APPLICATIONS and dotted.startswith(("starlette", "fastapi")):
            yield call, APPLICATIONS[name]


def _steps(modules: Modules, evaluator: Evaluator) -> Iterator[Step]:
    """Around the application, then added (the last added is met first), then listed when it was made."""
    wrapped, added, listed = [], [], []
    for module in modules.all:
        reader = _Reader(module, modules, evaluator)
        wrapped += list(reader.wrapped())
        added += list(reader.added())
        listed += list(reader.listed())
    yield from reversed(wrapped)
    yield from reversed(added)
    yield from listed


class _Reader:
    """Reads the middleware that one module adds."""

    def __init__(self, module: Module, modules: Modules, evaluator: Evaluator) -> None:
        self.module, self.modules, self.evaluator = module, modules, evaluator

    def added(self) -> Iterator[Step]:
        """`add_middleware(...)` and `@app.middleware("http")`, in the order in which they stand."""
        found = [
            (call.lineno, self._step(call, call.args[0], call.args[1:]))
            for call in self.module.calls
            if isinstance(call.func, ast.Attribute) and call.func.attr == "add_middleware" and call.args
        ]
        for function in self.module.functions:
            if any(_registers(decorator) for decorator in function.decorator_list):
                step = Step(part=Part.OTHER, place=self.module.place(function), needs_session=asks_before_passing_on(function))
                found.append((function.lineno, step))
        yield from (step for _, step in sorted(found, key=lambda one: one[0]))

    def listed(self) -> Iterator[Step]:
        """`Middleware(...)` in the list that an application is made with."""
        for call in self.module.calls:
            if self.module.dotted(call.func).endswith("middleware.Middleware") and call.args:
                yield self._step(call, call.args[0], call.args[1:])

    def wrapped(self) -> Iterator[Step]:
        """`SessionMiddleware(app, ...)`: the application is handed over."""
        for call in self.module.calls:
            name = self.module.dotted(call.func).rpartition(".")[2]
            if name in ("SessionMiddleware", "CORSMiddleware") and call.args:
                yield self._step(call, call.func, call.args)

    def _step(self, call: ast.Call, middleware: ast.expr, positional: list[ast.expr]) -> Step:
        dotted = self.module.dotted(middleware)
        library, name = dotted.partition(".")[0], dotted.rpartition(".")[2]
        own = self._own(middleware)
        names: tuple[str, ...] = POSITIONAL.get(name, ())
        names = names if middleware is call.func else names[1:]
        settings = [self.evaluator.setting(key, value, self.module) for key, value in zip(names, positional, strict=False)]
        settings += [self.evaluator.setting(one.arg, one.value, self.module) for one in call.keywords if one.arg]
        step = Step(
            part=_part(name),
            place=self.module.place(call),
            library="starlette" if library == "fastapi" else library,
            settings=tuple(settings),
            needs_session=own is not None and asks_before_passing_on(own),
            open_ended=any(one.arg is None for one in call.keywords) or any(isinstance(one, ast.Starred) for one in positional),
        )
        return replace(step, part=Part.OTHER, library="") if own else step

    def _own(self, middleware: ast.expr) -> ast.ClassDef | Function | None:
        """The class of the project that it is, None where a package brings it."""
        known = self.evaluator.class_of(middleware, self.module)
        return known[0] if known else None


def _part(name: str) -> Part:
    if name in ("SessionMiddleware", "SessionAutoloadMiddleware"):
        return Part.SESSION
    return Part.CORS if name == "CORSMiddleware" else Part.IDENTITY if name == "AuthenticationMiddleware" else Part.OTHER


def _registers(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute) and decorator.func.attr == "middleware"

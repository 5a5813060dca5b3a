"""Reads a Django project's settings, split over modules as they may be: for production where they differ."""

import ast
import re
from collections.abc import Iterator

from sessile.doctor.evidence.source.python.module import Module, Modules, assignments, text_of
from sessile.doctor.evidence.source.python.values import Evaluator
from sessile.doctor.facts.evidence import Unknown
from sessile.doctor.facts.source import Part, Setting, Step

NOT_FOR_PRODUCTION = re.compile(r"(?:^|[._])(?:dev|development|local|test|tests|testing|ci|debug)(?:$|[._])")
PARTS = {
    "django.contrib.sessions.middleware.SessionMiddleware": Part.SESSION,
    "django.contrib.auth.middleware.AuthenticationMiddleware": Part.IDENTITY,
    "corsheaders.middleware.CorsMiddleware": Part.CORS,
}
NEEDING = ("AuthenticationMiddleware", "MessageMiddleware", "OTPMiddleware", "LoginRequiredMiddleware", "AccountMiddleware")
"""Middlewares of well-known packages that ask for the session."""


def settings(modules: Modules, evaluator: Evaluator) -> tuple[Setting, ...]:
    """The settings in the order in which they come to hold; none where the project is no Django project."""
    found = [setting for module in _modules(modules) for setting in _of(module, evaluator)]
    names = {setting.name for setting in found}
    return tuple(found) if {"MIDDLEWARE", "INSTALLED_APPS"} & names else ()


def steps(modules: Modules, found: tuple[Setting, ...]) -> tuple[Step, ...]:
    """The middleware, the outermost first; the step of sessions has all of the settings."""
    open_ended = any(modules.named(star) is None for module in _modules(modules) for star in module.stars)
    return tuple(
        Step(
            part=PARTS.get(name, Part.OTHER),
            place=module.place(node),
            library=name.partition(".")[0],
            settings=found if PARTS.get(name) is Part.SESSION else (),
            needs_session=name.rpartition(".")[2] in NEEDING,
            open_ended=open_ended,
        )
        for node, name, module in _middleware(modules)
    )


def _middleware(modules: Modules) -> Iterator[tuple[ast.expr, str, Module]]:
    """The list that holds in the end, if it is written as one."""
    lists = [
        (value, module)
        for module in _modules(modules)
        for target, value in _assigned(module.tree.body)
        if target == "MIDDLEWARE" and isinstance(value, ast.List | ast.Tuple)
    ]
    if lists:
        value, module = lists[-1]
        yield from ((one, text_of(one), module) for one in value.elts if text_of(one))


def _modules(modules: Modules) -> list[Module]:
    """The modules of settings, those that others build upon first, without those for development."""
    found = [one for one in modules.all if "settings" in one.name.split(".") or one.name.endswith(("_settings", ".conf.base"))]
    for_production = [one for one in found if not NOT_FOR_PRODUCTION.search(one.name)] or found
    return sorted(for_production, key=lambda one: (bool(one.stars), "prod" in one.name, one.path))


def _of(module: Module, evaluator: Evaluator) -> Iterator[Setting]:
    for target, value in _assigned(module.tree.body):
        if isinstance(target, str) and target.isupper():
            yield evaluator.setting(target, value, module)
    for node in module.nodes:
        if isinstance(node, ast.If) and _for_production(node.test) is None:
            for target, value in assignments([*node.body, *node.orelse]):
                if isinstance(target, str) and target.isupper():
                    yield Setting(target, Unknown("it is set under a condition"), module.place(value))


def _assigned(body: list[ast.stmt]) -> Iterator[tuple[str | ast.expr, ast.expr]]:
    """What is assigned in production: of `if DEBUG:` the other branch."""
    for node in body:
        if isinstance(node, ast.If):
            for_production = _for_production(node.test)
            if for_production is not None:
                yield from _assigned(node.body if for_production else node.orelse)
        elif isinstance(node, ast.Try):
            yield from _assigned(node.body)
        else:
            yield from assignments([node])


def _for_production(test: ast.expr) -> bool | None:
    """Whether a condition holds in production; None where nobody can tell."""
    match test:
        case ast.Name(id="DEBUG") | ast.Attribute(attr="DEBUG"):
            return False
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            inner = _for_production(operand)
            return None if inner is None else not inner
    return None

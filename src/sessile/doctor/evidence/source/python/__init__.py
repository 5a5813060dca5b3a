"""Reads services in Python by their syntax trees: Starlette and FastAPI, Flask, Django, and sessile in each of them."""

from collections.abc import Iterator
from types import MappingProxyType

from sessile.doctor.evidence.project import Project
from sessile.doctor.evidence.source.python import django, flask, starlette
from sessile.doctor.evidence.source.python.deeds import asks, deeds
from sessile.doctor.evidence.source.python.module import Modules
from sessile.doctor.evidence.source.python.packages import packages
from sessile.doctor.evidence.source.python.pools import pools
from sessile.doctor.evidence.source.python.values import Evaluator
from sessile.doctor.facts.source import Framework, Setting, Source, Step


def read(project: Project) -> Iterator[Source]:
    """The services of a project, one for each framework."""
    modules = Modules(project)
    evaluator = Evaluator(modules)
    for application in starlette.applications(modules, evaluator):
        yield _source(project, modules, application.framework, application.steps, (), ordered=starlette.count(modules) == 1)
    if flask.is_flask(modules):
        steps = flask.steps(modules, evaluator)
        yield _source(project, modules, Framework.FLASK, steps, steps[-1].settings)
    if settings := django.settings(modules, evaluator):
        yield _source(project, modules, Framework.DJANGO, django.steps(modules, settings), settings)


def _source(
    project: Project,
    modules: Modules,
    framework: Framework,
    steps: tuple[Step, ...],
    settings: tuple[Setting, ...],
    *,
    ordered: bool = True,
) -> Source:
    return Source(
        source=project.source,
        framework=framework,
        files=len(modules),
        steps=steps,
        settings=(*settings, *pools(modules, Evaluator(modules))),
        acts=(*deeds(modules), *asks(modules)),
        skipped=(*project.skipped, *modules.broken),
        ordered=ordered,
        complete=project.complete and not modules.broken,
        packages=MappingProxyType(packages(project)),
    )

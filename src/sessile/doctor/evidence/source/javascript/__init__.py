"""Reads services on Express in JavaScript and TypeScript, and recognises other frameworks without judging them."""

from collections.abc import Iterator
from types import MappingProxyType
from typing import Final

from sessile.doctor.evidence.project import JAVASCRIPT, Project
from sessile.doctor.evidence.source.javascript import (
    anew,
    ending,
    guards,
    handlers,
    identity,
    idling,
    jobs,
    limits,
    links,
    losing,
    passport,
    rotation,
    signing,
    stores,
    unawaited,
)
from sessile.doctor.evidence.source.javascript.chain import Chain, Chains, made
from sessile.doctor.evidence.source.javascript.module import Modules
from sessile.doctor.facts.source import Act, Framework, Part, Source

LATE: Final = "reading its code took too long: give the folder of the service alone"
OTHERS: Final = {"fastify()": Framework.FASTIFY, "koa()": Framework.KOA}


def read(project: Project) -> Iterator[Source]:
    """Every application that a project's files make: of those on Express, the ones that handle sessions, or else the largest."""
    modules = Modules(project)
    deeds = tuple(_acts(project, modules))
    chains, known = Chains(modules), dict.fromkeys(made(modules))
    found = [chains.of(one) for one in known]
    inner = set().union(*(chain.mounted for chain in found))
    outer = [chain for one, chain in zip(known, found, strict=True) if (one.module.path, one.node.start_byte) not in inner]
    with_session = [chain for chain in outer if any(step.part is Part.SESSION for step in chain.steps)]
    for chain in with_session or sorted(outer, key=lambda one: -len(one.steps))[:1]:
        yield _source(project, modules, Framework.EXPRESS, chain, deeds)
    if not outer:
        frameworks = (framework for maker, framework in OTHERS.items() if any(made(modules, (maker,))))
        yield from (_source(project, modules, framework, None, ()) for framework in frameworks)


def _acts(project: Project, modules: Modules) -> Iterator[Act]:
    for module in modules:
        if not modules.late:
            yield from handlers.acts(module)
            yield from losing.acts(module)
            yield from ending.acts(module)
            yield from unawaited.acts(module)
            yield from idling.acts(module)
            yield from limits.acts(module)
            yield from links.acts(module)
            yield from passport.acts(module)
            yield from stores.acts(module)
            yield from signing.acts(module)
            yield from anew.acts(module)
            yield from rotation.acts(module)
    yield from jobs.acts(project, modules)
    yield from guards.acts(modules)
    yield from identity.acts(modules)


def _source(project: Project, modules: Modules, framework: Framework, chain: Chain | None, deeds: tuple[Act, ...]) -> Source:
    return Source(
        source=project.source,
        framework=framework,
        files=sum(path.lower().endswith(JAVASCRIPT) for path in project.files),
        steps=tuple(chain.steps) if chain else (),
        settings=tuple(chain.settings) if chain else (),
        acts=deeds,
        skipped=(*project.skipped, *((LATE,) if modules.late else ())),
        complete=modules.complete,
        ordered=chain is not None,
        packages=MappingProxyType(project.packages()),
    )

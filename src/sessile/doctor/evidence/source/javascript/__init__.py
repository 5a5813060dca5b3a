"""Reads services on Express in JavaScript and TypeScript, and recognises other frameworks without judging them."""

from collections.abc import Iterator

from sessile.doctor.evidence.project import JAVASCRIPT, Project
from sessile.doctor.evidence.source.javascript.module import Modules
from sessile.doctor.facts.source import Framework, Source

FRAMEWORKS = {
    "express": Framework.EXPRESS,
    "@nestjs/core": Framework.EXPRESS,
    "fastify": Framework.FASTIFY,
    "koa": Framework.KOA,
}


def read(project: Project) -> Iterator[Source]:
    """Every application that a project's files make."""
    files = sum(path.lower().endswith(JAVASCRIPT) for path in project.files)
    modules = Modules(project)
    imported = {specifier for module in modules for specifier, _ in module.imports.values()}
    for package, framework in FRAMEWORKS.items():
        if package in imported:
            yield Source(
                source=project.source,
                framework=framework,
                files=files,
                skipped=project.skipped,
                complete=project.complete,
                ordered=False,
                packages=project.packages(),
            )
            return

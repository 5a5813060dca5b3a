"""Recognises frameworks that no reader here understands, by what a project imports and declares."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from sessile.doctor.evidence.project import JAVASCRIPT, PYTHON, Project
from sessile.doctor.evidence.source.python.packages import packages

IN_PYTHON: Final = {
    "litestar": "Litestar",
    "sanic": "Sanic",
    "aiohttp.web": "aiohttp",
    "tornado.web": "Tornado",
    "bottle": "Bottle",
    "falcon": "Falcon",
    "pyramid": "Pyramid",
    "cherrypy": "CherryPy",
    "blacksheep": "BlackSheep",
}
"""By the module that serves: `aiohttp` and `tornado` alone are clients, too."""
IN_JAVASCRIPT: Final = {
    "@nestjs/core": "NestJS",
    "next": "Next.js",
    "koa": "Koa",
    "fastify": "Fastify",
    "@hapi/hapi": "hapi",
    "hono": "Hono",
    "nuxt": "Nuxt",
    "@sveltejs/kit": "SvelteKit",
    "@adonisjs/core": "AdonisJS",
}
_IMPORTED: Final = (
    (PYTHON, IN_PYTHON, re.compile(rb"^\s*(?:from|import)[ \t]+([\w.]+)(?:[ \t]+import[ \t]+(\w+))?", re.MULTILINE)),
    (JAVASCRIPT, IN_JAVASCRIPT, re.compile(rb"""(?:\bfrom|\bimport|\brequire\s*\()\s*["']((?:@[\w.-]+/)?[\w.-]+)()""")),
)


def frameworks(project: Project) -> tuple[str, ...]:
    """The frameworks by name, those that the code imports first."""
    return tuple(dict.fromkeys((*_imported(project), *_declared(project))))


def _imported(project: Project) -> Iterator[str]:
    for suffixes, known, statement in _IMPORTED:
        for path, content in project.files.items():
            if path.lower().endswith(suffixes):
                for whole, part in statement.findall(content):
                    yield from _named(known, (whole.decode(), f"{whole.decode()}.{part.decode()}"))


def _named(known: dict[str, str], modules: Iterable[str]) -> Iterator[str]:
    for module in modules:
        yield from (name for package, name in known.items() if module == package or module.startswith(f"{package}."))


def _declared(project: Project) -> Iterator[str]:
    yield from (name for package, name in IN_JAVASCRIPT.items() if package in project.packages())
    yield from (name for package, name in IN_PYTHON.items() if package in packages(project))

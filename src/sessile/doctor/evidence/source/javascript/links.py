"""Logouts that a link brings about, and pages that let the browser fetch such a link before anybody clicks."""

import re
from collections.abc import Iterator
from typing import Final

from tree_sitter import Node

from sessile.doctor.evidence.source.javascript.module import Found, Module
from sessile.doctor.evidence.source.javascript.place import place, shown
from sessile.doctor.evidence.source.javascript.tree import FUNCTIONS, arguments, method, string, text
from sessile.doctor.facts.source import Act, Deed, Place

_LOGOUT: Final = r"(?:log|sign)[-_]?out"
_ROUTE: Final = re.compile(_LOGOUT, re.IGNORECASE)
_ENDS: Final = re.compile(r"\b(?:req|request)\.(?:session\??\.(?:destroy|regenerate)\(|log[oO]ut\(|session\s*=\s*null)")
_ADDRESS: Final = rf"""href=\{{?["'`\\]+[^"'`]*{_LOGOUT}"""
_FETCHED_BEFOREHAND: Final = re.compile(
    rf"""(?-i:<link\b)(?=[^>]*\brel=[\\"']+(?:prefetch|prerender))[^>]*{_ADDRESS}"""
    rf"""|(?-i:<Link\b)(?![^>]*\bprefetch=\{{false)[^>]*{_ADDRESS}""",
    re.IGNORECASE,
)


def acts(module: Module) -> Iterator[Act]:
    """The logouts by GET of one file, and the links to a logout that are fetched beforehand."""
    if _ROUTE.search(module.content.decode("utf-8", "replace")) is None:
        return
    for call in module.calls:
        given = arguments(call)
        path = string(given[0]) if given else None
        if method(call) == "get" and path and _ROUTE.search(path) and any(_logs_out(module, one) for one in given[1:]):
            yield Act(Deed.LOGS_OUT_BY_LINK, place(module, call), path)
    for number, line in enumerate(module.lines, 1):
        if found := _FETCHED_BEFOREHAND.search(line):
            yield Act(Deed.FETCHES_LOGOUT, Place(module.path, number, shown(line)), found[0])


def _logs_out(module: Module, handler: Node) -> bool:
    found = module.resolve(handler)
    return isinstance(found, Found) and found.node.type in FUNCTIONS and _ENDS.search(text(found.node)) is not None

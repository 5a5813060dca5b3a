"""Limits that a service's own code sets to how long a session may idle, in the unit in which it really counts."""

import re
from collections.abc import Iterator
from typing import Final

from tree_sitter import Node

from sessile.doctor.evidence.source.javascript.module import Found, Module
from sessile.doctor.evidence.source.javascript.place import place
from sessile.doctor.evidence.source.javascript.tree import bare, text, within
from sessile.doctor.evidence.source.javascript.values import evaluate
from sessile.doctor.facts.source import Act, Deed, Literal

_MILLISECONDS: Final = re.compile(
    r"(?:Date\.now\(\)|new Date\(\)(?:\.getTime\(\))?|\+new Date\(\))\s*-\s*[^/]*\.session\??\.[^/]*", re.DOTALL
)


def acts(module: Module) -> Iterator[Act]:
    """Every comparison of the time since a moment that the session holds with a known number; its milliseconds are the detail."""
    if b"session" not in module.content or b"Date" not in module.content:
        return
    for node in within(module.root, "binary_expression"):
        if text(node.child_by_field_name("operator")) in (">", ">=") and _counts_milliseconds(
            module, node.child_by_field_name("left")
        ):
            limit = evaluate(module, node.child_by_field_name("right"))
            if isinstance(limit, Literal) and isinstance(limit.value, int | float) and not isinstance(limit.value, bool):
                yield Act(Deed.LIMITS_IDLING, place(module, node), str(round(limit.value)))


def _counts_milliseconds(module: Module, side: Node | None) -> bool:
    """Whether it is the time since then as Date.now() tells it, by itself or by a name."""
    side = bare(side)
    found = module.resolve(side) if side is not None and side.type == "identifier" else None
    return _MILLISECONDS.fullmatch(text(found.node if isinstance(found, Found) else side)) is not None

"""Rate limits of the known packages, and whether they answer as if nobody were logged in."""

import re
from collections.abc import Iterator
from typing import Final

from tree_sitter import Node

from sessile.doctor.evidence.source.javascript import tree
from sessile.doctor.evidence.source.javascript.module import Module
from sessile.doctor.evidence.source.javascript.place import place
from sessile.doctor.evidence.source.javascript.tree import arguments, text
from sessile.doctor.facts.source import Act, Deed

PACKAGE: Final = "express-rate-limit"
_ANSWERS_401: Final = re.compile(r"\.(?:status|sendStatus|writeHead)\(\s*401\b")


def acts(module: Module) -> Iterator[Act]:
    """Every limit of one file that answers 401."""
    if PACKAGE.encode() not in module.content:
        return
    for call in module.calls:
        if module.origin(call).startswith(PACKAGE) and (refusal := _refusal(call)) is not None:
            yield Act(Deed.LIMITS_WITH_401, place(module, refusal))


def _refusal(call: Node) -> Node | None:
    """The option that makes it answer 401."""
    given = arguments(call)
    for option in given[0].named_children if given and given[0].type == "object" else ():
        name = tree.property_name(option.child_by_field_name("key") or option.child_by_field_name("name"))
        value = text(option.child_by_field_name("value") or option.child_by_field_name("body"))
        if (name == "statusCode" and value == "401") or (name == "handler" and _ANSWERS_401.search(value)):
            return option
    return None

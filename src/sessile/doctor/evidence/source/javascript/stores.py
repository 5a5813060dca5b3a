"""Session stores that a service brings along itself, and what they leave out."""

import re
from collections.abc import Iterator

from sessile.doctor.evidence.source.javascript import tree
from sessile.doctor.evidence.source.javascript.module import Module
from sessile.doctor.evidence.source.javascript.place import place
from sessile.doctor.facts.source import Act, Deed

_EXPIRES = re.compile(r"expire|ttl|max_?age|\bEX\b|\bPX\b", re.IGNORECASE)


def acts(module: Module) -> Iterator[Act]:
    """The classes that extend express-session's Store, set an expiry in `set`, and have no `touch`."""
    for one in tree.within(module.root, "class_declaration", "class"):
        heritage = next((child for child in one.named_children if child.type == "class_heritage"), None)
        if heritage is None or not re.search(r"\bStore\b", tree.text(heritage)):
            continue
        methods = {tree.text(found.child_by_field_name("name")): found for found in tree.within(one, "method_definition")}
        if "set" in methods and "touch" not in methods and _EXPIRES.search(tree.text(methods["set"])):
            yield Act(Deed.STORES_WITHOUT_TOUCH, place(module, one), tree.text(one.child_by_field_name("name")))

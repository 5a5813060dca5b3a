"""What the code does to secrets and signatures by itself: lists of secrets, and cookies unsigned beside express-session."""

import re
from collections.abc import Iterator
from typing import Final

from sessile.doctor.evidence.source.javascript import tree
from sessile.doctor.evidence.source.javascript.module import Module
from sessile.doctor.evidence.source.javascript.place import place
from sessile.doctor.evidence.source.javascript.tree import FUNCTIONS, arguments, method, receiver, text
from sessile.doctor.evidence.source.javascript.values import evaluate
from sessile.doctor.facts.source import Act, Deed, environment_variables

_DECODES: Final = re.compile(r"decode|unescape|parse", re.IGNORECASE)
_HEADER: Final = re.compile(r"\bheaders(?:\.|\[['\"])cookie\b")


def acts(module: Module) -> Iterator[Act]:
    """Every such act of one file, in order."""
    if b"split" in module.content and b"SECRET" in module.content and b"trim" not in module.content:
        yield from _splits(module)
    if b"unsign" in module.content and b"headers" in module.content:
        yield from _unsigns(module)


def _splits(module: Module) -> Iterator[Act]:
    """`process.env.SESSION_SECRETS.split(',')`."""
    for call in module.calls:
        given = arguments(call)
        if method(call) != "split" or not given or tree.string(given[0]) != ",":
            continue
        names = [name for name in environment_variables(evaluate(module, receiver(call))) if "SECRET" in name]
        yield from (Act(Deed.SPLITS_SECRETS, place(module, call), name) for name in names[:1])


def _unsigns(module: Module) -> Iterator[Act]:
    """The signature is checked of a value that the same function cuts out of the Cookie header, and decodes nowhere."""
    for call in module.calls:
        if (method(call) or text(call.child_by_field_name("function"))) == "unsign":
            around = [text(one) for one in tree.above(call) if one.type in FUNCTIONS]
            if around and _HEADER.search(around[-1]) and not _DECODES.search(around[-1]):
                yield Act(Deed.UNSIGNS_UNDECODED, place(module, call))

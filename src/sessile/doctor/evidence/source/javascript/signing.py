"""What the code does by itself to what identifies a session: secrets in lists, cookies unsigned, ids made of the client."""

import re
from collections.abc import Iterator
from typing import Final

from sessile.doctor.evidence.source.javascript import tree
from sessile.doctor.evidence.source.javascript.handlers import CLIENT
from sessile.doctor.evidence.source.javascript.module import Module
from sessile.doctor.evidence.source.javascript.place import place
from sessile.doctor.evidence.source.javascript.tree import FUNCTIONS, arguments, method, receiver, text
from sessile.doctor.evidence.source.javascript.values import evaluate
from sessile.doctor.facts.source import Act, Deed, environment_variables

_DECODES: Final = re.compile(r"decode|unescape|parse", re.IGNORECASE)
_VARIES: Final = re.compile(r"random|uuid|nanoid|\buid|ulid|cuid|\bDate\b|now\(|\+\+|session", re.IGNORECASE)
_HEADER: Final = re.compile(r"\bheaders(?:\.|\[['\"])cookie\b")


def acts(module: Module) -> Iterator[Act]:
    """Every such act of one file, in order."""
    if b"split" in module.content and b"SECRET" in module.content and b"trim" not in module.content:
        yield from _splits(module)
    if b"unsign" in module.content and b"headers" in module.content:
        yield from _unsigns(module)
    if b"genid" in module.content:
        yield from _ids_of_client(module)


def _ids_of_client(module: Module) -> Iterator[Act]:
    """`genid: (req) => hash(req.ip)`: nothing in it differs from one visitor to the next behind the same address."""
    for pair in tree.within(module.root, "pair"):
        made = tree.bare(pair.child_by_field_name("value"))
        written = text(made) if made is not None and made.type in FUNCTIONS else ""
        if (
            tree.property_name(pair.child_by_field_name("key")) == "genid"
            and CLIENT.search(written)
            and not _VARIES.search(written)
        ):
            yield Act(Deed.IDS_OF_CLIENT, place(module, pair))


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

"""What handlers make anew at each request though it should be made once: session middleware, stores, pools of connections."""

from collections.abc import Iterator
from typing import Final

from tree_sitter import Node

from sessile.doctor.evidence.source.javascript import tree
from sessile.doctor.evidence.source.javascript.handlers import REQUESTS, handlers
from sessile.doctor.evidence.source.javascript.module import Foreign, Found, Module
from sessile.doctor.evidence.source.javascript.place import place
from sessile.doctor.evidence.source.javascript.tree import FUNCTIONS, arguments, bare, encloses, property_name, text, within
from sessile.doctor.facts.source import Act, Deed

_SESSION: Final = "express-session()"
_IN_MEMORY: Final = frozenset(("express-session.MemoryStore()", "memorystore()()"))
_IN_POSTGRES: Final = "connect-pg-simple()()"
_POOL: Final = "pg.Pool()"


def acts(module: Module) -> Iterator[Act]:
    """Every such making of one file."""
    if not any(bytes(name, "ascii") in module.content for name in REQUESTS):
        return
    for handler in handlers(module.root):
        for call in within(handler, "call_expression", "new_expression"):
            if (session := _made_here(module, call, _SESSION)) and _serves_only(call, handler):
                deed = _of_store(*session)
                yield from (Act(deed, place(module, call)),) if deed else ()
            elif _made_here(module, call, _POOL) and _is_left_open(call, handler):
                yield Act(Deed.CONNECTS_PER_REQUEST, place(module, call))


def _made_here(module: Module, call: Node, path: str) -> tuple[Found, Node] | None:
    """The package's call that this call comes to each time, and the function around it: this one, or the one it calls."""
    found = module.resolve(call)
    made = found.call if isinstance(found, Foreign) and found.path == path else None
    if made is None:
        return None
    around = tree.around(made.node, *FUNCTIONS)
    if around is None or (made.module is module and made.node == call):
        return (made, around) if around is not None else None
    maker = module.resolve(call.child_by_field_name("function"))
    is_maker = isinstance(maker, Found) and maker.module is made.module and maker.node == around
    return (made, around) if is_maker else None


def _serves_only(call: Node, handler: Node) -> bool:
    """Whether what is made serves this request and is kept nowhere: called at once, or by a name that is only called."""
    whole = _dressed(call)
    parent = whole.parent
    if parent is None:
        return False
    if parent.type == "call_expression":
        return bare(parent.child_by_field_name("function")) == call and _of_request(parent)
    uses = _uses(parent, handler)
    calls = [use.parent for use in uses if use.parent is not None]
    return bool(calls) and all(
        one.type == "call_expression" and one.child_by_field_name("function") == use and _of_request(one)
        for one, use in zip(calls, uses, strict=True)
    )


def _dressed(node: Node) -> Node:
    while node.parent is not None and node.parent.type == "parenthesized_expression":
        node = node.parent
    return node


def _of_request(call: Node) -> bool:
    return any(text(one) in REQUESTS for one in arguments(call)[:1])


def _uses(declarator: Node, handler: Node) -> list[Node]:
    """Where a name that is declared inside a handler is used there; none for what is no such declaration."""
    name = declarator.child_by_field_name("name") if declarator.type == "variable_declarator" else None
    if name is None or name.type != "identifier":
        return []
    same = within(handler, "identifier", "shorthand_property_identifier")
    return [one for one in same if text(one) == text(name) and one != name]


def _of_store(session: Found, around: Node) -> Deed | None:
    """What a middleware that is made anew does with its store; None where that is shared, or cannot be told."""
    given = arguments(session.node)
    if given and given[0].type != "object":
        return None
    options = given[0].named_children if given else []
    if any(one.type == "spread_element" for one in options):
        return None
    store = _option(options, "store")
    if store is None:
        return Deed.FORGETS_EACH_REQUEST
    found = session.module.resolve(store)
    made = found.call if isinstance(found, Foreign) else None
    if not isinstance(found, Foreign) or made is None or not _inside(made, session.module, around):
        return None
    if found.path in _IN_MEMORY:
        return Deed.FORGETS_EACH_REQUEST
    return Deed.CONNECTS_PER_REQUEST if found.path == _IN_POSTGRES and _connects_itself(made, around) else None


def _option(options: list[Node], name: str) -> Node | None:
    for one in options:
        if one.type == "pair" and property_name(one.child_by_field_name("key")) == name:
            return one.child_by_field_name("value")
        if one.type == "shorthand_property_identifier" and text(one) == name:
            return one
    return None


def _inside(made: Found, module: Module, around: Node) -> bool:
    return made.module is module and encloses(around, made.node)


def _connects_itself(store: Found, around: Node) -> bool:
    """Whether a store brings connections of its own: it is given no pool, or one that is made there, too."""
    given = arguments(store.node)
    if not given:
        return True
    if given[0].type != "object" or any(one.type == "spread_element" for one in given[0].named_children):
        return False
    pool = _option(given[0].named_children, "pool") or _option(given[0].named_children, "pgPromise")
    if pool is None:
        return True
    found = store.module.resolve(pool)
    made = found.call if isinstance(found, Foreign) and found.path == _POOL else None
    return made is not None and _inside(made, store.module, around)


def _is_left_open(call: Node, handler: Node) -> bool:
    """Whether a pool that a handler makes is neither ended there nor kept or handed on."""
    parent = _dressed(call).parent
    uses = _uses(parent, handler) if parent is not None else []
    members = [use.parent for use in uses if use.parent is not None]
    return bool(uses) and all(
        one.type == "member_expression" and text(one.child_by_field_name("property")) in ("query", "connect") for one in members
    )

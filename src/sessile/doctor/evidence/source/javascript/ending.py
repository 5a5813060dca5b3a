"""Where handlers that are no logout end the session, or clear a cookie that may be its own."""

import re
from collections.abc import Iterator
from typing import Final

from tree_sitter import Node

from sessile.doctor.evidence.source.javascript import tree
from sessile.doctor.evidence.source.javascript.handlers import REQUESTS, Kind, clears, events_of, handlers, names_user
from sessile.doctor.evidence.source.javascript.module import Module
from sessile.doctor.evidence.source.javascript.place import place
from sessile.doctor.evidence.source.javascript.tree import FUNCTIONS, arguments, called, encloses, path_of, string, text, within
from sessile.doctor.facts.source import ANY_COOKIE, TO_NULL, Act, Deed

_ENDS: Final = (("session", "destroy"), ("logout",), ("logOut",))
_MEANS_TO: Final = re.compile(
    r"(?:log|sign)[-_]?(?:in|out|off)|delete|remove|close|erase|deactivate|revoke|terminate|password|account|expire|reset",
    re.IGNORECASE,
)
_METHODS: Final = frozenset(("get", "post", "put", "patch", "delete", "all", "use"))
_INPUT: Final = re.compile(r"\b(?:req|request)\.(?:body|query|params|path|url|originalUrl|baseUrl)\b")
_OF_SECURITY: Final = re.compile(r"csrf|xsrf|token|nonce|expire|Date\.now|\.user\b|isAuthenticated|user_?id", re.IGNORECASE)
_COOKIES: Final = re.compile(r"\b(?:req|request)\.(?:cookies\b|headers\.cookie\b)")
_LOOPS: Final = frozenset(("forEach", "map"))


def acts(module: Module) -> Iterator[Act]:
    """Every such act of one file, in order."""
    if b"session" not in module.content and b"clearCookie" not in module.content and b"log" not in module.content:
        return
    for handler in handlers(module.root):
        if _OF_LOGIN_OR_LOGOUT.intersection(one.kind for one in events_of(handler) if one.kind is not Kind.LOGOUT):
            continue
        if _is_meant(handler) or _puts_user_in(handler):
            continue
        ends = list(_ends(handler))
        yield from (Act(Deed.ENDS_UNASKED, place(module, node), detail) for node, detail in ends if _unasked(node, handler))
        if not ends:
            yield from (Act(Deed.CLEARS_COOKIE, place(module, call), name) for call, name in _clears(handler))


_OF_LOGIN_OR_LOGOUT: Final = frozenset((Kind.LOGIN, Kind.REGENERATE))


def _is_meant(handler: Node) -> bool:
    """Whether the handler is there to end or to begin a session, or for errors: told by its route, name and parameters."""
    if len(tree.parameters(handler)) > 3 or _MEANS_TO.search(_name(handler)):
        return True
    route = _route(handler)
    return route is not None and (tree.method(route) == "delete" or _MEANS_TO.search(_path(route)) is not None)


def _name(handler: Node) -> str:
    declared = handler.parent if handler.parent and handler.parent.type in ("variable_declarator", "pair") else handler
    assigned = handler.parent if handler.parent and handler.parent.type == "assignment_expression" else None
    named = assigned.child_by_field_name("left") if assigned else declared.child_by_field_name("name")
    return text(named or declared.child_by_field_name("key"))


def _route(handler: Node) -> Node | None:
    """The call that mounts the handler, where it stands among the arguments."""
    given = handler.parent
    call = given.parent if given and given.type == "arguments" else None
    return call if call is not None and tree.method(call) in _METHODS else None


def _path(route: Node) -> str:
    return next((path for one in arguments(route)[:1] if (path := string(one))), "")


def _puts_user_in(handler: Node) -> bool:
    return any(one.kind is Kind.CHANGE and names_user(one) for one in events_of(handler))


def _ends(handler: Node) -> Iterator[tuple[Node, str]]:
    for node in within(handler, "call_expression", "assignment_expression"):
        if node.type == "call_expression":
            path = called(node)
            if path[:1] and path[0] in REQUESTS and path[1:] in _ENDS:
                yield node, ""
        elif clears(node):
            path = path_of(node.child_by_field_name("left"))
            if path[:1] and path[0] in REQUESTS and path[1:] == ("session",):
                yield node, TO_NULL


def _unasked(node: Node, handler: Node) -> bool:
    """Whether it is done at every request, or because of what the request brings: not for what the session or an error says."""
    around = [one for one in tree.above(node) if encloses(handler, one) and one != handler]
    if any(one.type == "catch_clause" for one in around):
        return False
    conditions = [
        text(one.child_by_field_name("condition")) for one in around if one.type in ("if_statement", "ternary_expression")
    ]
    if not conditions:
        route = _route(handler)
        return route is not None and tree.method(route) == "use" and not _left_before(node, handler)
    return all(_INPUT.search(one) and not _OF_SECURITY.search(one) for one in conditions)


def _left_before(node: Node, handler: Node) -> bool:
    """Whether the handler may have been left before, so that not every request comes so far."""
    leaves = within(handler, "return_statement", "throw_statement")
    return any(one.start_byte < node.start_byte and not encloses(one, node) for one in leaves)


def _clears(handler: Node) -> Iterator[tuple[Node, str]]:
    """The cookies that it clears, whoever is logged in."""
    for call in within(handler, "call_expression"):
        given = arguments(call)
        if tree.method(call) != "clearCookie" or not given or _asks_for_user(call, handler):
            continue
        name = string(given[0]) or (ANY_COOKIE if given[0].type == "identifier" and _of_every_cookie(given[0]) else "")
        if name:
            yield call, name


def _asks_for_user(call: Node, handler: Node) -> bool:
    around = (one for one in tree.above(call) if encloses(handler, one) and one != handler)
    return any(
        one.type == "catch_clause"
        or (
            one.type in ("if_statement", "ternary_expression")
            and re.search(r"session|user|auth|token", text(one.child_by_field_name("condition")), re.IGNORECASE)
        )
        for one in around
    )


def _of_every_cookie(name: Node) -> bool:
    """Whether the name goes through all cookies that the request has."""
    for one in tree.above(name):
        if one.type == "for_in_statement" and text(name) in text(one.child_by_field_name("left")):
            return _COOKIES.search(text(one.child_by_field_name("right"))) is not None
        if one.type in FUNCTIONS and any(text(name) == text(parameter) for parameter in tree.parameters(one)):
            call = one.parent.parent if one.parent and one.parent.type == "arguments" else None
            loops = call is not None and tree.method(call) in _LOOPS
            return loops and call is not None and _COOKIES.search(text(tree.receiver(call))) is not None
    return False

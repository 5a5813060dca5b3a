"""What the handlers of requests do with the session, and in which order: change, save, regenerate, answer."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from tree_sitter import Node

from sessile.doctor.evidence.source.javascript import tree
from sessile.doctor.evidence.source.javascript.module import Found, Module
from sessile.doctor.evidence.source.javascript.place import place
from sessile.doctor.evidence.source.javascript.tree import FUNCTIONS, arguments, called, encloses, path_of, text, within
from sessile.doctor.facts.source import Act, Deed

USER_KEY: Final = re.compile(r"user|uid|(?<!o)auth|account|log(?:ged)?_?in|passport|role|admin|customer|member", re.IGNORECASE)
_IDS: Final = frozenset(("id", "_id", "uuid", "sub"))
_OF_THINGS: Final = re.compile(
    r"org|tenant|team|company|cart|basket|project|workspace|shop|store|branch|order|site|page|request|trace|session|device|game|quiz",
    re.IGNORECASE,
)
REQUESTS: Final = frozenset(("req", "request", "_req"))
_ANSWERS: Final = frozenset(
    ("json", "jsonp", "send", "sendFile", "sendStatus", "end", "redirect", "render", "download", "write", "writeHead")
)
_PROMISED: Final = frozenset(("Promise", "promisify", "util.promisify"))
_LEAVES: Final = frozenset(("return_statement", "throw_statement"))
_BLOCKS: Final = frozenset(("statement_block", "switch_case", "switch_default"))
_FORKS: Final = frozenset(("if_statement", "switch_body", "ternary_expression", "try_statement"))


class Kind(Enum):
    """What a handler does with the session, or with the answer."""

    CHANGE = auto()
    REPLACE = auto()
    SAVE = auto()
    REGENERATE = auto()
    LOGIN = auto()
    LOGOUT = auto()
    ANSWER = auto()


@dataclass(frozen=True)
class Event:
    """One thing that a handler does; `key` is the key of the session that it changes, or how it answers."""

    kind: Kind
    node: Node
    key: str = ""


def acts(module: Module) -> Iterator[Act]:
    """Every act of the handlers of one file, in order."""
    yield from _takes_cookie_away(module)
    if b"session" not in module.content and b"logout" not in module.content.lower() and b"log" not in module.content:
        return
    for handler in handlers(module.root):
        events = list(events_of(handler))
        for event in events:
            yield from _of(module, handler, event, events)
        yield from _sets_end(module, handler)
    yield from _bound_to_client(module)


def handlers(root: Node) -> Iterator[Node]:
    """Every outermost function that takes a request."""
    for function in within(root, *FUNCTIONS):
        takes = any(text(parameter) in REQUESTS for parameter in tree.parameters(function))
        outer = any(
            one.type in FUNCTIONS and any(text(parameter) in REQUESTS for parameter in tree.parameters(one))
            for one in tree.above(function)
        )
        if takes and not outer:
            yield function


def events_of(handler: Node) -> Iterator[Event]:
    for node in within(
        handler, "call_expression", "assignment_expression", "augmented_assignment_expression", "update_expression"
    ):
        found = _call(node) if node.type == "call_expression" else _change(node)
        if found:
            yield found


def _change(node: Node) -> Event | None:
    path = path_of(node.child_by_field_name("left") or node.child_by_field_name("argument"))
    if len(path) < 2 or path[0] not in REQUESTS or path[1] != "session":
        return None
    if len(path) == 2:
        gone = text(node.child_by_field_name("right")) in ("null", "undefined")
        return None if gone else Event(Kind.REPLACE, node)
    return None if path[2] == "cookie" else Event(Kind.CHANGE, node, path[2])


def _call(node: Node) -> Event | None:
    path = called(node)
    if path[:1] and path[0] in REQUESTS:
        if path[1:] == ("session", "save"):
            return Event(Kind.SAVE, node)
        if path[1:] == ("session", "regenerate"):
            return Event(Kind.REGENERATE, node)
        if path[1:] in (("login",), ("logIn",)):
            return Event(Kind.LOGIN, node)
        if path[1:] in (("logout",), ("logOut",)):
            return Event(Kind.LOGOUT, node)
    if path == ("Object", "assign") and (given := arguments(node)) and path_of(given[0])[1:] == ("session",):
        return Event(Kind.CHANGE, node, "*")
    name = tree.method(node)
    if name in _ANSWERS and _is_response(tree.receiver(node)):
        return Event(Kind.ANSWER, node, name)
    return None


def _is_response(node: Node | None) -> bool:
    """Whether it is the response, or a chain of calls on it such as `res.status(200)`."""
    while node is not None and node.type == "call_expression":
        node = tree.receiver(node)
    return text(node) in ("res", "response", "reply")


def _of(module: Module, handler: Node, event: Event, events: list[Event]) -> Iterator[Act]:
    where = place(module, event.node)
    before = [one for one in events if one.node.start_byte < event.node.start_byte]
    after = [one for one in events if one.node.start_byte > event.node.end_byte]
    match event.kind:
        case Kind.REPLACE:
            yield Act(Deed.REPLACES, where)
        case Kind.CHANGE:
            yield from _changed(module, event, before, after)
        case Kind.SAVE:
            yield Act(_saved(event, after), where)
            if _ignores_error(event.node):
                yield Act(Deed.IGNORES_SAVE_ERROR, where)
        case Kind.REGENERATE:
            late = [one for one in after if one.kind is Kind.CHANGE and not encloses(event.node, one.node)]
            unawaited = not _promised(event.node) and any(reaches(event.node, one.node) for one in late)
            yield Act(Deed.REGENERATES_UNAWAITED if unawaited else Deed.REGENERATES, where)
        case Kind.LOGIN:
            off = re.search(r"session\s*:\s*false", text(event.node.child_by_field_name("arguments")))
            yield Act(Deed.WITHOUT_SESSION if off else Deed.LOGS_IN_BY_LIBRARY, where)
            kept = "keepSessionInfo" in text(handler)
            lost = [one for one in before if one.kind is Kind.CHANGE and reaches(one.node, event.node)]
            yield from (Act(Deed.SETS_BEFORE_LOGIN, place(module, one.node), one.key) for one in lost if not kept)
        case Kind.LOGOUT:
            given = arguments(event.node)
            yield Act(Deed.LOGS_OUT if given and given[-1].type != "object" else Deed.LOGS_OUT_UNAWAITED, where)


def _changed(module: Module, event: Event, before: list[Event], after: list[Event]) -> Iterator[Act]:
    where, logs_in = place(module, event.node), names_user(event)
    yield Act(Deed.LOGS_IN if logs_in else Deed.CHANGES, where, event.key)
    answers = [one for one in before if one.kind is Kind.ANSWER and not _in_a_branch(one.node, event.node)]
    answered = next((one for one in answers if reaches(one.node, event.node)), None)
    if answered and (logs_in or event.key != "*"):
        yield Act(Deed.CHANGES_AFTER_ANSWER, where, f"res.{answered.key} in line {tree.line(answered.node)}")
    redirect = next((one for one in after if one.key == "redirect" and reaches(event.node, one.node)), None)
    if logs_in and redirect and not _saved_between(event, redirect, after):
        yield Act(
            Deed.ANSWERS_BEFORE_SAVE, place(module, redirect.node), f"req.session.{event.key} in line {tree.line(event.node)}"
        )


def _saved_between(change: Event, redirect: Event, after: list[Event]) -> bool:
    """Whether a save, waited for or not, comes between the two: one not waited for is told by itself."""
    return any(one.kind is Kind.SAVE and change.node.end_byte <= one.node.start_byte < redirect.node.start_byte for one in after)


def _saved(event: Event, after: list[Event]) -> Deed:
    """Saved and waited for, unless the answer is given outside of what runs after the save."""
    if _promised(event.node):
        return Deed.SAVES
    outside = [one for one in after if one.kind is Kind.ANSWER and reaches(event.node, one.node)]
    return Deed.SAVES_UNAWAITED if outside else Deed.SAVES


def _promised(node: Node) -> bool:
    """Whether it stands in `new Promise(...)` or `promisify(...)`, whose end is then waited for."""
    return any(
        one.type in ("call_expression", "new_expression") and ".".join(called(one)) in _PROMISED for one in tree.above(node)
    )


def _ignores_error(save: Node) -> bool:
    given = arguments(save)
    function = given[-1] if given and given[-1].type in FUNCTIONS else None
    if function is None:
        return False
    names = [text(parameter) for parameter in tree.parameters(function)]
    inner = tree.body(function)
    return not names or (inner is not None and not re.search(rf"\b{re.escape(names[0])}\b", text(inner)))


def names_user(event: Event) -> bool:
    """Whether a change puts somebody into the session: by the key's name, or because it is somebody's id (`driverId`)."""
    return not clears(event.node) and (USER_KEY.search(event.key) is not None or _is_id_of_somebody(event))


def _is_id_of_somebody(event: Event) -> bool:
    value = path_of(event.node.child_by_field_name("right"))
    return is_id(event.key) and len(value) > 1 and value[-1] in _IDS


def is_id(key: str) -> bool:
    """Whether a key is by its name the id of something that may be a person."""
    return key.endswith(("Id", "_id")) and not _OF_THINGS.search(key)


def clears(node: Node) -> bool:
    return text(node.child_by_field_name("right")) in ("null", "undefined", "false", "{}", "''", '""')


def reaches(first: Node, second: Node) -> bool:
    """Whether the code may go on from one node to a later one: neither in another branch nor after a `return`."""
    child = first
    for parent in tree.above(first):
        if parent.type in _LEAVES:
            return False
        if encloses(parent, second):
            return parent.type not in _FORKS and not _left_between(child, second)
        if parent.type in FUNCTIONS or (parent.type in _BLOCKS and _left_between(child, second)):
            return False
        child = parent
    return False


def _in_a_branch(first: Node, second: Node) -> bool:
    """Whether a node stands under a condition that a later one does not stand under, so that it may not have come before."""
    around = (one for one in tree.above(first) if not encloses(one, second))
    return any(one.type in _FORKS or one.type == "catch_clause" for one in around)


def _left_between(statement: Node, second: Node) -> bool:
    """Whether a `return` or `throw` stands beside a statement, after it and before the other node."""
    follower = statement.next_named_sibling
    while follower is not None and not encloses(follower, second) and follower.start_byte < second.start_byte:
        if follower.type in _LEAVES:
            return True
        follower = follower.next_named_sibling
    return False


def _sets_end(module: Module, handler: Node) -> Iterator[Act]:
    for node in within(handler, "assignment_expression"):
        path = path_of(node.child_by_field_name("left"))
        if path[:1] and path[0] in REQUESTS and path[1:] == ("session", "cookie", "expires"):
            yield Act(Deed.SETS_END, place(module, node))


def _takes_cookie_away(module: Module) -> Iterator[Act]:
    for node in within(module.root, "unary_expression", "assignment_expression"):
        deletes = node.type == "unary_expression" and text(node.child_by_field_name("operator")) == "delete"
        path = path_of(node.child_by_field_name("argument") if deletes else node.child_by_field_name("left"))
        if path[:1] and path[0] in REQUESTS and path[1:] == ("headers", "cookie"):
            yield Act(Deed.TAKES_COOKIE_AWAY, place(module, node))


CLIENT: Final = re.compile(
    r"\b(?:req|request)\.(?:ips?\b|connection\.remoteAddress|socket\.remoteAddress|headers\[['\"](?:user-agent|x-forwarded-for))"
    r"|\b(?:req|request)\.(?:get|header)\(['\"](?:user-agent|x-forwarded-for)",
    re.IGNORECASE,
)


def _bound_to_client(module: Module) -> Iterator[Act]:
    for node in within(module.root, "binary_expression"):
        if text(node.child_by_field_name("operator")) in ("===", "!==", "==", "!="):
            sides = [_meant(module, node.child_by_field_name(side)) for side in ("left", "right")]
            if any(".session." in side or ".session?." in side for side in sides) and any(map(CLIENT.search, sides)):
                yield Act(Deed.BINDS_TO_CLIENT, place(module, node))


def _meant(module: Module, side: Node | None) -> str:
    """The code of one side of a comparison; of a name, what it was declared to be."""
    found = module.resolve(side) if side is not None and side.type == "identifier" else None
    return text(found.node if isinstance(found, Found) else side)

"""Where handlers lose a user whom the session knew: by a new id that nobody is carried over to, or by an error that ends it."""

import re
from collections.abc import Iterator
from typing import Final

from tree_sitter import Node

from sessile.doctor.evidence.source.javascript import tree
from sessile.doctor.evidence.source.javascript.handlers import (
    REQUESTS,
    USER_KEY,
    Event,
    Kind,
    events_of,
    handlers,
    is_id,
    names_user,
    reaches,
)
from sessile.doctor.evidence.source.javascript.module import Module
from sessile.doctor.evidence.source.javascript.place import place
from sessile.doctor.evidence.source.javascript.tree import arguments, called, encloses, path_of, text, within
from sessile.doctor.facts.source import AT_ANY_ERROR, Act, Deed

FOR_USERS: Final = "only users come here"
_NAMES: Final = ("identifier", "member_expression")
_GUARD: Final = re.compile(r"auth|log(?:ged)?_?in|user|guard|protect|member", re.IGNORECASE)
_ASKS_FOR_USER: Final = re.compile(r"\b(?:req|request)\.(?:user\b|session\??\.\w*(?:user|uid|account))", re.IGNORECASE)
_OF_ERROR: Final = re.compile(r"_?e(?:rr(?:or)?)?")
_ENDS: Final = (("session", "destroy"), ("session", "regenerate"), ("logout",), ("logOut",))
_SESSION_THERE: Final = re.compile(r"[\s()!&|?]*(?:(?:req|request)\??\.(?:session|user|isAuthenticated)[\w.?]*[\s()!&|?]*)+")


def acts(module: Module) -> Iterator[Act]:
    """Every such act of one file, in order."""
    if b"session" not in module.content and b"log" not in module.content:
        return
    for handler in handlers(module.root):
        events = list(events_of(handler))
        for event in events:
            if event.kind is Kind.REGENERATE and _leaves_user_behind(handler, event, events):
                yield Act(Deed.LEAVES_USER_BEHIND, place(module, event.node), FOR_USERS if _for_users(module, handler) else "")
        yield from _ended_by_error(module, handler)


def _leaves_user_behind(handler: Node, regenerate: Event, events: list[Event]) -> bool:
    """Whether the session goes on under the new id, and nothing puts the user into it. One that does not go on is a logout."""
    changes = [one for one in events if one.kind is Kind.CHANGE]
    after = [one for one in changes if one.node.start_byte > regenerate.node.start_byte]
    if any(one.kind in (Kind.LOGIN, Kind.LOGOUT, Kind.REPLACE) for one in events) or any(map(_may_be_the_user, after)):
        return False
    if any(_hands_over(call, regenerate.node) for call in within(handler, "call_expression", "new_expression")):
        return False
    named = [one for one in changes if names_user(one)]
    return bool(after) or any(reaches(one.node, regenerate.node) for one in named)


def _may_be_the_user(change: Event) -> bool:
    return change.key == "*" or is_id(change.key) or USER_KEY.search(change.key) is not None


def _hands_over(call: Node, regenerate: Node) -> bool:
    """Whether, from there on, the request or its session is given to another function, which may put the user back."""
    if call.end_byte < regenerate.start_byte or encloses(call, regenerate):
        return False
    given = (path_of(one) for one in arguments(call))
    return any(path[:1] and path[0] in REQUESTS and path[1:] in ((), ("session",)) for path in given)


def _for_users(module: Module, handler: Node) -> bool:
    """Whether whoever comes there has logged in: the handler asks for the user, or a guard stands before it."""
    if _ASKS_FOR_USER.search(text(handler)):
        return True
    route = handler.parent.parent if handler.parent and handler.parent.type == "arguments" else None
    if route is None:
        return False
    router = text(tree.receiver(route))
    used = (one for call in module.calls if called(call) == (router, "use") for one in arguments(call))
    return any(one.type in _NAMES and _GUARD.search(text(one)) for one in (*arguments(route), *used))


def _ended_by_error(module: Module, handler: Node) -> Iterator[Act]:
    """An error handler, which Express knows by its four parameters, that ends the session."""
    names = [text(one) for one in tree.parameters(handler)]
    if len(names) != 4 or not _OF_ERROR.fullmatch(names[0]):
        return
    for call in within(handler, "call_expression"):
        path = called(call)
        if path[:1] and path[0] in REQUESTS and path[1:] in _ENDS:
            yield Act(Deed.ENDS_ON_ERROR, place(module, call), "" if _depends(call, handler) else AT_ANY_ERROR)


def _depends(call: Node, handler: Node) -> bool:
    """Whether it is done under a condition other than that there is a session, or a user."""
    inside = (one for one in tree.above(call) if encloses(handler, one) and one != handler)
    return any(
        one.type in ("switch_case", "catch_clause")
        or (one.type in ("if_statement", "ternary_expression") and not _asks_for_session_alone(one))
        for one in inside
    )


def _asks_for_session_alone(fork: Node) -> bool:
    return _SESSION_THERE.fullmatch(text(fork.child_by_field_name("condition"))) is not None

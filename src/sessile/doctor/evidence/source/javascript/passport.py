"""How passport is wired: who stores a user, who finds the user again, and which logins keep no session."""

import re
from collections.abc import Iterator
from typing import Final

from tree_sitter import Node

from sessile.doctor.evidence.source.javascript.module import Module
from sessile.doctor.evidence.source.javascript.place import place
from sessile.doctor.evidence.source.javascript.tree import FUNCTIONS, arguments, method, string, text, within
from sessile.doctor.facts.source import Act, Deed

_WITHOUT_SESSION: Final = re.compile(r"\bsession\s*:\s*false\b")
_KEEPS: Final = "super.logIn"
_MAY_LOG_IN: Final = re.compile(r"\blog_?in\s*\(|\.session\b|[(,]\s*(?:req|request)\b|token|jwt|sign\(", re.IGNORECASE)
_STATELESS: Final = re.compile(r"jwt|bearer|basic|token|api-?key|hmac", re.IGNORECASE)


def acts(module: Module) -> Iterator[Act]:
    """What one file does with passport, in order."""
    if b"passport" not in module.content:
        return
    yield from _of_nest(module)
    for call in module.calls:
        name, given, where = method(call), arguments(call), place(module, call)
        if name in ("serializeUser", "deserializeUser") and given:
            yield Act(Deed.SERIALIZES if name == "serializeUser" else Deed.DESERIALIZES, where)
        if name != "authenticate" or not given or not _of_passport(module, call):
            continue
        strategies = string(given[0]) or text(given[0])
        if strategies == "session" or _STATELESS.search(strategies):
            continue
        own = given[-1].type in FUNCTIONS
        if any(_WITHOUT_SESSION.search(text(one)) for one in given[1:] if one.type == "object"):
            if not own:
                yield Act(Deed.WITHOUT_SESSION, where, strategies)
        elif not own:
            yield Act(Deed.LOGS_IN_BY_LIBRARY, where, strategies)
        elif not _MAY_LOG_IN.search(text(given[-1])):
            yield Act(Deed.CHECKS_WITHOUT_LOGIN, where, strategies)


def _of_nest(module: Module) -> Iterator[Act]:
    """What NestJS's classes do: a serializer's two methods, and the guard whose `logIn` keeps the user in the session."""
    if b"@nestjs/passport" not in module.content:
        return
    for one in within(module.root, "class_declaration"):
        if _extends(one, "PassportSerializer"):
            for defined in within(one, "method_definition"):
                name = text(defined.child_by_field_name("name"))
                if name in ("serializeUser", "deserializeUser"):
                    yield Act(Deed.SERIALIZES if name == "serializeUser" else Deed.DESERIALIZES, place(module, defined))
        elif _extends(one, "AuthGuard"):
            kept = (call for call in within(one, "call_expression") if text(call.child_by_field_name("function")) == _KEEPS)
            yield from (Act(Deed.LOGS_IN_BY_LIBRARY, place(module, call), "guard") for call in kept)


def _extends(declared: Node, name: str) -> bool:
    return any(name in text(one) for one in declared.named_children if one.type == "class_heritage")


def _of_passport(module: Module, call: Node) -> bool:
    return "passport" in (module.origin(call) or text(call)[:40])

"""What each handler that an application is given is there for: the session, the user, files, CORS, a route."""

import re
from collections.abc import Mapping
from typing import Final

from tree_sitter import Node

from sessile.doctor.evidence.source.javascript.module import Foreign, Found, Module
from sessile.doctor.evidence.source.javascript.place import place
from sessile.doctor.evidence.source.javascript.tree import FUNCTIONS, arguments, bare, string, text
from sessile.doctor.evidence.source.javascript.values import conceal, evaluate, options
from sessile.doctor.facts.source import Literal, Part, Setting, Step

SESSIONS: Final = ("express-session()", "cookie-session()", "iron-session()", "next-session()", "client-sessions()")
_PARTS: Final[Mapping[str, Part]] = {
    **dict.fromkeys(SESSIONS, Part.SESSION),
    "passport.session()": Part.IDENTITY,
    "express.static()": Part.STATIC,
    "serve-static()": Part.STATIC,
    "cors()": Part.CORS,
    "cookie-parser()": Part.COOKIES,
}
_LOOKS_AT_SESSION: Final = re.compile(
    r"\b(?:req|request|ctx)\.(?:session|isAuthenticated|isUnauthenticated|log[iI]n|logOut|logout|flash)\b|passport\.authenticate\("
)


def step(module: Module, handler: Node, *, path: str, conditional: bool, route: bool) -> Step:
    """One handler as a step of the chain, where it stands."""
    found = module.resolve(handler)
    looks = looks_at_session(handler, found)
    origin = found.path if isinstance(found, Foreign) else ""
    if origin == "passport.authenticate()" and isinstance(found, Foreign) and _strategy(found) == "session":
        origin, looks = "passport.session()", True
    part = Part.ROUTE if route else _PARTS.get(origin, Part.OTHER)
    settings, open_ended = _settings(found, part)
    return Step(
        part=part,
        place=place(module, handler),
        path=path,
        library=re.split(r"[.(]", origin, maxsplit=1)[0],
        settings=settings,
        needs_session=looks or part is Part.IDENTITY,
        conditional=conditional,
        open_ended=open_ended,
    )


def looks_at_session(handler: Node, found: Found | Foreign | None) -> bool:
    """Whether a handler, or what it names, has anything to do with the session."""
    named = found.node if isinstance(found, Found) and found.node.type in FUNCTIONS else None
    return bool(_LOOKS_AT_SESSION.search(text(handler)) or (named and _LOOKS_AT_SESSION.search(text(named))))


def _settings(found: Found | Foreign | None, part: Part) -> tuple[tuple[Setting, ...], bool]:
    call = found.call if isinstance(found, Foreign) else None
    if call is None or part not in (Part.SESSION, Part.CORS, Part.COOKIES):
        return (), False
    given = arguments(call.node)
    if part is Part.COOKIES:
        secret = conceal(evaluate(call.module, given[0])) if given else Literal(None)
        return (Setting("secret", secret, place(call.module, call.node)),), False
    return options(call.module, given[0]) if given else ((), False)


def _strategy(foreign: Foreign) -> str | None:
    given = arguments(foreign.call.node) if foreign.call else []
    return string(given[0]) if given else None


def handlers(given: list[Node]) -> list[Node]:
    """The handlers among the arguments of `use` or `get`, lists of them opened."""
    found: list[Node] = []
    for one in given:
        if one.type == "array":
            found += handlers([inner for child in one.named_children if (inner := bare(child)) is not None])
        elif one.type not in ("string", "template_string", "regex", "number"):
            found.append(one)
    return found

"""Whether anything says that sessions belong into a table as connect-pg-simple and sessile make it, or belong elsewhere."""

from collections.abc import Iterator
from typing import Final

from sessile.doctor import layers
from sessile.doctor.causes import code, in_redis
from sessile.doctor.facts import Database, Facts, Redis
from sessile.doctor.facts.redis import Family, Keys
from sessile.doctor.facts.source import Choice, Literal, Made, Part, Source, Step, Value, Variable
from sessile.doctor.layers import Keeper, Storage

STORE: Final = "connect-pg-simple"
LIBRARIES: Final = ("connect-", "memorystore", "session-file-store")
"""How the names of other stores' packages begin: one of the service's own may well keep its sessions in that table."""
IN_COOKIES: Final = ("cookie-session", "iron-session", "client-sessions")


def by_code(facts: Facts) -> bool:
    """Whether a service's code hands its sessions to such a table, in some environment at least."""
    if any(layer.storage is not Storage.MEMORY for layer in layers.layers(facts, Keeper.SESSILE)):
        return True
    return any(made.what.startswith(STORE) for _, _, store in code.options(facts, "store") for made in _made(store.value))


def elsewhere(facts: Facts) -> str:
    """What shows that the sessions are kept elsewhere, "" if nothing does."""
    if facts.other_tables:
        return f"{facts.other_tables[0].library} keeps its sessions in {facts.other_tables[0].name}"
    if kept := in_redis.kept(facts):
        return kept
    if by_code(facts):
        return ""
    if other := _of_another_layer(facts):
        return f"{other.keys} sessions of another library stand in Redis under {other.prefix}"
    if not facts.sources:
        return ""
    told = [_in_python(facts, one) if one.framework in layers.PYTHON else _in_javascript(facts, one) for one in facts.sources]
    return told[0] if all(told) else ""


def in_cookies(facts: Facts) -> str:
    """What keeps the sessions in the cookies, "" where the code tells of none or keeps any elsewhere."""
    kept = [(str(layer.keeper), layer.storage is Storage.COOKIE) for layer in layers.layers(facts)]
    in_javascript = [one for one in facts.sources if one.framework not in layers.PYTHON]
    kept += [(step.library, step.library in IN_COOKIES) for one in in_javascript for step in one.of(Part.SESSION)]
    return kept[0][0] if kept and all(in_cookie for _, in_cookie in kept) else ""


def vacant(facts: Facts) -> bool:
    """Whether nobody has any table in the database that was looked at: no service works on it as it is."""
    return isinstance(facts.database, Database) and facts.database.tables == 0


def _of_another_layer(facts: Facts) -> Family | None:
    """The keys in Redis that bear a name of sessions, as Flask-Session, starsessions and others give them."""
    keys = facts.redis.keys if isinstance(facts.redis, Redis) else None
    return next((one for one in keys.families if not one.express), None) if isinstance(keys, Keys) else None


def _in_python(facts: Facts, source: Source) -> str:
    keeper = next((layer.keeper for layer in layers.layers(facts) if layer.source is source), None)
    if keeper is Keeper.SESSILE:
        return ""
    return f"{keeper} keeps its sessions otherwise" if keeper else f"nothing in the code on {source.framework} asks for it"


def _in_javascript(facts: Facts, source: Source) -> str:
    """By the store that the code hands to its sessions, where that is a library's and there is no other."""
    keepers = {_keeper(facts, step) for step in source.of(Part.SESSION)}
    keeper = keepers.pop() if len(keepers) == 1 else ""
    return f"{source.source} keeps its sessions by {keeper}" if keeper else ""


def _keeper(facts: Facts, step: Step) -> str:
    if step.library in IN_COOKIES:
        return step.library
    store = step.setting("store")
    made = code.effective(facts, store.value) if store else Literal(None)
    if step.library == "express-session" and made == Literal(None):
        return "express-session's MemoryStore"
    return made.what if isinstance(made, Made) and made.what.startswith(LIBRARIES) else ""


def _made(value: Value) -> Iterator[Made]:
    """The objects that a value may be, in whichever environment."""
    match value:
        case Made():
            yield value
        case Choice(_, _, yes, no):
            yield from (*_made(yes), *_made(no))
        case Variable(_, default, _) if default is not None:
            yield from _made(default)

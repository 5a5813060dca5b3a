"""What was given and says nothing of sessions: code that nobody here reads or that has none, a table of another kind."""

from sessile.doctor.causes import awaited
from sessile.doctor.facts import Database, Facts, Redis, Source, Unread
from sessile.doctor.facts.source import Part
from sessile.stores.postgres.shape import TableShape


def told(facts: Facts) -> str:
    """What was given as code and says nothing of sessions, as sentences; "" where there was none."""
    return " ".join((*(_foreign(one) for one in facts.unread), *_without_session(facts)))


def table(facts: Facts) -> str:
    """The table that may hold the service's sessions in a form of its own, as a sentence; "" where none may."""
    database = facts.database
    if not isinstance(database, Database) or isinstance(database.table, TableShape) or awaited.elsewhere(facts):
        return ""
    own = [one for one in database.relations if one.of_another_kind and one.in_search_path]
    return f"{own[0].schema}.{own[0].name} was not read: if it holds sessions, they are of another kind." if own else ""


def blind(facts: Facts) -> bool:
    """Whether there was nothing but such code, and what stands around it: where no session was seen, none was seen to be well."""
    stores = (facts.database, facts.redis)
    reached = any(isinstance(store, Database | Redis) and not store.failure for store in stores)
    seen = facts.logs or facts.wires or facts.sites or any(_has_sessions(one) for one in facts.sources)
    return bool(told(facts)) and not (seen or reached)


def _foreign(unread: Unread) -> str:
    return f"{unread.source}: {unread.says}."


def _without_session(facts: Facts) -> tuple[str, ...]:
    """Of services whose code was read: where one has sessions, another that has none is no wonder."""
    if any(_has_sessions(one) for one in facts.sources):
        return ()
    return tuple(
        f"{one.source}: no session was found in its code on {one.framework}, so nothing of one could be checked in it."
        for one in facts.sources
    )


def _has_sessions(source: Source) -> bool:
    return bool(source.of(Part.SESSION) or source.acts)

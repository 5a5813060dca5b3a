"""There is no session table.

Symptom: login answers 200 with a cookie, then every request with the cookie answers 500.
Evidence: 42P01 relation "session" does not exist; to_regclass() finds nothing. connect-pg-simple creates the table only when
    told to, and once it has found it, not again: a table dropped under a running service stays away until a restart.
Tell apart: a database with other tables proves nothing by itself: sessions may be kept in Redis, in memory, in the cookies or
    in another database; the code or a log says where. Where the table stands in another schema, or the service asks for it
    by a name with a dot or a capital letter, the message shows the name that was looked for.
Fix: create it, once; there is nothing to lose. If it was there before, find out who dropped it.
"""

import re

from sessile.doctor.causes import awaited, code, sight, signs
from sessile.doctor.causes.errors.boot import creation_fails
from sessile.doctor.causes.signs import Course, Sign
from sessile.doctor.facts import Database, Evidence, Facts
from sessile.doctor.facts.database import Server
from sessile.doctor.findings import Confirmed, Finding, Frequency, Level, Need, Remedy, RuledOut, Undecided, Unseen
from sessile.stores.postgres.shape import TableShape

ENTRIES = ("table-missing", "table-dropped-while-running", "table-name-quoting", "orm-push-drops-table")
FREQUENCY = Frequency.VERY_COMMON
RIVALS = ("find-table-in-other-schema",)
REMEDY = Remedy(
    "Create the session table as connect-pg-simple does; declare it to the ORM, so that no migration drops it",
    'sessile table --create "$DATABASE_URL"',
)
LINKS = {"save errors": Level.USUALLY, "server errors with a cookie": Level.ALWAYS, "boot failed": Level.SOMETIMES}

SIGN = Sign(
    ("42P01",),
    only='^(?!.*"django_session").*relation',
    text='(relation|table) "+[^"]+"+(."[^"]+")? does not exist',
    course=Course.LASTING,
    of_sessions=True,
)
EXPLAINED = 0.9
"""The certainty where something else tells why the table is not there, and should be named first."""


def judge(facts: Facts) -> Finding:
    met = signs.judge(facts, SIGN)
    relation = sight.relation(facts)
    match relation:
        case TableShape():
            return _asked_by_another_name(facts, relation, met)
        case Unseen():
            return met or relation
        case RuledOut():
            return _not_there(facts)


def _asked_by_another_name(facts: Facts, table: TableShape, met: Finding | None) -> Finding:
    asked = {found[1] for s in signs.sightings(facts, SIGN) if (found := re.search(r'"+([^"]+)"+', s.error.message))}
    others = sorted(name for name in asked if not _stands_elsewhere(table, name))
    if not isinstance(met, Confirmed) or not others:
        return RuledOut(f"{table.qualified} is there")
    there = Evidence(f"the sessions' table here is {table.qualified}", "postgres", f"pg_class {table.oid}")
    return Confirmed((*met.evidence, there), f'The service asks for a table "{others[0]}", which does not exist', met.certainty)


def _stands_elsewhere(table: TableShape, asked: str) -> bool:
    """Whether it is this table that is asked for, in a schema where it is not."""
    return asked == table.name or (not table.in_search_path and asked.endswith(f".{table.name}"))


def _not_there(facts: Facts) -> Finding:
    database, server = facts.database, sight.server(facts)
    if not isinstance(database, Database) or not isinstance(server, Server):
        return Unseen(Need.DATABASE)
    if kept := awaited.elsewhere(facts):
        return RuledOut(kept)
    if misfit := sight.misfit(facts):
        return RuledOut(f"{misfit[0]} stands in its place")
    if elsewhere := [relation for relation in database.relations if relation.holds_sessions and not relation.in_search_path]:
        return RuledOut(f"there is a table of sessions in schema {elsewhere[0].schema}, outside the search path")
    path = ", ".join(server.search_path) or "an empty search path"
    logged = signs.proof(facts, SIGN)
    own = [relation for relation in database.relations if relation.of_another_kind and relation.in_search_path]
    if own and not logged and not facts.sources:
        return Unseen(Need.SOURCE, f"{own[0].schema}.{own[0].name} may be where the service keeps its sessions")
    says = f"no relation in {path} of database {server.database} has the columns sid, sess and expire"
    if not (logged or awaited.by_code(facts) or awaited.vacant(facts)):
        unknown = Evidence(f"{says}, and nothing that was given says that sessions belong there", "postgres", "pg_class")
        alike = not (facts.logs or facts.wires)
        return Undecided((unknown,), Need.SOURCE, alike=alike, symptom=not code.users_let_in(facts))
    return Confirmed(
        (Evidence(says, "postgres", "pg_class"), *logged),
        f"There is no session table in {path} of database {server.database}",
        EXPLAINED if creation_fails(facts) else 0.99,
    )

"""The service looks for sessions in another schema than the one they stand in.

Symptom: sessions that one component wrote are invisible to another, without an error; or 42P01 although "the table is there".
Evidence: two tables of sessions in different schemas, or one outside the connection's search path; search_path settings that
    differ between roles or databases, or that a connection pooler leaves behind.
Tell apart: the cookie's signature verifies everywhere, and the row exists in exactly one of the schemas.
Fix: name the schema wherever the table is named; copy the live rows of the table that is given up into the other.
"""

from collections.abc import Sequence

from sessile.doctor.causes import sight, signs
from sessile.doctor.causes.boot import table_missing
from sessile.doctor.facts import Database, Evidence, Facts
from sessile.doctor.facts.database import Relation, Rows, Server, Setting
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Noted, Remedy, RuledOut, Undecided
from sessile.stores.postgres.shape import TableShape

ENTRIES = ("search-path-shadow", "table-name-quoting", "pgbouncer-session-state-leak")
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Name the schema in every component, and copy the live rows of the other table before giving it up",
    "Express: new PgStore({ schemaName: 'app', tableName: 'session' })   Python: PostgresStore(url, table=\"app.session\")",
    changes=(
        Change(
            "SQL",
            "DROP TABLE public.session;",
            "INSERT INTO app.session (sid, sess, expire)\n"
            "SELECT sid, sess, expire FROM public.session WHERE expire > now() ON CONFLICT DO NOTHING;",
        ),
    ),
)
LINKS = {"login, then 401": Level.USUALLY, "intermittent 401": Level.SOMETIMES, "server errors with a cookie": Level.SOMETIMES}


def judge(facts: Facts) -> Finding:
    database, server = sight.database(facts), sight.server(facts)
    if not isinstance(database, Database):
        return database
    if not isinstance(server, Server):
        return server
    table = database.table if isinstance(database.table, TableShape) else None
    kept = [relation for relation in database.relations if relation.holds_sessions]
    outside = [relation for relation in kept if not relation.in_search_path]
    visible = any(relation.in_search_path for relation in kept) or (table is not None and table.in_search_path)
    if not visible:
        return _only_outside(facts, server, table, outside)
    namesakes = [relation for relation in kept if table and relation.name == table.name and relation.schema != table.schema]
    if table and namesakes:
        return _two(facts, server, table, namesakes)
    return RuledOut("there is one table of sessions, in the search path")


def _only_outside(facts: Facts, server: Server, table: TableShape | None, outside: Sequence[Relation]) -> Finding:
    schema, name = (table.schema, table.name) if table else next(((r.schema, r.name) for r in outside), ("", ""))
    if not name:
        return RuledOut("there is no table of sessions in any schema")
    path = ", ".join(server.search_path) or "no schema at all"
    evidence = Evidence(f'sessions stand in "{schema}"."{name}", and {server.user} looks in {path}', "postgres", "search_path")
    met = signs.judge(facts, table_missing.SIGN)
    if isinstance(met, Confirmed):
        title = f'The sessions stand in schema "{schema}", where the service does not look'
        return Confirmed((evidence, *met.evidence), title, met.certainty)
    return Noted((evidence,), "a service that names the schema finds the table", f'The session table is in schema "{schema}"')


def _two(facts: Facts, server: Server, table: TableShape, namesakes: Sequence[Relation]) -> Finding:
    shown = [
        Evidence(f'another table of sessions is "{one.schema}"."{one.name}", with about {one.rows} rows', "postgres", "pg_class")
        for one in namesakes
    ]
    shown += [
        Evidence(f"role {s.role or 'any'} looks in {s.value}", "postgres", "pg_db_role_setting search_path")
        for s in server.settings
        if s.name.lower() == "search_path" and any(_leads_to(s, table.schema, one.schema) for one in namesakes)
    ]
    rows = sight.rows(facts)
    hidden = [one for one in namesakes if one.schema in server.search_path and one.newest and one.newest > facts.now]
    if hidden and isinstance(rows, Rows) and not rows.live:
        title = f'Live sessions stand in "{hidden[0].schema}"."{table.name}", which {table.qualified} hides from {server.user}'
        return Confirmed(tuple(shown), title, 0.95)
    return Undecided(tuple(shown))


def _leads_to(setting: Setting, here: str, there: str) -> bool:
    """Whether that search path finds the other table, where this connection's finds ours."""
    schemas = [schema.strip().strip('"') for schema in setting.value.split(",")]
    return there in schemas and (here not in schemas or schemas.index(there) < schemas.index(here))

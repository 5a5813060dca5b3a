"""The table itself: made where it is missing, made to survive a crash where it does not."""

from psycopg.sql import Identifier, Literal

from sessile.doctor.facts import Database
from sessile.doctor.facts.database import Server
from sessile.doctor.fixes.clauses import block, of, text
from sessile.doctor.fixes.columns import rewrite_time
from sessile.doctor.fixes.plan import Needs, Plan, Step, Unfixable
from sessile.errors import ConfigurationError
from sessile.stores.postgres.shape import Persistence, TableShape
from sessile.stores.postgres.table import TableName, table_sql


def logged(cause: str, _: Database, table: TableShape) -> Plan | Unfixable:
    """Make an unlogged table durable; its rows are kept, while requests wait for the rewrite."""
    if table.persistence is not Persistence.UNLOGGED:
        return Unfixable(cause, f"{table.qualified} is not an unlogged table", "look elsewhere")
    step = Step(
        why="a crash of the server empties an UNLOGGED table, and a standby cannot read it",
        sql=text("ALTER TABLE {} SET LOGGED", of(table)),
        lock=f"ACCESS EXCLUSIVE while {table.pages * 8192 >> 20} MB are rewritten: {rewrite_time(table)}",
        undo=text("ALTER TABLE {} SET UNLOGGED", of(table)),
        unless=text("EXISTS (SELECT FROM pg_class WHERE oid = {}::regclass AND relpersistence = 'p')", Literal(table.qualified)),
    )
    return Plan(
        cause=cause,
        schema=table.schema,
        name=table.name,
        summary=f"make {table.qualified} survive a crash; every row is kept, all requests wait {rewrite_time(table)}",
        steps=(step,),
        rows_removed=0,
    )


def missing(cause: str, database: Database, name: str) -> Plan | Unfixable:
    """Make the session table, as connect-pg-simple does, and let the service's role use it."""
    if not isinstance(database.server, Server):
        return Unfixable(cause, "the database could not be asked", "run: sessile doctor")
    try:
        asked = TableName.parse(name)
    except ConfigurationError as error:
        return Unfixable(cause, str(error), "give the name that the service uses")
    schema = asked.schema or next((s for s in database.server.search_path if not s.startswith("pg_")), "public")
    table, role = Identifier(schema, asked.table), database.server.user
    create = Step(
        why=f"there is no session table {table.as_string()}",
        sql=table_sql(TableName(asked.table, schema)).strip().removesuffix(";"),
        lock="none that a request waits for",
        undo=_drop_empty(table),
        unless=text("to_regclass({}) IS NOT NULL", Literal(table.as_string())),
    )
    grant = Step(
        why=f"the service connects as {role}",
        sql=text("GRANT SELECT, INSERT, UPDATE, DELETE ON {} TO {}", table, Identifier(role)),
        lock="none that a request waits for",
        unless=text(
            "has_table_privilege({role}, {table}, 'SELECT') AND has_table_privilege({role}, {table}, 'INSERT')",
            role=Literal(role),
            table=Literal(table.as_string()),
        ),
    )
    return Plan(
        cause=cause,
        schema=schema,
        name=asked.table,
        summary=f"make the session table {table.as_string()}; a service that failed at its start must be restarted",
        steps=(create, grant),
        needs=(Needs.CREATION,),
        rows_kept=0,
        rows_removed=0,
        expires_before=None,
        expires_after=None,
    )


def _drop_empty(table: Identifier) -> str:
    body = text(
        """
BEGIN
    IF to_regclass({name}) IS NOT NULL THEN
        IF EXISTS (SELECT FROM {table}) THEN
            RAISE EXCEPTION '% holds sessions by now, so it is not dropped', {name};
        END IF;
        DROP TABLE {table};
    END IF;
END""",
        name=Literal(table.as_string()),
        table=table,
    )
    return block(body)

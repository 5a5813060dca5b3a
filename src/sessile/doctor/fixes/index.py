"""Indexes built while requests go on, and the remains of builds that failed."""

from psycopg.sql import Identifier

from sessile.doctor.facts import Database
from sessile.doctor.fixes.clauses import has_index, of, text
from sessile.doctor.fixes.plan import Plan, Step, Unfixable, name_is_free
from sessile.stores.postgres.shape import Kind, TableShape

CONCURRENT = "SHARE UPDATE EXCLUSIVE; requests go on while the index is built"
INSTANT = "ACCESS EXCLUSIVE for about a millisecond; given up and tried again where it cannot be had within 0.3 s"


def build_index(table: TableShape, name: str, column: str, why: str, *, unique: bool, recover: tuple[Step, ...]) -> Step:
    """Build an index on one column; what a broken try left is dropped before the next."""
    return Step(
        why=why,
        sql=text(
            "CREATE {}INDEX CONCURRENTLY {} ON {} ({})",
            "UNIQUE " if unique else "",
            Identifier(name),
            of(table),
            Identifier(column),
        ),
        lock=CONCURRENT,
        undo=text("DROP INDEX IF EXISTS {}", Identifier(table.schema, name)),
        transactional=False,
        unless=has_index(table, name, valid=True),
        recover=(drop_invalid(table, name), *recover),
    )


def drop_invalid(table: TableShape, name: str) -> Step:
    """Drop an index that a failed build left. It is of no use to anybody, so there is no way back."""
    return Step(
        why=f"drop {name}, which a failed build left INVALID",
        sql=text("DROP INDEX CONCURRENTLY IF EXISTS {}", Identifier(table.schema, name)),
        lock=CONCURRENT,
        transactional=False,
        unless=text("NOT {}", has_index(table, name, valid=False)),
    )


def expire_index(cause: str, _: Database, table: TableShape) -> Plan | Unfixable:
    """Give expire the index that pruning needs."""
    if table.expire_index:
        return Unfixable(cause, f"{table.qualified} has an index on expire, {table.expire_index.name}", "look elsewhere")
    if table.kind is not Kind.TABLE or not table.column("expire"):
        return Unfixable(cause, f"{table.qualified} is not a plain table with a column expire", "give the table itself")
    broken = [index.name for index in table.indexes if not index.valid and index.columns == ("expire",)]
    taken = {index.name for index in table.indexes if index.name not in broken}
    name = next(name for name in expire_index_names(table) if name not in taken)
    build = build_index(
        table, name, "expire", "an index on expire, so that pruning reads what it deletes", unique=False, recover=()
    )
    return Plan(
        cause=cause,
        schema=table.schema,
        name=table.name,
        summary=f"build the index {name} on expire of {table.qualified}, while requests go on",
        steps=(*(drop_invalid(table, index) for index in broken), build),
        guards=(name_is_free(table, name),),
    )


def expire_index_names(table: TableShape) -> tuple[str, ...]:
    """Names for an index on expire: connect-pg-simple's own (table.sql), then others."""
    short = table.name.encode()[:40].decode(errors="ignore")
    return (f"IDX_{short}_expire", f"{short}_expire_idx", f"{short}_expire_sessile")

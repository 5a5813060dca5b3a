"""The key on sid: duplicates set aside, a unique index built concurrently, then made the primary key in an instant."""

from collections.abc import Iterator
from dataclasses import replace

from psycopg.sql import Identifier, Literal

from sessile.doctor.facts import Database
from sessile.doctor.facts.database import Rows
from sessile.doctor.fixes.clauses import beside, has_constraint, major_version, of, text
from sessile.doctor.fixes.duplicates import keepsake, make_keepsake, move_duplicates, move_nulls
from sessile.doctor.fixes.index import CONCURRENT, INSTANT, build_index, drop_invalid
from sessile.doctor.fixes.plan import Plan, Step, Unfixable, name_is_free
from sessile.stores.postgres.shape import Index, Kind, TableShape
from sessile.stores.postgres.triggers import NAMES

SORTABLE = ("timestamp", "date", "bigint", "integer", "numeric", "double precision", "real")
NOT_NULL = "_sid_not_null"
NAMED_NOT_NULL = 18


def key(cause: str, database: Database, table: TableShape) -> Plan | Unfixable:
    """Give sid a key that ON CONFLICT can use; where it has one and yet there are duplicates, rebuild that index."""
    obstacle = _obstacle(cause, table)
    if obstacle:
        return obstacle
    if not table.arbiter or _deferrable(table):
        return _built(cause, database, table)
    if not _removed(database):
        reason = f"{table.qualified} has a usable key, {table.arbiter.name}, and no duplicates were found"
        return Unfixable(cause, reason, "look elsewhere: sessile doctor")
    return _rebuilt(cause, database, table, table.arbiter)


def key_in_order(cause: str, database: Database, table: TableShape) -> Plan | Unfixable:
    """Rebuild the index on sid, whose order is not the server's any more, after setting aside what it let in twice."""
    if table.arbiter is None or _deferrable(table):
        return key(cause, database, table)
    return _obstacle(cause, table) or _rebuilt(cause, database, table, table.arbiter)


def _obstacle(cause: str, table: TableShape) -> Unfixable | None:
    if table.kind is Kind.PARTITIONED:
        reason = f"{table.qualified} is partitioned, and its key would have to hold the partitioning columns"
        return Unfixable(cause, reason, "make a plain table of it while logins wait", _unpartitioned(table))
    sid, expire = table.column("sid"), table.column("expire")
    if table.kind is not Kind.TABLE or not sid or not expire:
        return Unfixable(cause, f"{table.qualified} is not a plain table with sid and expire", "give the table itself")
    if not expire.type.startswith(SORTABLE):
        reason = f"which copy of a sid expires last cannot be told while expire is of type {expire.type}"
        return Unfixable(cause, reason, "fix the type of expire first")
    others = [trigger for trigger in table.triggers if trigger.enabled and trigger.name not in NAMES]
    watchers = [trigger.name for trigger in others if "DELETE" in trigger.definition]
    if watchers or table.rules:
        reason = f"moving copies aside would fire {', '.join([*watchers, *table.rules])}, which may log their users out"
        return Unfixable(cause, reason, "disable it while the fix runs (ALTER TABLE ... DISABLE TRIGGER)")
    return None


def _built(cause: str, database: Database, table: TableShape) -> Plan:
    sid, version = table.column("sid"), major_version(database)
    deferrable = _deferrable(table)
    replaced = next((index for index in deferrable if index.primary), None)
    becomes_primary = replaced is not None or not any(index.primary for index in table.indexes)
    index = _free(table, "_sid_key", "_sid_unique", "_sid_sessile")
    name = replaced.name if replaced else _free(table, "_pkey", "_sid_pkey", "_sessile_pkey")
    steps = [make_keepsake(table)]
    if becomes_primary:
        steps += _not_null(table, version) if sid and not sid.not_null else ()
    steps += [drop_invalid(table, other.name) for other in table.indexes if other.enforces("sid") and not other.valid]
    steps += [move_duplicates(table), _build(table, index)]
    steps += [_drop_deferrable(table, old) for old in deferrable]
    if becomes_primary:
        unproven = sid is not None and sid.not_null and version >= NAMED_NOT_NULL
        steps.append(_make_primary(table, index, name, unproven=unproven))
    result = f"the primary key {name}" if becomes_primary else f"the unique index {index}"
    return _plan(cause, database, table, f"give {table.qualified} {result} on sid, in place", steps=steps, names=(index, name))


def _rebuilt(cause: str, database: Database, table: TableShape, index: Index) -> Plan:
    reindex = Step(
        why=f"the order of {index.name} is not to be trusted: build it anew",
        sql=text("REINDEX INDEX CONCURRENTLY {}", Identifier(table.schema, index.name)),
        lock=CONCURRENT,
        transactional=False,
        recover=(drop_invalid(table, f"{index.name}_ccnew"), move_duplicates(table)),
    )
    steps = [make_keepsake(table), move_duplicates(table), reindex]
    return _plan(cause, database, table, f"set duplicates aside and rebuild {index.name}, in place", steps=steps)


def _plan(
    cause: str, database: Database, table: TableShape, what: str, *, steps: list[Step], names: tuple[str, ...] = ()
) -> Plan:
    removed = _removed(database)
    copies = "duplicates, if there are any," if removed is None else f"{removed:,} losing copies"
    return Plan(
        cause=cause,
        schema=table.schema,
        name=table.name,
        summary=f"{what}; {copies} go to {keepsake(table)}; nobody is logged out",
        steps=tuple(steps),
        guards=tuple(name_is_free(table, name) for name in names),
        rows_removed=removed,
        rows_kept=database.rows.read - removed if isinstance(database.rows, Rows) and removed is not None else None,
        keepsake=keepsake(table),
    )


def _not_null(table: TableShape, version: int) -> Iterator[Step]:
    """Prove that sid is never NULL while requests go on, so that the key need not scan the table under a lock."""
    name = beside(table, NOT_NULL)
    named = version >= NAMED_NOT_NULL
    rule = "NOT NULL sid" if named else "CHECK (sid IS NOT NULL)"
    back = "ALTER COLUMN sid DROP NOT NULL" if named else text("DROP CONSTRAINT IF EXISTS {}", Identifier(name))
    yield Step(
        why="from now on no row without a sid can come in",
        sql=text("ALTER TABLE {} ADD CONSTRAINT {} {} NOT VALID", of(table), Identifier(name), rule),
        lock=INSTANT,
        undo=text("ALTER TABLE {} {}", of(table), back),
        unless=text("{} OR {}", _is_not_null(table), has_constraint(table, name)),
    )
    yield move_nulls(table)
    yield _validate(table)
    if not named:
        yield Step(
            why="make it the column's own NOT NULL, which the proof makes instant",
            sql=text(
                "ALTER TABLE {table} ALTER COLUMN sid SET NOT NULL; ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}",
                table=of(table),
                name=Identifier(name),
            ),
            lock=INSTANT,
            undo=text("ALTER TABLE {} ALTER COLUMN sid DROP NOT NULL", of(table)),
            unless=_is_not_null(table),
        )


def _validate(table: TableShape) -> Step:
    name = beside(table, NOT_NULL)
    return Step(
        why="prove that no row without a sid is left",
        sql=text("ALTER TABLE {} VALIDATE CONSTRAINT {}", of(table), Identifier(name)),
        lock="SHARE UPDATE EXCLUSIVE; requests go on while the table is read once",
        unless=text("NOT {}", has_constraint(table, name, valid=False)),
    )


def _build(table: TableShape, index: str) -> Step:
    why = "a unique index on sid, which ON CONFLICT (sid) can use from here on"
    step = build_index(table, index, "sid", why, unique=True, recover=(move_duplicates(table),))
    return replace(step, unless=_has_arbiter(table))


def _make_primary(table: TableShape, index: str, name: str, *, unproven: bool) -> Step:
    """Make the index the primary key; `unproven` says that sid's NOT NULL may be one that was never validated."""
    return Step(
        why=f"make it the primary key {name}",
        sql=text(
            "ALTER TABLE {} ADD CONSTRAINT {} PRIMARY KEY USING INDEX {}",
            of(table),
            Identifier(name),
            Identifier(index),
        ),
        lock=INSTANT,
        undo=text("ALTER TABLE {} DROP CONSTRAINT IF EXISTS {}", of(table), Identifier(name)),
        unless=has_constraint(table, name),
        recover=(move_nulls(table), _validate(table)) if unproven else (),
    )


def _drop_deferrable(table: TableShape, old: Index) -> Step:
    """Drop a deferrable key: beside it no other index can serve ON CONFLICT (55000)."""
    constraint = old.constraint or old.name
    this = text("conrelid = {}::regclass AND conname = {}", Literal(table.qualified), Literal(constraint))
    return Step(
        why=f"drop the deferrable constraint {constraint}, which spoils ON CONFLICT even beside a better index",
        sql=text("ALTER TABLE {} DROP CONSTRAINT {}", of(table), Identifier(constraint)),
        lock=INSTANT,
        undo_query=text(
            "SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', {}, conname, pg_get_constraintdef(oid))"
            " FROM pg_constraint WHERE {}",
            Literal(table.qualified),
            this,
        ),
        unless=text("NOT EXISTS (SELECT FROM pg_constraint WHERE {} AND condeferrable)", this),
    )


def _is_not_null(table: TableShape) -> str:
    return text(
        "EXISTS (SELECT FROM pg_attribute WHERE attrelid = {}::regclass AND attname = 'sid' AND attnotnull)",
        Literal(table.qualified),
    )


def _has_arbiter(table: TableShape) -> str:
    return text(
        "EXISTS (SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]"
        " WHERE i.indrelid = {}::regclass AND a.attname = 'sid' AND i.indnkeyatts = 1 AND i.indisunique AND i.indisvalid"
        " AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL)",
        Literal(table.qualified),
    )


def _deferrable(table: TableShape) -> list[Index]:
    return [index for index in table.indexes if index.enforces("sid") and not index.immediate]


def _free(table: TableShape, *suffixes: str) -> str:
    """The first of the names derived from the table's that no index of it bears, broken ones on sid aside: those go first."""
    taken = {index.name for index in table.indexes if index.valid or not index.enforces("sid")}
    names = [beside(table, suffix) for suffix in suffixes]
    return next((name for name in names if name not in taken), names[-1])


def _removed(database: Database) -> int | None:
    """How many rows are losing copies, where all rows were read."""
    rows = database.rows
    if not isinstance(rows, Rows) or not rows.complete:
        return None
    return rows.duplicate_rows if isinstance(rows.duplicate_rows, int) else None


def _unpartitioned(table: TableShape) -> str:
    return text(
        """BEGIN;
SET LOCAL lock_timeout = '2s';
LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE;
CREATE TABLE {fresh} (sid varchar NOT NULL, sess json NOT NULL, expire timestamp(6) NOT NULL);
INSERT INTO {fresh} (sid, sess, expire)
    SELECT DISTINCT ON (sid) sid, sess, expire FROM {table} WHERE sid IS NOT NULL ORDER BY sid, expire DESC;
ALTER TABLE {fresh} ADD PRIMARY KEY (sid);
CREATE INDEX ON {fresh} (expire);
ALTER TABLE {table} RENAME TO {old};
ALTER TABLE {fresh} RENAME TO {name};
COMMIT;
-- Then grant it the rights that the old table has.""",
        table=of(table),
        fresh=Identifier(table.schema, beside(table, "_plain")),
        old=Identifier(beside(table, "_partitioned")),
        name=Identifier(table.name),
    )

"""What a session table may have beyond what Express needs: an index of sessions by user; and the hardened table.

Express goes on unchanged: its statements name `sid`, `sess` and `expire`. `sess` stays `json`, for `jsonb` refuses what Node.js
may store (a NUL, half of a surrogate pair), and Express's save would fail.
"""

from psycopg.sql import Identifier, Literal

from sessile.doctor.facts import Database
from sessile.doctor.facts.database import Rows
from sessile.doctor.fixes.clauses import block, has_index, major_version, of, text
from sessile.doctor.fixes.columns import SMALL, is_small, rewrite_time
from sessile.doctor.fixes.expire_type import in_zone, time_zone
from sessile.doctor.fixes.index import CONCURRENT, INSTANT, drop_invalid
from sessile.doctor.fixes.plan import Guard, Plan, Step, Unfixable, name_is_free
from sessile.session.user import UserKeys
from sessile.stores.postgres.seen import COLUMNS, SEEN, seen_function, seen_sql
from sessile.stores.postgres.shape import Kind, TableShape
from sessile.stores.postgres.table import TableName, defects
from sessile.stores.postgres.user_index import expression, index_name, index_sql, remark

USERS, HARDENED = "users", "hardened"
"""How these plans are named among the fixes that are remembered."""

USER = "user_id"
UTC = ("UTC", "ETC/UTC", "GMT")
STORED_SINCE, VIRTUAL_SINCE = 12, 18


def by_user(table: TableShape, keys: UserKeys) -> Plan | Unfixable:
    """Build the index of sessions by user, while requests go on."""
    if refused := _unfit(USERS, table):
        return refused
    return Plan(
        cause=USERS,
        schema=table.schema,
        name=table.name,
        summary=f"build an index of the sessions of {table.qualified} by user ({keys.written}), while requests go on",
        steps=_index(table, keys),
        guards=(name_is_free(table, index_name(table).table),),
        rows_removed=0,
    )


def hardened(database: Database, table: TableShape, keys: UserKeys, zone: str | None) -> Plan | Unfixable:
    """Give the table an expire with its time zone, columns that tell when a session began and was last used, its user as a
    column, and the index by user. `zone` is the one in which a zoneless expire was written, None where the rows tell.
    """
    refused = _unfit(HARDENED, table) or _taken(table)
    if refused:
        return refused
    expire = _expire(database, table, zone)
    if isinstance(expire, Unfixable):
        return expire
    user = _user(table, keys, major_version(database))
    steps = (*(expire.steps if expire else ()), _columns(table), _trigger(table), *user, *_index(table, keys))
    limits = expire.guards if expire else ()
    return Plan(
        cause=HARDENED,
        schema=table.schema,
        name=table.name,
        summary=f"harden {table.qualified}: expire with its time zone, created, last_seen, {USER if user else f'no {USER}'}, "
        "and an index by user; every row is kept, and Express goes on unchanged",
        steps=steps,
        guards=(*limits, name_is_free(table, index_name(table).table), *([_still_small(table)] if _rewrites(user) else [])),
        rows_removed=0,
        expires_before=expire.expires_before if expire else "expire::timestamptz",
        expires_after=expire.expires_after if expire else "expire::timestamptz",
    )


def _unfit(cause: str, table: TableShape) -> Unfixable | None:
    if table.kind is not Kind.TABLE:
        return Unfixable(cause, f"{table.qualified} is no plain table", "name the table itself: --table")
    flaws = [flaw for flaw in defects(table) if flaw.fatal or flaw.cause == "save-no-primary-key"]
    if flaws:
        return Unfixable(cause, flaws[0].says, f"fix that first: {flaws[0].command}")
    sess = table.column("sess")
    if sess is None or sess.type not in ("json", "jsonb"):
        kind = sess.type if sess else "missing"
        return Unfixable(cause, f"sess is of type {kind}, in which no user can be found", "make it json")
    return None


def _taken(table: TableShape) -> Unfixable | None:
    """Columns of these names that are somebody else's."""
    kinds = dict.fromkeys(COLUMNS, "timestamp with time zone") | {USER: "text"}
    for name, kind in kinds.items():
        column = table.column(name)
        if column and (column.type != kind or (name == USER and not column.generated)):
            reason = f"{table.qualified} has a column {name} of its own, of type {column.type}"
            return Unfixable(HARDENED, reason, "rename it first, or leave the table as it is")
    return None


def _expire(database: Database, table: TableShape, zone: str | None) -> Plan | Unfixable | None:
    expire = table.column("expire")
    if expire is None or "without" not in expire.type:
        return None
    empty = isinstance(database.rows, Rows) and database.rows.complete and database.rows.read == 0
    if zone is None and not empty:
        found = time_zone(HARDENED, database, table)
        if isinstance(found, Unfixable) and found.reason.startswith("no row tells"):
            return Unfixable(HARDENED, found.reason, "say in which one the services write: --time-zone UTC")
        return found
    zone = zone or "UTC"
    return in_zone(HARDENED, table, expire, text("{}", Literal(zone)), said=f"in {zone}", utc=zone.upper() in UTC)


def _columns(table: TableShape) -> Step:
    """The default comes after the columns, so that rows of before have NULL, which is true, and are not rewritten."""
    return Step(
        why="note when a session begins and is used; of sessions of before it is not known",
        sql=text(
            "ALTER TABLE {0} ADD COLUMN created timestamptz, ADD COLUMN last_seen timestamptz; "
            "ALTER TABLE {0} ALTER COLUMN created SET DEFAULT now(), ALTER COLUMN last_seen SET DEFAULT now()",
            of(table),
        ),
        lock=INSTANT,
        undo=text("ALTER TABLE {} DROP COLUMN IF EXISTS created, DROP COLUMN IF EXISTS last_seen", of(table)),
        unless=" AND ".join(_has_column(table, name) for name in COLUMNS),
    )


def _trigger(table: TableShape) -> Step:
    function = TableName(seen_function(table).table, table.schema).qualified
    return Step(
        why="a trigger moves last_seen, whoever writes",
        sql=block("BEGIN\n" + "\n".join(seen_sql(table)) + "\nEND"),
        lock="SHARE ROW EXCLUSIVE for about a millisecond; given up and tried again where it cannot be had within 0.3 s",
        undo=text("DROP TRIGGER IF EXISTS {} ON {}; DROP FUNCTION IF EXISTS {}()", Identifier(SEEN), of(table), function),
        unless=text(
            "EXISTS (SELECT FROM pg_trigger WHERE tgrelid = {}::regclass AND tgname = {} AND tgenabled IN ('O', 'A'))",
            Literal(table.qualified),
            Literal(SEEN),
        ),
    )


def _user(table: TableShape, keys: UserKeys, version: int) -> tuple[Step, ...]:
    """The user as a column, for people; look-ups use the index. Where it would be written into every row of a large table, or
    where PostgreSQL has no generated columns, there is none.
    """
    if version < STORED_SINCE or (version < VIRTUAL_SINCE and not is_small(table)):
        return ()
    kept = "VIRTUAL" if version >= VIRTUAL_SINCE else "STORED"
    return (
        Step(
            why="show the user of a session as a column that is computed from sess",
            sql=text(
                "ALTER TABLE {} ADD COLUMN {} text GENERATED ALWAYS AS ({}) {}",
                of(table),
                Identifier(USER),
                expression(table, keys),
                kept,
            ),
            lock=INSTANT if kept == "VIRTUAL" else f"ACCESS EXCLUSIVE while the table is rewritten: {rewrite_time(table)}",
            undo=text("ALTER TABLE {} DROP COLUMN IF EXISTS {}", of(table), Identifier(USER)),
            unless=_has_column(table, USER),
        ),
    )


def _rewrites(steps: tuple[Step, ...]) -> bool:
    return any("rewritten" in step.lock for step in steps)


def _still_small(table: TableShape) -> Guard:
    return Guard(
        text("pg_table_size({}::regclass) <= {}", Literal(table.qualified), Literal(SMALL)),
        f"{table.qualified} has grown beyond {SMALL >> 20} MB since it was looked at: run the command again",
    )


def _index(table: TableShape, keys: UserKeys) -> tuple[Step, ...]:
    name, says = index_name(table), remark(table, keys)
    marked = text(
        "EXISTS (SELECT FROM pg_class WHERE oid = to_regclass({}) AND obj_description(oid, 'pg_class') = {})",
        Literal(name.qualified),
        Literal(says),
    )
    room = Step(
        why="an index of other keys, or an unfinished one, makes room",
        sql=text("DROP INDEX CONCURRENTLY IF EXISTS {}", name.qualified),
        lock=CONCURRENT,
        transactional=False,
        unless=text("to_regclass({}) IS NULL OR {}", Literal(name.qualified), marked),
    )
    return (
        *([room] if any(index.name == name.table for index in table.indexes) else []),
        Step(
            why="build the index of sessions by user",
            sql=index_sql(table, keys, concurrently=True),
            lock=CONCURRENT,
            undo=text("DROP INDEX IF EXISTS {}", name.qualified),
            transactional=False,
            unless=has_index(table, name.table, valid=True),
            recover=(drop_invalid(table, name.table),),
        ),
        Step(
            why="say on it what it is, and let the planner know it",
            sql=text("COMMENT ON INDEX {} IS {}; ANALYZE {}", name.qualified, Literal(says), of(table)),
            lock=CONCURRENT,
            unless=marked,
        ),
    )


def _has_column(table: TableShape, name: str) -> str:
    return text(
        "EXISTS (SELECT FROM pg_attribute WHERE attrelid = {}::regclass AND attname = {} AND NOT attisdropped)",
        Literal(table.qualified),
        Literal(name),
    )

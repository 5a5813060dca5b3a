"""An expire of the wrong type, or without the time zone of its writer, made a timestamp that every reader understands alike."""

from psycopg.sql import Identifier, Literal

from sessile.doctor.facts import Database
from sessile.doctor.facts.database import Rows
from sessile.doctor.fixes.clauses import block, of, text
from sessile.doctor.fixes.columns import by_hand, is_small, retype, retyped
from sessile.doctor.fixes.index import CONCURRENT, build_index
from sessile.doctor.fixes.plan import Plan, Step, Unfixable
from sessile.stores.postgres.shape import Column, Index, TableShape

MOMENT = "timestamptz(6)"
NUMBERS = ("bigint", "integer", "numeric", "double precision", "real")
# Epoch seconds reach 1e11 in the year 5138 and milliseconds passed it in 1973; the same gap lies at 1e14 to microseconds.
FROM_EPOCH = "to_timestamp({0} / CASE WHEN abs({0}) < 1e11 THEN 1.0 WHEN abs({0}) < 1e14 THEN 1e3 ELSE 1e6 END)"
ZONED = r"'\d:\d\d(:\d\d(\.\d+)?)?\s*(Z|[+-]\d\d(:?\d\d){0,2})\s*$'"
DIGITS = r"'^\s*\d+(\.\d+)?\s*$'"
# A row touched by chance a whole number of quarter hours after its save looks like one of another writer.
FEW = 3
UTC = "SET LOCAL TimeZone TO 'UTC'; "


def expire_type(cause: str, _: Database, table: TableShape) -> Plan | Unfixable:
    """Make expire a timestamp: a date lasts to the end of its day, a number is an epoch whose unit its size tells."""
    expire = table.column("expire")
    if not expire or expire.type.startswith("timestamp"):
        return Unfixable(cause, f"expire of {table.qualified} is a timestamp", "look elsewhere")
    if expire.type == "date":
        return _from_date(cause, table, expire)
    if expire.type.startswith(NUMBERS):
        return _from_number(cause, table, expire)
    if expire.type.startswith(("text", "character")):
        return _from_text(cause, table, expire)
    reason = f"expire is of type {expire.type}, from which no moment can be told"
    return Unfixable(cause, reason, by_hand(table, "expire"))


def time_zone(cause: str, database: Database, table: TableShape) -> Plan | Unfixable:
    """Make expire a timestamptz, reading each row in the one time zone that its writer used."""
    expire = table.column("expire")
    if not expire or expire.type.startswith("timestamp") is False or "without" not in expire.type:
        return Unfixable(cause, f"expire of {table.qualified} is not a timestamp without time zone", "look elsewhere")
    offset = _writer_offset(cause, database)
    if isinstance(offset, Unfixable):
        return offset
    zone = text("INTERVAL {}", Literal(_clock(offset)))
    return in_zone(cause, table, expire, zone, said=f"{_clock(offset)} from UTC", utc=offset == 0)


def in_zone(cause: str, table: TableShape, expire: Column, zone: str, *, said: str, utc: bool) -> Plan | Unfixable:
    """Make a zoneless expire a timestamptz, each row read in a zone (SQL; `said` names it for people); UTC rewrites no row."""
    expires = (text("(expire AT TIME ZONE {})", zone), "expire")
    what = f"make expire a timestamptz, read as written {said}"
    if not utc:
        using = text("expire AT TIME ZONE {}", zone)
        step = retype(table, expire, MOMENT, using=using, back=using, rewrites=True)
        plan = retyped(cause, table, step, what, rewrites=True, expires=expires)
        return plan if isinstance(plan, Plan) else _too_big(plan)
    step = retype(table, expire, MOMENT, using=None, back=None, rewrites=False, zone=UTC)
    plan = retyped(cause, table, step, what, rewrites=False, expires=expires)
    return plan if isinstance(plan, Unfixable) or is_small(table) else _around_index(plan, table, step)


def _writer_offset(cause: str, database: Database) -> int | Unfixable:
    advice = (
        "set one TimeZone for all roles instead (ALTER ROLE ... SET timezone = 'UTC') and reconnect; the rows stay as they are"
    )
    rows = database.rows
    if not isinstance(rows, Rows) or not rows.offsets:
        return Unfixable(cause, "no row tells in which time zone it was written", advice)
    most = max(offset.rows for offset in rows.offsets)
    offsets = sorted({offset.seconds for offset in rows.offsets if offset.rows >= min(most, max(FEW, most // 100))})
    if len(offsets) > 1:
        seen = ", ".join(_clock(seconds) for seconds in offsets)
        return Unfixable(cause, f"rows were written by writers at different offsets from UTC ({seen})", advice)
    return offsets[0]


def _clock(seconds: int) -> str:
    hours, minutes = divmod(abs(seconds) // 60, 60)
    return f"{'-' if seconds < 0 else '+'}{hours:02}:{minutes:02}"


def _too_big(refusal: Unfixable) -> Unfixable:
    advice = (
        "set the writer's TimeZone for all roles instead (ALTER ROLE ... SET timezone), or announce a pause and run this in it"
    )
    return Unfixable(refusal.cause, refusal.reason, advice, refusal.sql)


def _around_index(plan: Plan, table: TableShape, step: Step) -> Plan:
    """On a big table only the index would take time under the lock, so it is dropped before and built again after."""
    indexes = [index for index in table.indexes if index.columns == ("expire",) and not index.constraint and index.valid]
    before = tuple(_drop(table, index) for index in indexes)
    after = tuple(
        build_index(table, index.name, "expire", f"build {index.name} again", unique=False, recover=()) for index in indexes
    )
    return Plan(
        cause=plan.cause,
        schema=plan.schema,
        name=plan.name,
        summary=plan.summary,
        steps=(*before, step, *after),
        rows_removed=0,
        expires_before=plan.expires_before,
        expires_after=plan.expires_after,
    )


def _drop(table: TableShape, index: Index) -> Step:
    return Step(
        why=f"drop {index.name} for a while, so that it is not rebuilt under a lock",
        sql=text("DROP INDEX CONCURRENTLY IF EXISTS {}", Identifier(table.schema, index.name)),
        lock=CONCURRENT,
        transactional=False,
        undo=text("CREATE INDEX IF NOT EXISTS {} ON {} (expire)", Identifier(index.name), of(table)),
    )


def _from_date(cause: str, table: TableShape, expire: Column) -> Plan | Unfixable:
    back = "CASE WHEN expire = date_trunc('day', expire) THEN expire::date - 1 ELSE expire::date END"
    step = retype(table, expire, "timestamp(6)", using="(expire + 1)::timestamp", back=back, rewrites=True)
    what = "make expire a timestamp; each row lasts to the end of the day that it names"
    return retyped(cause, table, step, what, rewrites=True, expires=("(expire + 1)::timestamptz", "expire::timestamptz"))


def _from_number(cause: str, table: TableShape, expire: Column) -> Plan | Unfixable:
    moment = text(FROM_EPOCH, "expire")
    back = text(
        "SELECT format('ALTER TABLE %s ALTER COLUMN expire TYPE {type} USING (extract(epoch FROM expire) * %s)::{type}',"
        " {table}, CASE WHEN size < 1e11 THEN 1 WHEN size < 1e14 THEN 1000 ELSE 1000000 END)"
        " FROM (SELECT coalesce(percentile_disc(0.5) WITHIN GROUP (ORDER BY abs(expire)), 0) AS size FROM {name}) AS middle",
        type=expire.type,
        table=Literal(table.qualified),
        name=of(table),
    )
    step = retype(table, expire, MOMENT, using=moment, back=None, rewrites=True, undo_query=back)
    what = f"make expire a timestamptz (it is {expire.type}), reading each number as s, ms or us by its size"
    return retyped(cause, table, step, what, rewrites=True, expires=(moment, "expire"))


def _from_text(cause: str, table: TableShape, expire: Column) -> Plan | Unfixable:
    moment = text("CASE WHEN expire ~ {} THEN {} ELSE expire::timestamptz END", DIGITS, text(FROM_EPOCH, "expire::numeric"))
    body = text(
        """
DECLARE
    bad bigint;
BEGIN
    SELECT count(*) INTO bad FROM {table} WHERE expire !~ {digits} AND expire !~ {zoned};
    IF bad > 0 THEN
        RAISE EXCEPTION '% rows of % hold an expire that is neither an epoch nor a time with its zone', bad, {name};
    END IF;
END""",
        table=of(table),
        digits=DIGITS,
        zoned=ZONED,
        name=Literal(table.qualified),
    )
    proof = Step(
        why="prove that every expire names a moment beyond doubt; if one does not, nothing is changed",
        sql=block(body),
        lock="none that a request waits for",
    )
    step = retype(table, expire, MOMENT, using=moment, back="expire::text", rewrites=True, zone=UTC)
    what = f"make expire a timestamptz (it is {expire.type})"
    return retyped(cause, table, step, what, rewrites=True, before=(proof,), expires=(moment, "expire"))

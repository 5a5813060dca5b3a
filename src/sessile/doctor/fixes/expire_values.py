"""Rows whose expire is NULL or in a wrong unit: exactly those rows get the moment that was meant."""

from psycopg.sql import Identifier, Literal

from sessile.doctor.facts import Database
from sessile.doctor.facts.database import Rows, Server
from sessile.doctor.fixes.clauses import beside, block, of, text
from sessile.doctor.fixes.plan import Plan, Step, Unfixable
from sessile.stores.postgres.shape import TableShape

COOKIE_EXPIRES = r"""'"cookie":\s*\{[^{}]*?"expires":\s*"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z)"'"""
FROM_COOKIE = "coalesce(substring(sess::text FROM {})::timestamptz, now() + interval '1 day')"
RESCALED = """CASE WHEN NOT isfinite(expire) THEN NULL
         WHEN expire::timestamptz > now() + interval '10 years' THEN to_timestamp(extract(epoch FROM expire::timestamptz) / 1000)
         WHEN expire::timestamptz < '2000-01-01 UTC' THEN to_timestamp(extract(epoch FROM expire::timestamptz) * 1000) END"""
PLAUSIBLE = "{} BETWEEN '2000-01-01 UTC' AND now() + interval '10 years'"


def null_expire(cause: str, database: Database, table: TableShape) -> Plan | Unfixable:
    """Give rows without an expiry that of their cookie, or a day from now, which is what Express gives a browser session."""
    rows = database.rows.null_expire if isinstance(database.rows, Rows) else None
    what = "give rows whose expire is NULL the expiry of their cookie, or else one day from now"
    return _corrected(
        cause, database, table, what=what, value=text(FROM_COOKIE, COOKIE_EXPIRES), where="expire IS NULL", rows=rows
    )


def wrong_unit(cause: str, database: Database, table: TableShape) -> Plan | Unfixable:
    """Read milliseconds that were stored as seconds, and seconds that were stored as milliseconds, for what they are."""
    rows = database.rows.absurd_future + database.rows.absurd_past if isinstance(database.rows, Rows) else None
    what = "divide an expire of ten years and more from now by 1000, multiply one before 2000, where that makes sense"
    return _corrected(cause, database, table, what=what, value=RESCALED, where=text(PLAUSIBLE, RESCALED), rows=rows)


def _corrected(
    cause: str, database: Database, table: TableShape, *, what: str, value: str, where: str, rows: int | None
) -> Plan | Unfixable:
    expire = table.column("expire")
    if not expire or not expire.type.startswith("timestamp"):
        reason = f"expire of {table.qualified} is not a timestamp"
        return Unfixable(cause, reason, "fix the type of expire first")
    if not isinstance(database.server, Server):
        return Unfixable(cause, "the TimeZone of the service's role is unknown", "connect with the service's own URL")
    if rows == 0:
        return Unfixable(cause, f"no such row was found in {table.qualified}", "look elsewhere")
    before = Identifier(table.schema, beside(table, "_sessile_before"))
    parts = {"table": of(table), "before": before, "zone": Literal(database.server.time_zone)}
    remember = Step(
        why="a table to keep what expire was, so that it can be put back",
        sql=text(
            "CREATE TABLE IF NOT EXISTS {before} AS SELECT sid, expire, expire AS expire_set FROM {table} WITH NO DATA",
            **parts,
        ),
        lock="none that a request waits for",
        undo=_put_back(table, before),
        unless=text("to_regclass({}) IS NOT NULL", Literal(before.as_string())),
    )
    correct = Step(
        why=what,
        sql=text(
            """SET LOCAL TimeZone TO {zone};
WITH changed AS (
    SELECT ctid AS place, sid, expire, {value} AS expire_set FROM {table} WHERE {where} FOR UPDATE
), remembered AS (
    INSERT INTO {before} SELECT sid, expire, expire_set FROM changed
)
UPDATE {table} AS row SET expire = changed.expire_set FROM changed WHERE row.ctid = changed.place""",
            **parts,
            value=value,
            where=where,
        ),
        lock="ROW EXCLUSIVE; only these rows are locked, for the time of one statement",
    )
    return Plan(
        cause=cause,
        schema=table.schema,
        name=table.name,
        summary=f"{what}{'' if rows is None else f' ({rows:,} rows read)'}",
        steps=(remember, correct),
        rows_removed=0,
    )


def _put_back(table: TableShape, before: Identifier) -> str:
    """Put the old values back, except where a request has touched the row since."""
    body = text(
        """
BEGIN
    IF to_regclass({name}) IS NOT NULL THEN
        UPDATE {table} AS row SET expire = before.expire FROM {before} AS before
        WHERE row.sid = before.sid AND row.expire = before.expire_set;
        DROP TABLE {before};
    END IF;
END""",
        name=Literal(before.as_string()),
        table=of(table),
        before=before,
    )
    return block(body)

"""Columns of the wrong type, or that forbid what a login inserts: altered in place, where that is quick enough to be safe."""

from dataclasses import replace

from psycopg.sql import Identifier, Literal

from sessile.doctor.facts import Database
from sessile.doctor.fixes.clauses import block, of, text
from sessile.doctor.fixes.index import INSTANT
from sessile.doctor.fixes.plan import Guard, Plan, Step, Unfixable
from sessile.stores.postgres.shape import Column, TableShape
from sessile.stores.postgres.triggers import NAMES

SMALL = 128 * 1024 * 1024
BYTES_PER_SECOND = 50 * 1024 * 1024
REWRITTEN = ("character", "uuid", "integer", "bigint", "numeric")


def sid_type(cause: str, _: Database, table: TableShape) -> Plan | Unfixable:
    """Make sid a varchar without a limit; widening one rewrites nothing, so the table may be of any size."""
    sid = table.column("sid")
    if not sid or sid.type in ("character varying", "text"):
        return Unfixable(cause, f"sid of {table.qualified} holds session ids of any length", "look elsewhere")
    widens = sid.type.startswith("character varying(")
    if not widens and not sid.type.startswith(REWRITTEN):
        return Unfixable(cause, f"sid is of type {sid.type}, which sessile does not know how to read", by_hand(table, "sid"))
    back = None if sid.type.startswith("character") else text("sid::{}", sid.type)
    step = retype(table, sid, "varchar", using=None if widens else "sid::varchar", back=back, rewrites=not widens)
    return retyped(cause, table, step, f"make sid a varchar without a limit (it is {sid.type})", rewrites=not widens)


def sess_type(cause: str, _: Database, table: TableShape) -> Plan | Unfixable:
    """Make sess json, after proof that every row parses; a big table's limited varchar becomes text, which rewrites nothing."""
    sess = table.column("sess")
    if not sess or sess.type in ("json", "jsonb"):
        return Unfixable(cause, f"sess of {table.qualified} holds JSON", "look elsewhere")
    is_text = sess.type.startswith("character") or sess.type == "text"
    if not is_text and sess.type != "bytea":
        return Unfixable(cause, f"sess is of type {sess.type}, which sessile does not know how to read", by_hand(table, "sess"))
    if sess.type.startswith("character varying(") and not is_small(table):
        step = retype(table, sess, "text", using=None, back=None, rewrites=False)
        return retyped(cause, table, step, f"make sess a text without a limit (it is {sess.type})", rewrites=False)
    words = "sess" if is_text else "convert_from(sess, 'UTF8')"
    back = "sess::text" if sess.type == "text" else None
    back = "convert_to(sess::text, 'UTF8')" if not is_text else back
    proof = Step(
        why="prove that every row holds JSON; if one does not, nothing is changed",
        sql=_proof(table, words),
        lock="none that a request waits for",
    )
    step = retype(table, sess, "json", using=text("{}::json", words), back=back, rewrites=True)
    return retyped(cause, table, step, f"make sess json (it is {sess.type})", rewrites=True, before=(proof,))


def demanded_columns(cause: str, _: Database, table: TableShape) -> Plan | Unfixable:
    """Let the columns that a login does not fill be NULL."""
    if not table.demanded:
        return Unfixable(cause, f"{table.qualified} demands nothing but sid, sess and expire", "look elsewhere")
    keyed = {name for index in table.indexes if index.primary for name in index.columns}
    if stuck := [column.name for column in table.demanded if column.name in keyed]:
        reason = f"{', '.join(stuck)} of {table.qualified} is part of its primary key, so it cannot be NULL"
        return Unfixable(cause, reason, "give it a default, or give the sessions a table of their own: sessile table --sql")
    steps = tuple(
        Step(
            why=f"a login fills only sid, sess and expire: let {column.name} be NULL",
            sql=text("ALTER TABLE {} ALTER COLUMN {} DROP NOT NULL", of(table), Identifier(column.name)),
            lock=INSTANT,
            undo=text("ALTER TABLE {} ALTER COLUMN {} SET NOT NULL", of(table), Identifier(column.name)),
        )
        for column in table.demanded
    )
    names = ", ".join(column.name for column in table.demanded)
    return Plan(
        cause=cause,
        schema=table.schema,
        name=table.name,
        summary=f"let {names} of {table.qualified} be NULL, so that a login can be inserted",
        steps=steps,
    )


def is_small(table: TableShape) -> bool:
    """Whether rewriting the table under a lock is a matter of a few seconds."""
    return table.pages * 8192 <= SMALL


def retype(
    table: TableShape,
    column: Column,
    type_name: str,
    *,
    using: str | None,
    back: str | None,
    rewrites: bool,
    zone: str = "",
    undo_query: str | None = None,
) -> Step:
    """Alter a column's type. `using` and `back` convert its values there and back; None leaves it to PostgreSQL's assignment."""
    there = _alter(table, column, type_name, using, zone)
    return Step(
        why=f"make {column.name} {type_name}",
        sql=there,
        lock="ACCESS EXCLUSIVE while the table is rewritten: " + rewrite_time(table) if rewrites else INSTANT,
        undo=None if undo_query else _alter(table, column, column.type, back, zone),
        undo_query=undo_query,
        unless=text(
            "EXISTS (SELECT FROM pg_attribute WHERE attrelid = {}::regclass AND attname = {} AND atttypid = {}::regtype"
            " AND format_type(atttypid, atttypmod) <> {})",
            Literal(table.qualified),
            Literal(column.name),
            Literal(type_name),
            Literal(column.type),
        ),
    )


def retyped(
    cause: str,
    table: TableShape,
    step: Step,
    what: str,
    *,
    rewrites: bool,
    before: tuple[Step, ...] = (),
    expires: tuple[str, str] = ("expire::timestamptz", "expire::timestamptz"),
) -> Plan | Unfixable:
    """The plan around a change of type, or the reason not to make one: a big table would be locked for too long.

    `before` are proofs, of which nothing is asked where the type is changed already.
    """
    if any(trigger.name in NAMES for trigger in table.triggers) and 'ALTER COLUMN "sess"' not in step.sql:
        reason = f"the triggers that keep logged-out sessions from coming back stand on {table.qualified} and hold its types"
        advice = "take them off, fix, and put them back: sessile table --triggers --drop, then sessile table --triggers --create"
        return Unfixable(cause, reason, advice)
    if rewrites and not is_small(table):
        reason = f"{table.qualified} has {table.pages * 8192 >> 20} MB, and all requests would wait {rewrite_time(table)}"
        return Unfixable(cause, reason, "announce a pause and run this in it", f"{step.sql};")
    limit = Guard(
        text("pg_table_size({}::regclass) <= {}", Literal(table.qualified), Literal(SMALL)),
        f"{table.qualified} is over {SMALL >> 20} MB, so rewriting it would stall all requests for seconds; "
        "announce a pause and let the owner run the SQL in it",
    )
    return Plan(
        cause=cause,
        schema=table.schema,
        name=table.name,
        summary=f"{what}; every row is kept",
        steps=(*(replace(proof, unless=step.unless) for proof in before), step),
        guards=(limit,) if rewrites else (),
        rows_removed=0,
        expires_before=expires[0],
        expires_after=expires[1],
    )


def rewrite_time(table: TableShape) -> str:
    """An honest guess at how long a rewrite takes, at 50 MB/s with indexes."""
    return f"about {max(1, round(table.pages * 8192 / BYTES_PER_SECOND))} s"


def by_hand(table: TableShape, column: str) -> str:
    """The advice where no conversion is known."""
    return f"convert {column} of {table.qualified} by hand: ALTER TABLE ... ALTER COLUMN {column} TYPE ... USING ..."


def _alter(table: TableShape, column: Column, type_name: str, using: str | None, zone: str) -> str:
    """The ALTER TABLE; a default is dropped before and comes back only with the old type."""
    name = Identifier(column.name)
    collation = text(" COLLATE {}", Identifier(column.collation)) if column.collation not in (None, "default") else ""
    comes_back = type_name == column.type
    parts = [] if column.default is None or comes_back else [text("ALTER COLUMN {} DROP DEFAULT", name)]
    parts.append(
        text(
            "ALTER COLUMN {} TYPE {}{}{}",
            name,
            type_name,
            collation if type_name.startswith(("varchar", "character", "text")) else "",
            text(" USING {}", using) if using else "",
        )
    )
    if column.default is not None and comes_back:
        parts.append(text("ALTER COLUMN {} SET DEFAULT {}", name, column.default))
    return text("{}ALTER TABLE {} {}", zone, of(table), ", ".join(parts))


def _proof(table: TableShape, words: str) -> str:
    body = text(
        """
DECLARE
    bad bigint := 0;
    held text;
BEGIN
    FOR held IN SELECT {words} FROM {table} LOOP
        BEGIN
            PERFORM held::json;
        EXCEPTION WHEN data_exception THEN
            bad := bad + 1;
        END;
    END LOOP;
    IF bad > 0 THEN
        RAISE EXCEPTION '% rows of % hold something else than JSON in sess; repair or expire them first', bad, {name};
    END IF;
END""",
        words=words,
        table=of(table),
        name=Literal(table.qualified),
    )
    return block(body)

"""What sessile can add beside a session table: the SQL that makes it, the SQL that takes it away, and whether it stands."""

from dataclasses import dataclass

from sessile.stores.postgres.catalog import Rows, Statement
from sessile.stores.postgres.shape import TableShape, dollar_quoted, quoted
from sessile.stores.postgres.table import TableName

MARK = "sessile: "
"""How the remark begins (COMMENT) on each relation and trigger that sessile adds."""


@dataclass(frozen=True, slots=True)
class Addition:
    """One addition to one table.

    `option` names it on the command line and in Python (`triggers`), `says` in a sentence, and `means` tells what is different
    with it. `sql` makes it, and does nothing where it stands as it should; any number of processes may send it at once. `drop`
    takes it away. `stands` tells whether it is there, complete, and as this version makes it. What is `planned` takes too long on
    a large table to be made so: a plan makes it there, step by step.
    """

    option: str
    says: str
    means: str
    sql: str
    drop: str
    stands: Statement[bool]
    planned: bool = False


def bearer(shape: TableShape) -> TableShape:
    """The table that holds the rows: behind a view, the one that it reads."""
    while shape.base is not None:
        shape = shape.base
    return shape


def named(shape: TableShape) -> TableName:
    """Its name, with its schema."""
    return TableName(shape.name, shape.schema)


def literal(text: str) -> str:
    """Quote a string as SQL."""
    escape = " E" if "\\" in text else ""
    return escape + "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def block(lock: int, *statements: str) -> str:
    """The statements as one, so that all of them or none take effect, whoever sends them.

    They wait for the table no longer than three seconds: behind a statement that waits for a lock on it, all of its users wait.
    """
    body = "\n\n".join(statements)
    told = f"""
BEGIN
PERFORM pg_advisory_xact_lock({lock});
SET LOCAL lock_timeout = '3s';
SET LOCAL client_min_messages = warning;

{body}

END
"""
    return f"DO {dollar_quoted(told, 'sessile')};\n"


def owned(relation: TableName, owner: str, columns: str, remark: str, *more: str) -> str:
    """Create a table that belongs to the session table's owner, unless it is there.

    A table of somebody else in its place is refused: whoever owns it could have functions of his own run with the owner's rights.
    """
    created = "\n".join(f"  {line}" for line in (*more, f"ALTER TABLE {relation.qualified} OWNER TO {quoted(owner)};"))
    return f"""IF NOT EXISTS ({_there(relation)}) THEN
  CREATE TABLE {relation.qualified} ({columns});
  COMMENT ON TABLE {relation.qualified} IS {literal(MARK + remark)};
{created}
ELSIF NOT EXISTS ({_there(relation)} AND {OURS} AND pg_get_userbyid(relowner) = {literal(owner)}) THEN
  RAISE EXCEPTION 'sessile needs the name % for a table of its own that belongs to %: drop what stands there',
    {literal(relation.qualified)}, {literal(owner)};
END IF;"""


def disowned(relation: TableName) -> str:
    """Drop a table that `owned` made, and no other of its name."""
    return f"""IF EXISTS ({_there(relation)} AND {OURS}) THEN
  DROP TABLE {relation.qualified};
END IF;"""


OURS = f"obj_description(oid, 'pg_class') LIKE '{MARK}%'"


def _there(relation: TableName) -> str:
    """Asks the catalog itself: to_regclass() goes on saying what it said before another process made the table."""
    schema = literal(quoted(relation.schema or ""))
    return f"SELECT FROM pg_class WHERE relnamespace = {schema}::regnamespace AND relname = {literal(relation.table)}"


def definer(function: TableName, owner: str, source: str) -> str:
    """Create or replace a trigger function that runs with the rights of the table's owner.

    SECURITY DEFINER, because then whoever may use the session table needs no rights on what stands beside it, and cannot read,
    forge or erase it. So that nobody can turn it against the owner, the owner is the table's, its search path is fixed, and
    nobody else may attach it to a table of his own: what somebody else made in its place is dropped, for the rights that he gave
    on it would stay.
    """
    called = f"{function.qualified}()"
    return f"""IF EXISTS (
  SELECT FROM pg_proc WHERE oid = to_regprocedure({literal(called)}) AND pg_get_userbyid(proowner) <> {literal(owner)}
) THEN
  DROP FUNCTION {called} CASCADE;
END IF;
CREATE OR REPLACE FUNCTION {called} RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS {dollar_quoted(source, "body")};
ALTER FUNCTION {called} OWNER TO {quoted(owner)};
REVOKE ALL ON FUNCTION {called} FROM PUBLIC;"""


DEFINER = "p.prosecdef AND p.proconfig = ARRAY['search_path=pg_catalog, pg_temp']"
"""What `definer` makes, as a condition on pg_proc p."""


def attached(table: TableName, trigger: str, function: TableName, *, when: str, each: str, remark: str) -> str:
    """Create a trigger, unless it stands enabled and with that remark; one that differs is replaced.

    `when` is what comes before the table's name (`AFTER DELETE`), `each` what comes after it (`FOR EACH ROW`).
    """
    on, called, remark = f"{trigger} ON {table.qualified}", f"{function.qualified}()", MARK + remark
    return f"""IF NOT EXISTS (
  SELECT FROM pg_trigger WHERE tgrelid = {literal(table.qualified)}::regclass AND tgname = {literal(trigger)}
    AND tgfoid = {literal(called)}::regprocedure AND tgenabled IN ('O', 'A')
    AND obj_description(oid, 'pg_trigger') = {literal(remark)}
) THEN
  DROP TRIGGER IF EXISTS {on};
  CREATE TRIGGER {trigger} {when} ON {table.qualified} {each} EXECUTE FUNCTION {called};
  COMMENT ON TRIGGER {on} IS {literal(remark)};
END IF;"""


def yes(rows: Rows) -> bool:
    """The answer of a statement that asks a single question."""
    return bool(rows[0][0])

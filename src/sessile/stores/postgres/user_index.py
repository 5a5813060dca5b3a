"""An index of sessions by user on what `sess` says, so that nothing about rows or columns changes for Express."""

from sessile.errors import TableError
from sessile.session.user import UserKeys
from sessile.stores.postgres.addition import MARK, Addition, bearer, block, literal, named, yes
from sessile.stores.postgres.arrays import in_text
from sessile.stores.postgres.catalog import Statement
from sessile.stores.postgres.shape import TableShape, quoted
from sessile.stores.postgres.table import TableName

LONGEST = 200
"""Characters of a user's name that are indexed: an entry longer than a third of a page would make the INSERT fail (54000)."""

SMALL_PAGES = 2048
"""16 MiB: up to here the index is built in a moment, and writers may wait for it."""


def expression(shape: TableShape, keys: UserKeys) -> str:
    r"""SQL that reads the user of a row as text, NULL where nobody is named; the same in the index and in every look-up.

    It never fails, or Express's INSERT would fail with it: in `json`, `->>` refuses a row that holds `\u0000` or a lone surrogate
    anywhere, so escapes are taken apart first (`\u` becomes `/u`, and `\\u` becomes `\/u`, which is JSON too). Raises TableError
    for a column that is neither json nor jsonb.
    """
    read = document(shape)
    found = ", ".join(f"{read} #>> {literal(in_text(path))}::text[]" for path in keys.paths)
    return f"left(coalesce({found}), {LONGEST})"


def document(shape: TableShape) -> str:
    """SQL that reads `sess` and never fails; see `expression`."""
    column = shape.column("sess")
    kind = column.type if column else "missing"
    if kind not in ("json", "jsonb"):
        raise TableError(f"sess of {shape.qualified} is of type {kind}, so sessions cannot be found by user: it must be json")
    return "sess" if kind == "jsonb" else r"replace(sess::text, E'\\u', '/u')::json"


def index_name(shape: TableShape) -> TableName:
    """The name of the index by user."""
    return named(bearer(shape)).beside("by_user")


def index_sql(shape: TableShape, keys: UserKeys, *, concurrently: bool) -> str:
    """The SQL that builds it."""
    table, name = bearer(shape), quoted(index_name(shape).table)
    how = "CONCURRENTLY " if concurrently else ""
    return f"CREATE INDEX {how}{name} ON {table.qualified} (({expression(table, keys)}))"


def remark(shape: TableShape, keys: UserKeys) -> str:
    """The remark on the index, by which it is told from one of other keys, or on another type of column."""
    column = bearer(shape).column("sess")
    return f"{MARK}sessions by user ({keys.written}), read from {column.type if column else '?'}"


def index_for(shape: TableShape, keys: UserKeys) -> Addition:
    """The index, as a store makes it on a table that is small; on a large one it is built beside the requests, by a plan."""
    table, index = bearer(shape), index_name(shape)
    marked = f"COMMENT ON INDEX {index.qualified} IS {literal(remark(table, keys))};"
    made = block(
        named(table).lock,
        f"""IF pg_relation_size({literal(table.qualified)}::regclass) > {SMALL_PAGES * 8192} THEN
  RAISE EXCEPTION 'the table is too large to build an index while writers wait';
END IF;
IF NOT EXISTS ({_stands(literal(index.qualified), literal(remark(table, keys)))}) THEN
  DROP INDEX IF EXISTS {index.qualified};
  {index_sql(table, keys, concurrently=False)};
  {marked}
END IF;""",
    )
    return Addition(
        option="users",
        says="index of sessions by user",
        means="a user's sessions are found, and revoked, at once",
        sql=made,
        drop=block(named(table).lock, f"DROP INDEX IF EXISTS {index.qualified};"),
        stands=Statement(f"SELECT EXISTS ({_stands('$1', '$2')})", (index.qualified, remark(table, keys)), yes),
        planned=True,
    )


def _stands(index: str, said: str) -> str:
    return (
        f"SELECT FROM pg_index WHERE indexrelid = to_regclass({index}) AND indisvalid"
        f" AND obj_description(indexrelid, 'pg_class') = {said}"
    )

"""The shape of a session table: its columns, keys, rights and guards, as PostgreSQL's catalog tells them."""

from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What stands behind the name (`pg_class.relkind`)."""

    TABLE = "r"
    PARTITIONED = "p"
    VIEW = "v"
    MATERIALIZED_VIEW = "m"
    FOREIGN_TABLE = "f"


class Persistence(StrEnum):
    """Whether rows outlive a crash (`pg_class.relpersistence`)."""

    LOGGED = "p"
    UNLOGGED = "u"
    TEMPORARY = "t"


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    `type` is `format_type()`'s spelling (`character varying(32)`), `default` the source text of its default or None,
    `filled` tells that PostgreSQL fills it by itself (a default, an identity or a generated column), `generated` that it
    is computed from the others.
    """

    name: str
    type: str
    not_null: bool
    default: str | None = None
    filled: bool = False
    collation: str | None = None
    generated: bool = False


@dataclass(frozen=True, slots=True)
class Index:
    """One index, with what decides whether `ON CONFLICT (sid)` may use it (`pg_index`); `method` is btree, hash, brin ...

    `file` is `pg_relation_filepath()`, by which the server names it where a page is damaged; a rebuilt index has another.
    """

    name: str
    columns: tuple[str, ...]
    unique: bool
    primary: bool = False
    valid: bool = True
    immediate: bool = True
    partial: bool = False
    expression: bool = False
    constraint: str | None = None
    method: str = "btree"
    file: str = field(default="", compare=False)

    def arbitrates(self, column: str) -> bool:
        """Whether `ON CONFLICT (column)` can use this index (PostgreSQL, `infer_arbiter_indexes`)."""
        return self.enforces(column) and self.valid and self.immediate

    def enforces(self, column: str) -> bool:
        """Whether this index is meant to keep `column` unique on its own, usable or not."""
        return self.unique and not self.partial and not self.expression and self.columns == (column,)


@dataclass(frozen=True, slots=True)
class Trigger:
    """One trigger that a user made; `definition` is `pg_get_triggerdef()`. `ends_others` tells that its function deletes rows by
    what their `sess` holds.
    """

    name: str
    definition: str
    enabled: bool = True
    ends_others: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """One row security policy: the command it is for (`*`, `r`, `a`, `w`, `d`) and whether it is for the current role."""

    name: str
    command: str
    permissive: bool
    for_me: bool
    using: str | None = None
    check: str | None = None


@dataclass(frozen=True, slots=True)
class Constraint:
    """A CHECK or FOREIGN KEY constraint (`c`, `f`) and its definition."""

    name: str
    type: str
    definition: str


@dataclass(frozen=True, slots=True)
class Rights:
    """What the connected role may do with the table, and whether it may use its schema."""

    select: bool
    insert: bool
    update: bool
    delete: bool
    usage: bool = True

    @property
    def missing(self) -> tuple[str, ...]:
        """The statements' rights that are not granted, as GRANT spells them."""
        held = {"SELECT": self.select, "INSERT": self.insert, "UPDATE": self.update, "DELETE": self.delete}
        return tuple(name for name, has in held.items() if not has)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableShape:
    """A relation that holds, or should hold, sessions.

    `rows` and `pages` are the planner's estimates (`reltuples`, `relpages` of 8 KiB; -1 rows: never analysed).
    `row_security` says that policies apply to the connected role (`row_security_active()`), not merely that they exist.
    `inserts`, `updates` and `deletes` count rows since the server's statistics began (-1: not known).

    A view keeps its own columns, rights, rules and row security; its indexes, constraints, persistence and figures, and the
    triggers beside its own, are those of `base`, the one table (or view) behind it. `base` is None where there are several.
    """

    oid: int
    schema: str
    name: str
    kind: Kind
    owner: str
    persistence: Persistence
    columns: tuple[Column, ...]
    indexes: tuple[Index, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    rules: tuple[str, ...] = ()
    policies: tuple[Policy, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    rights: Rights
    row_security: bool = False
    row_security_enabled: bool = False
    rows: int = -1
    pages: int = 0
    in_search_path: bool = True
    inserts: int = -1
    updates: int = -1
    deletes: int = -1
    base: "TableShape | None" = None

    @property
    def qualified(self) -> str:
        """The quoted name to write in SQL, schema first."""
        return f"{quoted(self.schema)}.{quoted(self.name)}"

    def column(self, name: str) -> Column | None:
        """The column of that name, or None."""
        return next((column for column in self.columns if column.name == name), None)

    @property
    def arbiter(self) -> Index | None:
        """An index that `ON CONFLICT (sid)` can use, the primary key before others.

        None as soon as one valid unique index on sid is deferrable: PostgreSQL then refuses (55000), whatever else there is.
        """
        if any(index.enforces("sid") and index.valid and not index.immediate for index in self.indexes):
            return None
        usable = [index for index in self.indexes if index.arbitrates("sid")]
        return max(usable, key=lambda index: index.primary, default=None)

    @property
    def expire_index(self) -> Index | None:
        """A valid index that starts with `expire`, for pruning without a full scan."""
        return next((i for i in self.indexes if i.valid and i.columns[:1] == ("expire",) and not i.partial), None)

    @property
    def holds_sessions(self) -> bool:
        """Whether it has the three columns of connect-pg-simple's table, whatever their types."""
        return all(self.column(name) for name in ("sid", "sess", "expire"))

    @property
    def demanded(self) -> tuple[Column, ...]:
        """Columns beyond the three that an INSERT of (sid, sess, expire) would leave NULL although they forbid it."""
        return tuple(
            column
            for column in self.columns
            if column.name not in ("sid", "sess", "expire") and column.not_null and not column.filled
        )


def quoted(identifier: str) -> str:
    """Quote an identifier as PostgreSQL's `quote_ident()` does, always with quotes."""
    return '"' + identifier.replace('"', '""') + '"'


def dollar_quoted(text: str, tag: str) -> str:
    """Quote a text between dollars, with a tag that does not occur in it: a name in it could otherwise end it."""
    fence = f"${tag}$"
    while fence in text:
        fence = f"{fence[:-1]}_$"
    return f"{fence}{text}{fence}"

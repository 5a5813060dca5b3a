"""The session table: its SQL, byte-compatible with connect-pg-simple's, and the defects that an existing one can have."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from zlib import crc32

from sessile.errors import ConfigurationError
from sessile.stores.postgres.shape import Kind, Persistence, TableShape, quoted

LONGEST_NAME = 63
"""Bytes of an identifier (PostgreSQL, NAMEDATALEN); a longer one is cut off at its end, silently."""

_NAME = re.compile(r'(?:("[^"]+"|[^".]+)\.)?("[^"]+"|[^".]+)')

TEXT_TYPES = ("character varying", "text", "character")
PAYLOAD_TYPES = ("json", "jsonb", "text", "character varying")


@dataclass(frozen=True, slots=True)
class TableName:
    """The table's name, and its schema where the search path is not to decide."""

    table: str = "session"
    schema: str | None = None

    @classmethod
    def parse(cls, name: str) -> "TableName":
        """Read `session`, `auth.session` or `auth."odd.name"`: a part that holds dots is quoted. Raises ConfigurationError."""
        named = _NAME.fullmatch(name)
        if not named:
            raise ConfigurationError(f'{name!r} is no table name: write table, schema.table or schema."odd.table"')
        schema, table = (part and part.strip('"') for part in named.groups())
        return cls(table, schema)

    @property
    def qualified(self) -> str:
        """The name as SQL writes it."""
        return ".".join(quoted(part) for part in (self.schema, self.table) if part)

    @property
    def written(self) -> str:
        """The name as `parse` reads it back, quoted only where it must be."""
        return ".".join(quoted(part) if "." in part else part for part in (self.schema, self.table) if part)

    @property
    def lock(self) -> int:
        """The advisory lock under which processes create the table one after another."""
        return crc32(f"sessile create {self.qualified}".encode())

    def beside(self, suffix: str) -> "TableName":
        """The name of something that belongs to the table and stands in its schema: `session_gone`, unique also where the
        table's own name fills an identifier.
        """
        name = f"{self.table}_{suffix}"
        if len(name.encode()) > LONGEST_NAME:
            ending = f"_{crc32(self.table.encode()):08x}_{suffix}"
            name = self.table.encode()[: LONGEST_NAME - len(ending)].decode(errors="ignore") + ending
        return TableName(name, self.schema)


@dataclass(frozen=True, slots=True)
class Defect:
    """Something wrong with a table: the cause's id in the doctor's words, what it is, and whether sessions cannot live with
    it.
    """

    cause: str
    says: str
    fatal: bool = True

    @property
    def command(self) -> str:
        """The command that fixes it."""
        return f'sessile fix {self.cause} "$DATABASE_URL"'

    def __str__(self) -> str:
        return f"{self.says}; fix: {self.command}"


def table_sql(name: TableName) -> str:
    """The SQL that creates the table as connect-pg-simple does, and does nothing where it exists.

    One implicit transaction, under an advisory lock, so that any number of processes may send it at once.
    """
    key, index = quoted(name.beside("pkey").table), quoted(f"IDX_{name.table}_expire")
    return f"""SELECT pg_advisory_xact_lock({name.lock});
CREATE TABLE IF NOT EXISTS {name.qualified} (
  "sid" varchar NOT NULL COLLATE "default",
  "sess" json NOT NULL,
  "expire" timestamp(6) NOT NULL,
  CONSTRAINT {key} PRIMARY KEY ("sid") NOT DEFERRABLE INITIALLY IMMEDIATE
);
CREATE INDEX IF NOT EXISTS {index} ON {name.qualified} ("expire");
"""


def defects(shape: TableShape) -> Iterator[Defect]:
    """Everything about a table that keeps sessions, of Express or of ours, from living in it."""
    if lacking := [name for name in ("sid", "sess", "expire") if not shape.column(name)]:
        owner = "boot-table-half-created" if len(lacking) < 3 else "boot-foreign-table"
        yield Defect(owner, f"{shape.qualified} has no column {', '.join(lacking)}")
        return
    yield from _types(shape)
    yield from _key(shape)
    yield from _rights(shape)
    yield from _persistence(shape)


def _types(shape: TableShape) -> Iterator[Defect]:
    types = {column.name: column.type for column in shape.columns}
    base = {name: kind.partition("(")[0] for name, kind in types.items()}
    if base["sid"] not in TEXT_TYPES:
        yield Defect("save-sid-wrong-type", f"sid is of type {types['sid']}, which holds no session id")
    elif 0 < _length(types["sid"]) < 32:
        yield Defect("save-sid-too-short", f"sid is of type {types['sid']}, and a session id has 32 characters")
    if base["sess"] not in PAYLOAD_TYPES or _length(types["sess"]):
        yield Defect("save-sess-wrong-type", f"sess is of type {types['sess']}, which does not hold every session's JSON")
    if types["expire"] == "date":
        yield Defect("live-expire-is-date", "expire is of type date, so sessions end at midnight")
    elif not base["expire"].startswith("timestamp"):
        yield Defect("save-expire-wrong-type", f"expire is of type {types['expire']}, which is no timestamp")
    for column in shape.demanded:
        yield Defect(
            "save-extra-column-required",
            f"column {column.name} is NOT NULL without a default, so no session can be inserted",
        )


def _key(shape: TableShape) -> Iterator[Defect]:
    if shape.kind is Kind.TABLE and not shape.arbiter:
        unusable = next((index for index in shape.indexes if index.enforces("sid")), None)
        if unusable is None:
            cause = (
                "save-key-not-an-arbiter"
                if any(i.unique and "sid" in i.columns for i in shape.indexes)
                else "save-no-primary-key"
            )
        else:
            cause = "save-key-index-invalid" if not unusable.valid else "save-key-deferrable"
        yield Defect(
            cause,
            f"{shape.qualified} has no key that ON CONFLICT (sid) can use, so Express saves no login (42P10)",
            fatal=False,
        )
    if shape.kind is Kind.TABLE and not shape.expire_index:
        yield Defect(
            "find-expire-index-missing",
            f"{shape.qualified} has no index on expire, so pruning reads all of it",
            fatal=False,
        )


def _rights(shape: TableShape) -> Iterator[Defect]:
    if not shape.rights.usage or shape.rights.missing:
        lacking = ", ".join(shape.rights.missing) or f"USAGE on schema {shape.schema}"
        yield Defect("save-rights-missing", f"this role lacks {lacking} on {shape.qualified} (42501)")
    if shape.row_security and not any(p.permissive and p.for_me and p.command == "*" for p in shape.policies):
        yield Defect("find-row-security", f"row security on {shape.qualified} hides its rows from this role")


def _persistence(shape: TableShape) -> Iterator[Defect]:
    if shape.persistence is Persistence.UNLOGGED:
        yield Defect("find-table-unlogged", f"{shape.qualified} is UNLOGGED: a crash of the server empties it", fatal=False)
    if shape.persistence is Persistence.TEMPORARY:
        yield Defect("find-table-unlogged", f"{shape.qualified} is TEMPORARY: it ends with its connection")


def _length(type_name: str) -> int:
    _, _, length = type_name.partition("(")
    return int(length.rstrip(")")) if length else 0

"""Clauses that the plans are written with: names and values quoted, conditions on the catalog, blocks of PL/pgSQL."""

from typing import LiteralString

from psycopg.sql import Composable, Identifier, Literal

from sessile.doctor.facts import Database
from sessile.doctor.facts.database import Server
from sessile.stores.postgres.shape import TableShape, dollar_quoted


def text(template: LiteralString, *parts: Composable | str, **named: Composable | str) -> str:
    """Compose SQL from a literal template and its parts: quoted by psycopg, or a plain `str` that was composed before."""
    return template.format(*map(_written, parts), **{name: _written(part) for name, part in named.items()})


def _written(part: Composable | str) -> str:
    return part if isinstance(part, str) else part.as_string()


def block(body: str) -> str:
    """An anonymous block of PL/pgSQL."""
    return "DO " + dollar_quoted(f"\n{body.strip()}\n", "sessile")


def of(table: TableShape) -> Identifier:
    """The table as a part of SQL."""
    return Identifier(table.schema, table.name)


def beside(table: TableShape, suffix: str) -> str:
    """A name derived from the table's, within PostgreSQL's 63 bytes."""
    name = table.name.encode()[: 63 - len(suffix.encode())].decode(errors="ignore")
    return name + suffix


def has_index(table: TableShape, name: str, *, valid: bool) -> str:
    """The condition that the table has an index of that name which is valid, or is not."""
    return text(
        "EXISTS (SELECT FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = {}::regclass"
        " AND c.relname = {} AND i.indisvalid = {})",
        Literal(table.qualified),
        Literal(name),
        Literal(valid),
    )


def has_constraint(table: TableShape, name: str, *, valid: bool | None = None) -> str:
    """The condition that the table has a constraint of that name, validated or not if that matters."""
    validated = "" if valid is None else text(" AND convalidated = {}", Literal(valid))
    return text(
        "EXISTS (SELECT FROM pg_constraint WHERE conrelid = {}::regclass AND conname = {}{})",
        Literal(table.qualified),
        Literal(name),
        validated,
    )


def major_version(database: Database) -> int:
    """The server's major version; 0 where it is unknown, so that the way that works on every version is taken."""
    if not isinstance(database.server, Server):
        return 0
    version = database.server.version
    return version // 10_000 if version >= 10_000 else version

"""What to ask PostgreSQL's catalog about a session table: statements as data, for any executor.

None takes a lock on the table: `pg_get_expr()` and its kin would, so they are left out while somebody holds, or waits for,
an ACCESS EXCLUSIVE lock on it. PostgreSQL 11 to 18.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from sessile.stores.postgres.shape import (
    Column,
    Constraint,
    Index,
    Kind,
    Persistence,
    Policy,
    Rights,
    TableShape,
    Trigger,
)

T = TypeVar("T")
Rows = Sequence[Sequence[Any]]
UNREAD = "(not read: the table is locked)"
ENDS_OTHERS = "delete[[:space:]]+from[^;]*[^a-z_]sess[^a-z_]"
"""The code of a trigger's function that deletes rows by what their `sess` holds, as PostgreSQL matches it, in any case."""


@dataclass(frozen=True, slots=True)
class Statement(Generic[T]):
    """SQL with `$1` parameters, their values, and what its rows mean."""

    sql: str
    values: tuple[object, ...]
    parse: Callable[[Rows], T]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A relation that may be a session table, by its name or its columns.

    `path_position` is the place of its schema in the search path, from 1, or None outside of it. `rows` and `pages` are
    the planner's estimates, `indexed` tells that a btree index starts with `expire`, `readable` that the role may SELECT.
    """

    oid: int
    schema: str
    name: str
    kind: str
    columns: tuple[str, ...]
    path_position: int | None
    rows: int
    pages: int
    indexed: bool
    readable: bool

    @property
    def holds_sessions(self) -> bool:
        """Whether it has the three columns of connect-pg-simple's table."""
        return {"sid", "sess", "expire"} <= set(self.columns)


def shape(table: str | int) -> Statement[TableShape | None]:
    """The shape of one relation, by oid or by the name that SQL would use (`"session"`, `"auth"."session"`), or None.

    The server raises 42501 for a name whose schema the role may not use, and 42601 for a name that is no SQL.
    """
    target = "$1::oid" if isinstance(table, int) else "to_regclass($1)::oid"
    return Statement(_SHAPE.replace("{target}", target), (str(table),), _shape)


def candidates(name: str = "") -> Statement[tuple[Candidate, ...]]:
    """Every relation whose name is `name` or ends like one of sessions or tokens, or that has the columns sid, sess and expire.

    Those of that name first, then in the order of the search path, those outside of it last; 100 at most.
    """
    return Statement(_CANDIDATES, (name,), _candidates)


def tables() -> Statement[int]:
    """How many tables anybody has made in this database; those that came with an extension do not count."""
    return Statement(_TABLES, (), lambda rows: int(rows[0][0]))


def _deparsed(expression: str) -> str:
    return f"CASE WHEN locked.it THEN '{UNREAD}' ELSE {expression} END"


def _granted(right: str, columns: str) -> str:
    return (
        f"has_table_privilege(c.oid, '{right}') OR (SELECT count(*) = {columns.count(',') + 1} FROM pg_attribute a"
        f" WHERE a.attrelid = c.oid AND a.attname IN ({columns}) AND NOT a.attisdropped"
        f" AND has_column_privilege(c.oid, a.attnum, '{right}'))"
    )


_ALL, _CHANGED = "'sid', 'sess', 'expire'", "'sess', 'expire'"

# A view's rule depends on each relation that it reads; a view that can be written reads exactly one.
_SHAPE = f"""
WITH RECURSIVE chain (oid, depth) AS (
  SELECT {{target}}, 0
  UNION ALL
  SELECT behind.oid, depth + 1
  FROM chain JOIN pg_class v ON v.oid = chain.oid AND v.relkind = 'v'
  CROSS JOIN LATERAL (
    SELECT min(d.refobjid) AS oid
    FROM pg_rewrite w JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
    WHERE w.ev_class = v.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> v.oid
    HAVING count(DISTINCT d.refobjid) = 1
  ) AS behind
  WHERE depth < 8
)
SELECT json_build_object(
  'oid', c.oid::bigint, 'schema', n.nspname, 'name', c.relname, 'kind', c.relkind,
  'owner', pg_get_userbyid(c.relowner), 'persistence', c.relpersistence,
  'row_security', row_security_active(c.oid), 'row_security_enabled', c.relrowsecurity,
  'rows', c.reltuples::bigint, 'pages', c.relpages, 'in_search_path', n.nspname = ANY (current_schemas(true)),
  'inserts', pg_stat_get_tuples_inserted(c.oid), 'updates', pg_stat_get_tuples_updated(c.oid),
  'deletes', pg_stat_get_tuples_deleted(c.oid),
  'rights', json_build_object('select', {_granted("SELECT", _ALL)}, 'insert', {_granted("INSERT", _ALL)},
    'update', {_granted("UPDATE", _CHANGED)}, 'delete', has_table_privilege(c.oid, 'DELETE'),
    'usage', has_schema_privilege(n.oid, 'USAGE')),
  'columns', (
    SELECT json_agg(json_build_object(
      'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'not_null', a.attnotnull OR t.typnotnull,
      'filled', a.atthasdef OR a.attidentity <> '' OR t.typdefault IS NOT NULL,
      'generated', coalesce(to_jsonb(a) ->> 'attgenerated', '') <> '',
      'default', {_deparsed("pg_get_expr(d.adbin, d.adrelid)")},
      'collation', CASE WHEN a.attcollation <> t.typcollation THEN (
        SELECT collname FROM pg_collation WHERE oid = a.attcollation) END) ORDER BY a.attnum)
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
  'indexes', (
    SELECT json_agg(json_build_object(
      'name', ic.relname, 'file', coalesce(pg_relation_filepath(ic.oid), ''),
      'method', am.amname, 'unique', i.indisunique, 'primary', i.indisprimary,
      'valid', i.indisvalid AND i.indisready AND i.indislive, 'immediate', i.indimmediate,
      'partial', i.indpred IS NOT NULL, 'expression', i.indexprs IS NOT NULL,
      'columns', (
        SELECT json_agg(coalesce(a.attname, {_deparsed("pg_get_indexdef(i.indexrelid, place::int, true)")}) ORDER BY place)
        FROM generate_series(1, i.indnkeyatts) AS place
        LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[place - 1] AND a.attnum <> 0),
      'constraint', (
        SELECT conname FROM pg_constraint WHERE conindid = i.indexrelid AND conrelid = c.oid AND contype IN ('p', 'u', 'x'))
      ) ORDER BY NOT i.indisprimary, ic.relname)
    FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid JOIN pg_am am ON am.oid = ic.relam
    WHERE i.indrelid = c.oid),
  'triggers', (
    SELECT json_agg(json_build_object('name', tgname, 'enabled', tgenabled IN ('O', 'A'),
      'definition', {_deparsed("pg_get_triggerdef(t.oid)")},
      'ends_others', p.prosrc ~* '{ENDS_OTHERS}') ORDER BY tgname)
    FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid WHERE tgrelid = c.oid AND NOT tgisinternal),
  'rules', (SELECT json_agg(rulename ORDER BY rulename) FROM pg_rewrite WHERE ev_class = c.oid AND ev_type <> '1'),
  'policies', (
    SELECT json_agg(json_build_object('name', polname, 'command', polcmd, 'permissive', polpermissive,
      'for_me', EXISTS (
        SELECT FROM unnest(polroles) AS role (oid)
        WHERE role.oid = 0 OR pg_has_role(CASE WHEN role.oid <> 0 THEN role.oid END, 'USAGE')),
      'using', {_deparsed("pg_get_expr(polqual, polrelid)")},
      'check', {_deparsed("pg_get_expr(polwithcheck, polrelid)")}) ORDER BY polname)
    FROM pg_policy WHERE polrelid = c.oid),
  'constraints', (
    SELECT json_agg(json_build_object('name', conname, 'type', contype,
      'definition', {_deparsed("pg_get_constraintdef(k.oid)")}) ORDER BY conname)
    FROM pg_constraint k WHERE conrelid = c.oid AND contype IN ('c', 'f'))
)::text
FROM chain JOIN pg_class c ON c.oid = chain.oid JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
  SELECT EXISTS (
    SELECT FROM pg_locks
    WHERE locktype = 'relation' AND relation = c.oid AND mode = 'AccessExclusiveLock'
      AND pid IS DISTINCT FROM pg_backend_pid()
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS it
) AS locked
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
ORDER BY chain.depth
"""

_CANDIDATES = """
WITH shaped AS (
  SELECT attrelid FROM pg_attribute
  WHERE attname IN ('sid', 'sess', 'expire') AND attnum > 0 AND NOT attisdropped
  GROUP BY attrelid HAVING count(*) = 3
)
SELECT c.oid::bigint, n.nspname::text, c.relname::text, c.relkind::text, (
    SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute
    WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped),
  array_position(current_schemas(false), n.nspname), c.reltuples::bigint, c.relpages,
  EXISTS (
    SELECT FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid JOIN pg_am am ON am.oid = ic.relam
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
    WHERE i.indrelid = c.oid AND i.indisvalid AND i.indpred IS NULL AND am.amname = 'btree' AND a.attname = 'expire'),
  has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND (c.relname = $1 OR c.relname ~* '(sessions?|(access|auth|refresh)_?tokens?)$' OR c.oid IN (SELECT attrelid FROM shaped))
ORDER BY c.relname <> $1, array_position(current_schemas(false), n.nspname) NULLS LAST, n.nspname, c.relname
LIMIT 100
"""


_TABLES = """
SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
"""


def _candidates(rows: Rows) -> tuple[Candidate, ...]:
    return tuple(
        Candidate(oid, schema, name, kind, tuple(columns or ()), *others) for oid, schema, name, kind, columns, *others in rows
    )


def _shape(rows: Rows) -> TableShape | None:
    behind: TableShape | None = None
    for (document,) in reversed(rows):
        said = _table(json.loads(document))
        behind = _over(said, behind) if said.kind is Kind.VIEW and behind else said
    return behind


def _over(view: TableShape, base: TableShape) -> TableShape:
    return replace(
        view,
        base=base,
        indexes=base.indexes,
        triggers=view.triggers + base.triggers,
        constraints=base.constraints,
        persistence=base.persistence,
        rows=base.rows,
        pages=base.pages,
        inserts=base.inserts,
        updates=base.updates,
        deletes=base.deletes,
    )


def _table(said: Mapping[str, Any]) -> TableShape:
    return TableShape(
        **{
            **said,
            "kind": Kind(said["kind"]),
            "persistence": Persistence(said["persistence"]),
            "rights": Rights(**said["rights"]),
            "columns": tuple(_column(**column) for column in said["columns"] or ()),
            "indexes": tuple(Index(**{**index, "columns": tuple(index["columns"])}) for index in said["indexes"] or ()),
            "triggers": tuple(Trigger(**trigger) for trigger in said["triggers"] or ()),
            "rules": tuple(said["rules"] or ()),
            "policies": tuple(Policy(**policy) for policy in said["policies"] or ()),
            "constraints": tuple(Constraint(**constraint) for constraint in said["constraints"] or ()),
        }
    )


def _column(**said: Any) -> Column:
    has_default = said["filled"] and not said["generated"]
    return Column(**{**said, "default": said["default"] if has_default else None})

"""What a login's statements could set off that a rollback does not undo: triggers, sequences, functions that users made."""

from sessile.stores.postgres.addition import DEFINER
from sessile.stores.postgres.catalog import Rows, Statement
from sessile.stores.postgres.shape import TableShape
from sessile.stores.postgres.triggers import known_sources, tombstones

# Built-in functions that are volatile and yet leave nothing behind.
HARMLESS = "clock_timestamp timeofday random random_normal gen_random_uuid uuidv4 uuidv7"

# `written` relations get a row: the table, its partitions, the table behind a view, and the tombstones of sessile's own triggers,
# which are no side effect by themselves. The others are asked whether they refer to it, which runs their statement triggers. An
# expression's functions are read from its tree, because no dependency is recorded on built-in ones.
_EFFECTS = rf"""
WITH RECURSIVE reached (oid, written) AS (
  SELECT $1::oid, true
  UNION
  SELECT to_regclass($3)::oid, true WHERE to_regclass($3) IS NOT NULL
  UNION
  SELECT next.oid, reached.written AND next.written
  FROM reached CROSS JOIN LATERAL (
    SELECT inhrelid AS oid, true AS written FROM pg_inherits WHERE inhparent = reached.oid
    UNION ALL
    SELECT conrelid, false FROM pg_constraint WHERE confrelid = reached.oid AND contype = 'f' AND reached.written
    UNION ALL
    SELECT d.refobjid, true
    FROM pg_rewrite w JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
    WHERE w.ev_class = reached.oid AND w.ev_type = '1' AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> reached.oid
  ) AS next
), written AS (
  SELECT DISTINCT c.oid, n.nspname || '.' || c.relname AS name, c.relkind
  FROM reached JOIN pg_class c ON c.oid = reached.oid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE reached.written
), expressions (place, tree) AS (
  SELECT 'the default of ' || w.name || '.' || a.attname, d.adbin::text
  FROM written w JOIN pg_attrdef d ON d.adrelid = w.oid JOIN pg_attribute a ON a.attrelid = w.oid AND a.attnum = d.adnum
  UNION ALL
  SELECT 'constraint ' || k.conname || ' of ' || w.name, k.conbin::text
  FROM written w JOIN pg_constraint k ON k.conrelid = w.oid
  UNION ALL
  SELECT 'the type of ' || w.name || '.' || a.attname, coalesce(k.conbin::text, '') || coalesce(t.typdefaultbin::text, '')
  FROM written w JOIN pg_attribute a ON a.attrelid = w.oid AND a.attnum > 0
  JOIN pg_type t ON t.oid = a.atttypid AND t.typtype = 'd' LEFT JOIN pg_constraint k ON k.contypid = t.oid
  UNION ALL
  SELECT 'index ' || i.indexrelid::regclass, coalesce(i.indexprs::text, '') || coalesce(i.indpred::text, '')
  FROM written w JOIN pg_index i ON i.indrelid = w.oid
  UNION ALL
  SELECT 'the condition of trigger ' || t.tgname || ' on ' || t.tgrelid::regclass, t.tgqual::text
  FROM pg_trigger t WHERE t.tgrelid IN (SELECT oid FROM reached) AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')
  UNION ALL
  SELECT 'policy ' || p.polname || ' on ' || w.name, coalesce(p.polqual::text, '') || coalesce(p.polwithcheck::text, '')
  FROM written w JOIN pg_policy p ON p.polrelid = w.oid
), called AS (
  SELECT place, found[2]::oid AS function FROM expressions, regexp_matches(tree, ':(funcid|opfuncid) ([1-9]\d*)', 'g') AS found
  UNION
  SELECT place, o.oprcode FROM expressions, regexp_matches(tree, ':opno ([1-9]\d*)', 'g') AS found
  JOIN pg_operator o ON o.oid = found[1]::oid
)
SELECT 'trigger ' || tgname || ' on ' || tgrelid::regclass
FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
WHERE tgrelid IN (SELECT oid FROM reached) AND NOT tgisinternal AND tgenabled IN ('O', 'A') AND tgtype & 28 <> 0
  AND NOT ({DEFINER} AND p.prosrc = ANY ($4::text[]))
UNION
SELECT 'rule ' || rulename || ' on ' || ev_class::regclass
FROM pg_rewrite WHERE ev_class IN (SELECT oid FROM written) AND ev_type <> '1' AND ev_enabled <> 'D'
UNION
SELECT 'foreign table ' || name FROM written WHERE relkind = 'f'
UNION
SELECT 'the sequence of ' || w.name || '.' || a.attname
FROM written w JOIN pg_attribute a ON a.attrelid = w.oid AND a.attidentity <> '' AND NOT a.attisdropped
UNION
SELECT place || ' calls ' || p.proname || '()'
FROM called JOIN pg_proc p ON p.oid = called.function
WHERE p.oid >= 16384 OR p.provolatile = 'v' AND NOT p.proname = ANY (string_to_array($2, ' '))
ORDER BY 1
"""


def side_effects(table: TableShape) -> Statement[tuple[str, ...]]:
    """Name what could outlive the rollback of a row put into a relation, without taking a lock on it."""
    values = (str(table.oid), HARMLESS, tombstones(table).qualified, list(known_sources(table)))
    return Statement(_EFFECTS, values, _lines)


def _lines(rows: Rows) -> tuple[str, ...]:
    return tuple(line for (line,) in rows)

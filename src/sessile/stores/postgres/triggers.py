"""The triggers against resurrection: whoever writes, a session that was deleted stays deleted.

connect-pg-simple saves with an upsert, so a request that is still in flight when its session is logged out, or given another
id, would insert the row again. Two triggers prevent it: the DELETE of a living row puts a tombstone with its id beside the table,
for an hour, and an INSERT of that id then stores nothing, without an error.
"""

from datetime import timedelta

from sessile.errors import TableError
from sessile.stores.postgres.addition import (
    DEFINER,
    MARK,
    Addition,
    attached,
    bearer,
    block,
    definer,
    disowned,
    literal,
    named,
    owned,
    yes,
)
from sessile.stores.postgres.catalog import Rows, Statement
from sessile.stores.postgres.journal import Word
from sessile.stores.postgres.seen import SOURCE
from sessile.stores.postgres.shape import Kind, TableShape
from sessile.stores.postgres.table import TableName

BURY, STAY_BURIED = "sessile_bury", "sessile_stay_buried"
NAMES = (BURY, STAY_BURIED)

LIFE = 3600
"""Seconds that a tombstone stands: longer than any request is in flight."""

SWEPT = 10
"""How many expired tombstones a burial removes at most: more than it adds, so that they never pile up."""

# Whatever goes wrong here must not keep anybody from logging out.
_BURY = """
BEGIN
  INSERT INTO {gone} AS g (sid, until) VALUES (OLD.sid, clock_timestamp() + interval '{life} s')
    ON CONFLICT (sid) DO UPDATE SET until = excluded.until;
  DELETE FROM {gone} WHERE sid = ANY (ARRAY(
    SELECT sid FROM {gone} WHERE until < now() ORDER BY until LIMIT {swept} FOR UPDATE SKIP LOCKED));
  RETURN NULL;
EXCEPTION WHEN OTHERS THEN
  RAISE WARNING 'sessile: a deleted session got no tombstone: % (%)', SQLERRM, SQLSTATE;
  RETURN NULL;
END
"""

# The row is locked first, just as the upsert is about to: nobody sees the tombstone of a DELETE that is not committed yet.
# An exception block's subtransaction would turn each upsert's lock into a multixact. The rights are asked for instead, so that
# a table renamed, or given to another owner, loses the protection and not the login.
_STAY_BURIED = """
BEGIN
  IF (has_table_privilege(to_regclass({table_name}), 'SELECT')
      AND has_table_privilege(to_regclass({table_name}), 'UPDATE')
      AND has_table_privilege(to_regclass({gone_name}), 'SELECT')) IS NOT TRUE THEN
    RETURN NEW;
  END IF;
  PERFORM FROM {table} WHERE sid = NEW.sid FOR NO KEY UPDATE;
  IF NOT FOUND AND EXISTS (SELECT FROM {gone} WHERE sid = NEW.sid AND until > now()) THEN
    RETURN NULL;
  END IF;
  RETURN NEW;
END
"""

_STAND = f"""
SELECT count(*) = {len(NAMES)}
FROM unnest($2::text[], $3::text[], $4::text[]) AS ours (name, source, remark)
JOIN pg_trigger t ON t.tgrelid = $1::oid AND t.tgname = ours.name AND t.tgenabled IN ('O', 'A')
  AND obj_description(t.oid, 'pg_trigger') = ours.remark
JOIN pg_proc p ON p.oid = t.tgfoid AND p.prosrc = ours.source AND {DEFINER}
JOIN pg_class c ON c.oid = t.tgrelid AND c.relowner = p.proowner
JOIN pg_class gone ON gone.oid = to_regclass($5) AND gone.relowner = c.relowner
"""

_LAST_REST = """
SELECT buried.at, extract(epoch FROM now() - buried.at)::float8
FROM {gone} CROSS JOIN LATERAL (SELECT until - interval '{life} s' AS at) AS buried WHERE sid = $1
"""


def triggers_for(shape: TableShape, zone: str) -> Addition:
    """The triggers for a table; `zone` is the one in which a zoneless `expire` is written.

    An expired row leaves no tombstone, so pruning costs nothing. Both triggers name their columns: PostgreSQL then refuses to
    change a column's type under them, which open connections would otherwise notice by failing.

    Raises TableError for what can have no such trigger: a view over several tables, a foreign table.
    """
    table = bearer(shape)
    if table.kind not in (Kind.TABLE, Kind.PARTITIONED):
        raise TableError(f"{table.qualified} is no table, so it takes no triggers against resurrection; leave triggers=True out")
    name, owner, gone = named(table), table.owner, tombstones(table)
    sources, functions = _sources(name), {trigger: name.beside(trigger.removeprefix("sessile_")) for trigger in NAMES}
    alive = _alive(table, zone)
    clauses = {
        BURY: {
            "when": "AFTER DELETE",
            "each": f"FOR EACH ROW WHEN ({alive})",
            "remark": f"a living session that is deleted leaves a tombstone ({alive})",
        },
        STAY_BURIED: {
            "when": "BEFORE INSERT",
            "each": "FOR EACH ROW WHEN (NEW.sid IS NOT NULL)",
            "remark": "nothing is inserted where a tombstone stands",
        },
    }
    made = block(
        name.lock,
        owned(
            gone,
            owner,
            'sid text COLLATE "C" PRIMARY KEY, until timestamptz NOT NULL',
            "tombstones of deleted sessions, each for an hour",
            f"CREATE INDEX ON {gone.qualified} (until);",
            f"REVOKE ALL ON {gone.qualified} FROM PUBLIC;",
        ),
        *(definer(functions[trigger], owner, sources[trigger]) for trigger in NAMES),
        *(attached(name, trigger, functions[trigger], **clauses[trigger]) for trigger in NAMES),
    )
    dropped = block(
        name.lock,
        *(f"DROP TRIGGER IF EXISTS {trigger} ON {name.qualified};" for trigger in NAMES),
        *(f"DROP FUNCTION IF EXISTS {functions[trigger].qualified}();" for trigger in NAMES),
        disowned(gone),
    )
    remarks = [MARK + clauses[trigger]["remark"] for trigger in NAMES]
    values = (str(table.oid), list(NAMES), [sources[trigger] for trigger in NAMES], remarks, gone.qualified)
    return Addition(
        option="triggers",
        says="triggers against resurrection",
        means="a session that was deleted stays deleted, whoever writes",
        sql=made,
        drop=dropped,
        stands=Statement(_STAND, values, yes),
    )


def tombstones(shape: TableShape) -> TableName:
    """The table of tombstones: `sid`, and `until` when each stands."""
    return named(bearer(shape)).beside("gone")


def last_rest(shape: TableShape, session_id: str) -> Statement[tuple[Word, ...]]:
    """When the row of a session was deleted while it lived, by its tombstone: one word, or none."""
    return Statement(_LAST_REST.format(gone=tombstones(shape).qualified, life=LIFE), (session_id,), _words)


def known_sources(shape: TableShape) -> tuple[str, ...]:
    """The sources of the trigger functions that this version, or one before it, makes for a table.

    All they write is the row itself and the tombstones, which a rollback takes back.
    """
    return *_sources(named(bearer(shape))).values(), SOURCE


def _words(rows: Rows) -> tuple[Word, ...]:
    return tuple(Word("deleted", at, timedelta(seconds=ago)) for at, ago in rows)


def _alive(table: TableShape, zone: str) -> str:
    expire = table.column("expire")
    now = f"timezone({literal(zone)}, now())" if expire and "without" in expire.type else "now()"
    return f"OLD.sid IS NOT NULL AND OLD.expire > {now}"


def _sources(table: TableName) -> dict[str, str]:
    gone = table.beside("gone")
    return {
        BURY: _BURY.format(gone=gone.qualified, life=LIFE, swept=SWEPT),
        STAY_BURIED: _STAY_BURIED.format(
            table=table.qualified, gone=gone.qualified, table_name=literal(table.qualified), gone_name=literal(gone.qualified)
        ),
    }

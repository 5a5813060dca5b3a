"""Setting losing copies of a sid aside: of each sid the row with the latest expire stays, the others go to a keepsake table."""

from psycopg.sql import Identifier, Literal

from sessile.doctor.fixes.clauses import beside, block, of, text
from sessile.doctor.fixes.plan import Step
from sessile.stores.postgres.shape import TableShape

BATCH = 500
ROUNDS = 20
ROW_LOCKS = "ROW EXCLUSIVE; only the rows that go are locked, for some milliseconds a batch"


def keepsake(table: TableShape) -> str:
    """The name of the table beside the session table that holds rows moved aside."""
    return beside(table, "_sessile_kept")


def make_keepsake(table: TableShape) -> Step:
    """Make the keepsake table. The way back returns its rows, except those of sessions that were logged out meanwhile."""
    kept = Identifier(table.schema, keepsake(table))
    return Step(
        why="a table to keep every row that is moved, so that it can be brought back",
        sql=text("CREATE TABLE IF NOT EXISTS {} AS SELECT * FROM {} WITH NO DATA", kept, of(table)),
        lock="none that a request waits for",
        undo=_bring_back(table, kept),
        unless=text("to_regclass({}) IS NOT NULL", Literal(kept.as_string())),
    )


def move_duplicates(table: TableShape) -> Step:
    """Move all but the latest copy of each sid, in batches of sids, each its own transaction.

    First the copies are taken from where one scan found them. Those that a request moved meanwhile are then looked for by
    their sids, and locked as they are found; one in use at that instant is left to the next round. Index scans are switched
    off while the copies are looked for first, because an index may be what is broken.
    """
    body = text(
        """
DECLARE
    batch record;
    places tid[];
BEGIN
    PERFORM set_config(name, 'off', true)
    FROM unnest(ARRAY['enable_indexscan', 'enable_indexonlyscan', 'enable_bitmapscan']) AS name;
    FOR batch IN
        SELECT array_agg(place) AS places
        FROM (SELECT ctid AS place, dense_rank() OVER (ORDER BY sid) / {batch} AS number FROM {table}
              WHERE sid IN (SELECT sid FROM {table} GROUP BY sid HAVING count(*) > 1)) AS copy
        GROUP BY number
    LOOP
        {by_place}
        COMMIT;
    END LOOP;
    FOR round IN 1..{rounds} LOOP
        SELECT array_agg(sid) AS sids INTO batch
        FROM (SELECT sid FROM {table} WHERE sid IS NOT NULL GROUP BY sid HAVING count(*) > 1 LIMIT {batch}) AS copy;
        EXIT WHEN batch.sids IS NULL;
        {by_sid}
        COMMIT;
    END LOOP;
END""",
        table=of(table),
        batch=str(BATCH),
        rounds=str(ROUNDS),
        by_place=_move_losers(table, "ctid = ANY (batch.places)"),
        by_sid=_move_losers(table, "sid = ANY (batch.sids)"),
    )
    return Step(
        why="of each sid keep the row that expires last (of equals the physically later one); move the others to the keepsake",
        sql=block(body),
        lock=ROW_LOCKS,
        transactional=False,
    )


def _move_losers(table: TableShape, copies: str) -> str:
    """Lock copies where they are now, then, with a new snapshot, move those that do not expire last."""
    return text(
        """places := ARRAY(
            WITH held AS MATERIALIZED (
                SELECT ctid AS place, sid, expire FROM {table} WHERE {copies} FOR UPDATE SKIP LOCKED
            )
            SELECT place FROM (
                SELECT place, row_number() OVER (PARTITION BY sid ORDER BY expire DESC NULLS LAST, place DESC) AS rank FROM held
            ) AS ranked WHERE rank > 1);
        WITH gone AS (DELETE FROM {table} WHERE ctid = ANY (places) RETURNING *)
        INSERT INTO {kept} SELECT * FROM gone;""",
        table=of(table),
        kept=Identifier(table.schema, keepsake(table)),
        copies=copies,
    )


def move_nulls(table: TableShape) -> Step:
    """Move the rows without a sid, which no cookie can ever name."""
    return Step(
        why="rows whose sid is NULL can never be found by a request; move them to the keepsake",
        sql=text(
            "WITH gone AS (DELETE FROM {table} WHERE sid IS NULL RETURNING *) INSERT INTO {kept} SELECT * FROM gone",
            table=of(table),
            kept=Identifier(table.schema, keepsake(table)),
        ),
        lock=ROW_LOCKS,
    )


def _bring_back(table: TableShape, kept: Identifier) -> str:
    body = text(
        """
DECLARE
    names text;
BEGIN
    IF to_regclass({kept_name}) IS NULL THEN
        RETURN;
    END IF;
    SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) INTO names
    FROM pg_attribute a JOIN pg_attribute k ON k.attname = a.attname AND k.attrelid = {kept_name}::regclass
    WHERE a.attrelid = {table_name}::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '';
    ANALYZE {kept};
    EXECUTE format(
        'INSERT INTO %1$s (%2$s) OVERRIDING SYSTEM VALUE'
        ' SELECT %2$s FROM %3$s WHERE sid IS NULL UNION ALL SELECT %2$s FROM %3$s WHERE sid IN (SELECT sid FROM %1$s)',
        {table_name}, names, {kept_name});
    DROP TABLE {kept};
END""",
        kept=kept,
        kept_name=Literal(kept.as_string()),
        table_name=Literal(table.qualified),
    )
    return block(body)

"""Pruning: expired rows go in small batches, each a short transaction, under a lock that lets one pruner work at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sessile.stores.postgres.addition import literal
from sessile.stores.postgres.catalog import Statement
from sessile.stores.postgres.journal import Event
from sessile.stores.postgres.layout import Layout
from sessile.stores.postgres.shape import Kind, dollar_quoted

BATCH = 1000
"""How many rows a batch deletes at most."""

SPARED_SECONDS = 60
"""How long a row is left after its expiry, for the clocks of the services and of the server differ."""

LONGEST_PAUSE_SECONDS = 1.0

EARLIEST = "-infinity"


@dataclass(frozen=True, slots=True)
class Batch:
    """What one batch came to: whether the lock was had, how many rows were due and went, and the latest expiry among them."""

    ours: bool
    due: int
    gone: int
    latest: str | None


@dataclass(frozen=True, slots=True)
class Pruned:
    """What pruning came to: rows deleted, batches, seconds. `busy`: another pruner was at work, and the rest was left to it."""

    rows: int = 0
    batches: int = 0
    seconds: float = 0.0
    busy: bool = False


@dataclass(slots=True)
class Sweep:
    """One pass over the expired rows, the oldest first, for any executor: run `statement`, `note` what came of it, and wait as
    long as that says, until it says None.

    Every batch begins where the one before it ended, so that none reads again what is deleted already. Rows that somebody holds
    locked are left for the next pass. Half of the time is left to others.
    """

    layout: Layout
    _since: str = EARLIEST
    result: Pruned = field(default_factory=Pruned)

    def statement(self) -> Statement[Batch]:
        """The next batch."""
        return Statement(_batch(self.layout, f"$1::{_type(self.layout)}"), (self._since,), _read)

    def note(self, batch: Batch, seconds: float) -> float | None:
        """Count a batch that took so long; returns for how many seconds to pause before the next, None where there is none."""
        before = self.result
        if not batch.ours:
            self.result = Pruned(before.rows, before.batches, before.seconds + seconds, busy=True)
            return None
        pause = min(seconds, LONGEST_PAUSE_SECONDS)
        last = batch.due < BATCH or batch.latest is None
        self.result = Pruned(before.rows + batch.gone, before.batches + 1, before.seconds + seconds + (0 if last else pause))
        self._since = batch.latest or self._since
        return None if last else pause


def due(layout: Layout) -> Statement[int]:
    """How many rows pruning would delete."""
    sql = f"SELECT count(*) FROM {layout.table} WHERE expire < {_limit(layout)}"
    return Statement(sql, (), _count)


def script(layout: Layout) -> str:
    """One pass as a single statement for psql or a scheduler in the database; it commits after every batch.

    It must not stand in a transaction (PostgreSQL, "Transaction Management" of PL/pgSQL).
    """
    body = f"""
DECLARE
  since {_type(layout)} := '{EARLIEST}';
  batch record;
BEGIN
  LOOP
    {_batch(layout, "since", into=" INTO batch")};
    EXIT WHEN NOT batch.ours OR batch.due < {BATCH} OR batch.latest IS NULL;
    since := batch.latest;
    COMMIT;
    PERFORM pg_sleep(0.05);
  END LOOP;
END
"""
    return f"DO {dollar_quoted(body, 'sessile')}"


def scheduled(layout: Layout, minutes: int) -> str:
    """The same as a job of pg_cron, every so many minutes (pg_cron, README: `cron.schedule`)."""
    name = literal(f"sessile prune {layout.table}")
    job = dollar_quoted(f"\n{script(layout)}\n", "cron")
    return f"SELECT cron.schedule({name}, '*/{minutes} * * * *', {job});\n"


def _batch(layout: Layout, since: str, *, into: str = "") -> str:
    limit, row = _limit(layout), "sid" if layout.shape.kind is Kind.VIEW else "ctid"
    noted = f", noted AS ({layout.journal.note(Event.PRUNED, 'gone')})" if layout.journal else ""
    table, lock = layout.table, layout.lock("prune")
    return f"""WITH mine AS (SELECT pg_try_advisory_xact_lock({lock}) AS it),
due AS (
  SELECT {row} AS row, expire FROM {table} WHERE (SELECT it FROM mine) AND expire < {limit} AND expire >= {since}
  ORDER BY expire LIMIT {BATCH} FOR UPDATE SKIP LOCKED),
gone AS (
  DELETE FROM {table} AS s WHERE s.{row} = ANY (ARRAY(SELECT row FROM due)) AND s.expire < {limit} RETURNING s.sid){noted}
SELECT (SELECT it FROM mine) AS ours, (SELECT count(*) FROM due) AS due, (SELECT count(*) FROM gone) AS gone,
  (SELECT max(expire)::text FROM due) AS latest{into}"""


def _limit(layout: Layout) -> str:
    return layout.moment(f"(now() - interval '{SPARED_SECONDS} s')")


def _type(layout: Layout) -> str:
    return "timestamp" if layout.zoneless else "timestamptz"


def _read(rows: Sequence[Sequence[Any]]) -> Batch:
    return Batch(*rows[0])


def _count(rows: Sequence[Sequence[Any]]) -> int:
    return int(rows[0][0])

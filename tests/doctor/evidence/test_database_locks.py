"""A table that somebody holds a lock on is seen all the same, and so is who holds it."""

import threading
from datetime import timedelta

from sessile.doctor.facts import Unknown
from sessile.doctor.facts.database import Experiment
from sessile.stores.postgres.shape import TableShape
from tests.doctor.evidence.session_table import TABLE, Express, execute, holding, look, value


class TestLocks:
    LOCK = "LOCK TABLE session IN ACCESS EXCLUSIVE MODE"

    def test_a_locked_table_is_seen_all_the_same_and_so_is_who_locks_it(self, database: str) -> None:
        execute(database, TABLE)
        execute(
            database,
            """ALTER TABLE session ADD counted int DEFAULT 3 CHECK (counted > 0);
            CREATE UNIQUE INDEX ON session (lower(sid)) WHERE sid <> 'x'; CREATE POLICY own ON session USING (sid <> 'x')""",
        )
        with holding(database, self.LOCK):
            seen = look(database)
        assert isinstance(seen.table, TableShape)
        assert seen.table.arbiter is not None
        assert [c.name for c in seen.table.columns] == ["sid", "sess", "expire", "counted"]
        [holder] = seen.holders
        assert (holder.mode, holder.state, holder.application) == ("AccessExclusiveLock", "idle in transaction", "a migration")
        assert timedelta(0) < holder.age < timedelta(seconds=30)
        assert isinstance(seen.rows, Unknown)
        assert "55P03" in seen.rows.why
        assert isinstance(seen.experiment, Unknown)
        assert "lock" in seen.experiment.why

    def test_a_locked_table_tried_on_demand_fails_in_time(self, database: str) -> None:
        execute(database, TABLE)
        with holding(database, self.LOCK):
            seen = look(database, experiment=True)
        assert isinstance(seen.experiment, Experiment)
        save = seen.experiment.step("save")
        assert save is not None
        assert save.failure is not None
        assert save.failure.code == "55P03"

    def test_locks_that_only_writers_wait_for_and_those_that_nobody_does(self, database: str) -> None:
        execute(database, TABLE)
        with holding(database, "LOCK TABLE session IN SHARE MODE"):
            assert [holder.mode for holder in look(database).holders] == ["ShareLock"]
        with holding(database, "LOCK TABLE session IN ROW EXCLUSIVE MODE"):
            assert look(database).holders == ()

    def test_who_waits_for_a_row_is_counted(self, database: str) -> None:
        execute(database, TABLE)
        with Express(database) as express:
            express.save(sid="held")
        update = "UPDATE session SET expire = now() WHERE sid = 'held'"
        with holding(database, update) as connection:
            waiter = threading.Thread(target=execute, args=(database, update))
            waiter.start()
            while not value(database, "SELECT count(*) FROM pg_locks WHERE NOT granted"):
                pass
            seen = look(database)
            connection.rollback()
            waiter.join()
        [holder] = seen.holders
        assert (holder.mode, holder.waiting) == ("RowExclusiveLock", 1)

"""What the triggers leave of a session that was logged out, and for how long."""

import psycopg

from sessile.stores.postgres.triggers import LIFE
from tests.stores.triggers.rows import tombstones
from tests.stores.writers import Express, execute


class TestTombstones:
    def test_stand_for_an_hour(self, guarded: str, express: Express) -> None:
        express.save("ana")
        express.logout("ana")
        [(left,)] = execute(guarded, "SELECT extract(epoch FROM until - now())::float8 FROM session_gone")
        assert LIFE - 10 < left <= LIFE + 1

    def test_no_longer_stop_anybody_after_their_time_and_go(self, guarded: str, express: Express) -> None:
        for sid in ("ana", "ben"):
            express.save(sid)
            express.logout(sid)
        execute(guarded, "UPDATE session_gone SET until = now() - interval '1 s'")
        assert express.save("ana")
        express.logout("ana")
        assert tombstones(guarded) == ["ana"]

    def test_go_faster_than_they_come_however_many_log_out_at_once(self, guarded: str, express: Express) -> None:
        execute(guarded, "INSERT INTO session_gone SELECT n::text, now() - interval '1 s' FROM generate_series(1, 100) n")
        for number in range(12):
            express.save(f"user-{number}")
        execute(guarded, "DELETE FROM session")
        assert len(tombstones(guarded)) == 12

    def test_two_logouts_do_not_wait_for_each_other(self, guarded: str, express: Express) -> None:
        execute(guarded, "INSERT INTO session_gone SELECT n::text, now() - interval '1 s' FROM generate_series(1, 5) n")
        express.save("ana")
        express.save("ben")
        with psycopg.connect(guarded) as slow:
            slow.execute("DELETE FROM session WHERE sid = 'ana'")
            express.connection.execute("SET lock_timeout = '2s'")
            assert express.logout("ben") == 1

"""Five million rows without an index on anything useful: the doctor takes seconds, reads no table whole, and leaves nothing."""

import time
from collections.abc import Iterator

import pytest

from sessile.demo.postgres import EmbeddedPostgres
from sessile.doctor.facts import Unknown
from sessile.doctor.facts.database import Experiment, Rows
from tests.doctor.evidence.session_table import execute, look, value

ROWS = 5_000_000

# Saved over two days, a third of them never touched, none with a key.
FILL = f"""
CREATE TABLE session (sid varchar NOT NULL, sess json NOT NULL, expire timestamp(6) NOT NULL) WITH (autovacuum_enabled = off);
INSERT INTO session SELECT md5(i::text), format(
    '{{"cookie":{{"originalMaxAge":86400000,"expires":"%s","httpOnly":true,"path":"/","sameSite":"lax"}},"userId":%s}}',
    to_char(at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), i % 100000)::json,
    date_trunc('second', at) + interval '1 s' + CASE WHEN i % 3 > 0 THEN random() * interval '3 h' ELSE interval '0' END
  FROM (SELECT i, (now() AT TIME ZONE 'UTC') - interval '1 day' + (i - {ROWS}) * interval '2 days' / {ROWS} + interval '1 day'
        - interval '2 min' AS at FROM generate_series(1, {ROWS}) AS i) AS login
"""


@pytest.fixture(scope="module")
def large() -> Iterator[str]:
    with EmbeddedPostgres(settings={"fsync": "off", "full_page_writes": "off", "max_wal_size": "8GB"}) as server:
        execute(server.url(), FILL)
        yield server.url()


@pytest.mark.slow
class TestFiveMillionRows:
    def test_seconds_and_no_full_scan(self, large: str) -> None:
        began = time.monotonic()
        seen = look(large)
        assert time.monotonic() - began < 5
        assert isinstance(seen.rows, Rows)
        assert not seen.rows.complete
        assert seen.rows.read < 20_000
        assert isinstance(seen.rows.duplicate_sids, Unknown)
        assert seen.rows.offsets[0].seconds == 0
        assert isinstance(seen.experiment, Experiment)
        save = seen.experiment.step("save")
        assert save is not None
        assert save.failure is not None
        assert save.failure.code == "42P10"
        time.sleep(1.5)
        assert value(large, "SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = 'session'") < 50_000

    def test_a_full_scan_keeps_to_its_time(self, large: str) -> None:
        began = time.monotonic()
        seen = look(large, full_scan=True, deadline=4)
        assert time.monotonic() - began < 7
        assert isinstance(seen.rows, Unknown)
        time.sleep(1)
        here = "application_name = 'sessile doctor'"
        assert value(large, f"SELECT count(*) FROM pg_stat_activity WHERE {here}") == 0

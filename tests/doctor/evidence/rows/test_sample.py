"""Of a large table a sample is read, and the figures say so."""

import pytest

from sessile.doctor.facts import Unknown
from tests.doctor.evidence.rows.reading import rows_of
from tests.doctor.evidence.session_table import Express, as_role, execute


class TestSample:
    """A table beyond 16 MiB is sampled: the newest rows are in it, and its size does not matter."""

    FILL = """
        INSERT INTO session SELECT md5(i::text),
            format('{"cookie":{"originalMaxAge":86400000,"expires":"%s"},"userId":%s,"fill":"%s"}',
            to_char(at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), i, repeat('x', 900))::json, date_trunc('second', at) + interval '1 s'
        FROM (SELECT i, (now() AT TIME ZONE 'UTC') - interval '40 days' + i * interval '1 minute' AS at
              FROM generate_series(1, 30000) AS i) AS old
    """

    @pytest.mark.parametrize("indexes", ["", 'CREATE INDEX ON "session" (expire)', "CREATE INDEX ON session USING brin (expire)"])
    def test_the_newest_rows_are_in_the_sample(self, database: str, indexes: str) -> None:
        execute(database, "CREATE TABLE session (sid varchar, sess json, expire timestamp);" + indexes)
        execute(database, self.FILL)
        with Express(database) as express:
            for number in range(5):
                express.save(600, userId=number)
        rows = rows_of(database)
        assert not rows.complete
        assert 500 < rows.read < 20000
        assert (rows.never_returned, rows.returning) == (5, 0)
        assert isinstance(rows.duplicate_sids, Unknown)
        assert "--scan" in rows.duplicate_sids.why
        assert rows.offsets[0].seconds == 0

    def test_duplicates_within_the_sample_are_told(self, database: str) -> None:
        execute(database, "CREATE TABLE session (sid varchar, sess json, expire timestamp)")
        execute(database, self.FILL)
        with Express(database) as express:
            express.save(sid="twice")
            express.save(sid="twice")
        rows = rows_of(database)
        assert (rows.complete, rows.duplicate_sids, rows.duplicate_rows) == (False, 1, 1)

    def test_all_of_it_on_demand(self, database: str) -> None:
        execute(database, "CREATE TABLE session (sid varchar, sess json, expire timestamp)")
        execute(database, self.FILL)
        rows = rows_of(database, full_scan=True)
        assert (rows.complete, rows.read, rows.duplicate_sids) == (True, 30000, 0)

    @pytest.mark.parametrize("through", ["a view", "a policy", "partitions"])
    def test_where_the_heap_cannot_be_read_by_place(self, database: str, role: str, through: str) -> None:
        execute(database, f"CREATE TABLE stored (sid varchar, sess json, expire timestamp); GRANT SELECT ON stored TO {role}")
        if through == "partitions":
            execute(database, "CREATE TABLE session (LIKE stored) PARTITION BY RANGE (expire)")
            execute(database, f"CREATE TABLE part PARTITION OF session DEFAULT; GRANT SELECT ON session TO {role}")
            execute(database, self.FILL)
        else:
            execute(database, self.FILL.replace("INTO session", "INTO stored"))
        if through == "a view":
            execute(database, f"CREATE VIEW session AS SELECT * FROM stored; GRANT SELECT ON session TO {role}")
        if through == "a policy":
            execute(database, "ALTER TABLE stored ENABLE ROW LEVEL SECURITY; CREATE POLICY all_rows ON stored USING (true)")
            execute(database, "ALTER TABLE stored RENAME TO session")
        rows = rows_of(as_role(database, role))
        assert not rows.complete
        assert rows.read > 200

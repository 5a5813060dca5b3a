"""The repair of a table without key, with duplicates, while requests go on: not one live session is lost, counted."""

import pytest

from sessile.doctor.fixes import apply, undo
from tests.doctor.fixes.requests_on import requests_on
from tests.doctor.fixes.session_table import Table, planned

FILLED = """CREATE TABLE session (sid varchar NOT NULL, sess json NOT NULL, expire timestamp(6) NOT NULL);
CREATE INDEX session_sid ON session (sid);
INSERT INTO session SELECT md5(n::text),
  json_build_object('cookie', json_build_object('path', '/'), 'user', n, 'more', repeat('x', 200)),
  now() + interval '1 day' + n * interval '1 ms' FROM generate_series(1, {rows}) n;
INSERT INTO session SELECT sid, '{{"copy": true}}', expire - interval '1 hour' FROM session LIMIT {rows} / 100;
ANALYZE session;"""


@pytest.mark.parametrize("rows", [200_000, pytest.param(2_000_000, marks=pytest.mark.slow)])
def test_no_live_session_is_lost(table: Table, rows: int) -> None:
    table.run(FILLED.format(rows=rows))
    live = table.live()
    assert len(live) == rows
    sids = [str(sid) for (sid,) in table.rows("SELECT sid FROM session ORDER BY expire LIMIT 500")]

    with requests_on(table.url, sids) as traffic:
        applied = apply(planned(table, "save-no-primary-key"), table.url)

    assert traffic.failures == []
    assert traffic.logins
    assert applied.live_before is not None
    assert applied.live_before >= rows
    assert live | set(traffic.logins) == table.live()
    assert table.value("SELECT count(*) FROM session") == len(table.live())
    table.login()
    print(f"{rows} rows: {applied.seconds:.1f} s, {len(traffic.seconds)} requests, slowest {traffic.slowest * 1000:.0f} ms")

    undo(table.url)
    assert table.value("SELECT count(*) FROM session") == rows + rows // 100 + len(traffic.logins)

    with requests_on(table.url, sids) as traffic:
        apply(planned(table, "save-no-primary-key"), table.url)
    assert traffic.failures == []
    assert live <= table.live()
    table.login()

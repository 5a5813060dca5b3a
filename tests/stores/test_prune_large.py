"""A million expired rows among five million go while requests go on, and no request notices."""

import time

import pytest

from tests.doctor.fixes.requests_on import requests_on
from tests.stores.test_prune import left, most_at_work
from tests.stores.writers import execute, ready

ROWS = 5_000_000
EXPIRED = 1_000_000
FILLED = """INSERT INTO session SELECT md5(n::text),
  ('{"cookie":{"originalMaxAge":86400000,"path":"/"},"userId":' || n || ',"more":"' || repeat('x', 200) || '"}')::json,
  now() AT TIME ZONE 'UTC' + interval '1 day' + n * interval '1 ms'
    - CASE WHEN n % {share} = 0 THEN interval '30 days' ELSE interval '0' END
FROM generate_series(1, {rows}) AS n"""


@pytest.mark.slow
def test_no_request_waits_longer_than_a_fifth_of_a_second(database: str) -> None:
    ready(database)
    execute(database, FILLED.replace("{share}", str(ROWS // EXPIRED)).replace("{rows}", str(ROWS)), "VACUUM ANALYZE session")
    live = "SELECT sid FROM session WHERE expire > now() AT TIME ZONE 'UTC' LIMIT 500"
    sids = [str(sid) for (sid,) in execute(database, live)]

    with requests_on(database, sids) as alone:
        time.sleep(15)
    begun = time.monotonic()
    with requests_on(database, sids) as traffic:
        most = most_at_work(database, pruners=2)
    seconds = time.monotonic() - begun

    print(
        f"{EXPIRED} of {ROWS} rows pruned in {seconds:.0f} s; {len(traffic.seconds)} statements meanwhile, slowest"
        f" {traffic.slowest * 1000:.0f} ms (before, without a pruner: {len(alone.seconds)}, {alone.slowest * 1000:.0f} ms)"
    )
    assert most == 1
    assert traffic.failures == []
    assert set(traffic.logins) <= left(database)
    assert execute(database, "SELECT count(*) FROM session WHERE sid NOT LIKE 'login-%'") == [(ROWS - EXPIRED,)]
    assert traffic.slowest < 0.2

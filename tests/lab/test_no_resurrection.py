"""Two requests of one person meet at the real Express service: the one that logs out goes first, the other saves after it."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import psycopg
import pytest

from lab.browser import Browser
from sessile.stores.postgres.answering import answered
from sessile.stores.postgres.readiness import make_ready
from sessile.stores.postgres.table import TableName
from tests.lab.sessions import TABLE, Start, ask, execute

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def with_triggers(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        answered(make_ready(TableName(), create=True, time_zone=None, triggers=True), connection)


def cross(database: str, first: Callable[[], int], second: Callable[[], int]) -> tuple[int, int]:
    """Both requests have read the session before either writes; then they write in this order."""
    with psycopg.connect(database) as holder, ThreadPoolExecutor(2) as requests:
        holder.execute("SELECT FROM session FOR UPDATE")
        sent: list[Future[int]] = []
        for request in (first, second):
            sent.append(requests.submit(request))
            deadline = time.monotonic() + 10
            while ask(database, WAITING) != len(sent):
                assert time.monotonic() < deadline, "the request does not write"
                time.sleep(0.01)
        holder.commit()
        return sent[0].result(10), sent[1].result(10)


@pytest.mark.parametrize("triggers", [False, True], ids=["without triggers", "with triggers"])
def test_a_save_after_the_logout(database: str, start: Start, triggers: bool) -> None:
    """Without the triggers the logout is undone, which is what they are for."""
    execute(database, TABLE)
    if triggers:
        with_triggers(database)
    service = start(POOL_MAX="5")
    with Browser(service.url) as here:
        here.login()
        stolen = dict(here.cookies)
        with Browser(service.url, dict(stolen)) as there:
            assert cross(database, here.logout, there.onboarding) == (200, 200)
        with Browser(service.url, stolen) as anybody:
            assert anybody.me() == (401 if triggers else 200)
    assert ask(database, "SELECT count(*) FROM session") == (0 if triggers else 1)


def test_a_save_under_the_id_from_before_the_login(database: str, start: Start) -> None:
    """A login gives the session another id; a request that began before it cannot bring the old one back."""
    execute(database, TABLE)
    with_triggers(database)
    service = start(POOL_MAX="5", REGENERATE="1")
    with Browser(service.url) as here:
        here.count()
        before = dict(here.cookies)
        with Browser(service.url, dict(before)) as there:
            assert cross(database, here.login, there.count) == (200, 200)
        assert here.cookies != before
        assert here.me() == 200
        with Browser(service.url, before) as anybody:
            assert anybody.me() == 401
    assert ask(database, "SELECT count(*) FROM session") == 1


def test_everything_else_goes_on_as_before(database: str, start: Start) -> None:
    execute(database, TABLE)
    with_triggers(database)
    service = start(PRUNE_SECONDS="1", ROLLING="1")
    with Browser(service.url) as browser:
        assert browser.login() == 200
        assert [browser.count() for _ in range(3)] == [200, 200, 200]
        assert browser.onboarding() == 200
        execute(database, "INSERT INTO session SELECT n, '{}', '2025-01-01' FROM generate_series(1, 50) n")
        deadline = time.monotonic() + 10
        while ask(database, "SELECT count(*) FROM session") > 1 and time.monotonic() < deadline:
            time.sleep(0.1)
        assert browser.me() == 200
        assert browser.logout() == 200
        assert browser.login() == 200
        assert browser.me() == 200
    assert ask(database, "SELECT count(*) FROM session") == 1
    assert ask(database, "SELECT count(*) FROM session_gone") == 1

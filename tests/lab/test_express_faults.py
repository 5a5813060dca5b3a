"""The faults of the session table that the Express service can be given, and the logs recorded of them."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from lab.browser import Browser
from tests.lab.sessions import NO_KEY, TABLE, Start, ask, execute

LOGS = Path(__file__).parents[1] / "fixtures" / "logs" / "express"


class TestTableFaults:
    def test_without_a_key_an_implicit_save_answers_200_with_a_cookie_that_nobody_knows(
        self, database: str, start: Start
    ) -> None:
        execute(database, NO_KEY)
        service = start(SAVE="implicit")
        with Browser(service.url) as browser:
            assert browser.login() == 200
            assert "ofa.sid" in browser.cookies
            assert browser.me() == 401
        assert "42P10" in service.log
        assert "there is no unique or exclusion constraint matching the ON CONFLICT specification" in service.log
        assert ask(database, "SELECT count(*) FROM session") == 0

    def test_without_a_key_an_explicit_save_answers_500(self, database: str, start: Start) -> None:
        execute(database, NO_KEY)
        service = start(SAVE="explicit")
        with Browser(service.url) as browser:
            assert browser.login() == 500
        assert re.search(r"Session save error: error: there is no unique .*code: '42P10'", service.log, re.DOTALL)

    def test_a_missing_table_is_warned_of_at_start(self, start: Start) -> None:
        service = start()
        assert 'Session table creation warning: Error: table "session" does not exist' in service.log
        with Browser(service.url) as browser:
            assert browser.login() == 500

    def test_connect_pg_simple_creates_the_table_when_told(self, start: Start) -> None:
        with Browser(start(CREATE_TABLE="1").url) as browser:
            assert browser.login() == 200
            assert browser.me() == 200

    def test_other_names_for_the_table_and_its_schema(self, database: str, start: Start) -> None:
        execute(database, f"CREATE SCHEMA auth; SET search_path = auth; {TABLE}; ALTER TABLE session RENAME TO logins")
        with Browser(start(TABLE_NAME="logins", SCHEMA_NAME="auth").url) as browser:
            assert browser.login() == 200
        assert ask(database, "SELECT count(*) FROM auth.logins") == 1

    def test_of_four_instances_that_create_the_table_at_once_three_stay_broken(self, database: str, start: Start) -> None:
        services = [start(INSTANCE=f"web-{number}", CREATE_TABLE="1") for number in range(1, 5)]
        with ExitStack() as exits:
            browsers = [exits.enter_context(Browser(service.url)) for service in services]
            together = exits.enter_context(ThreadPoolExecutor(4))
            with psycopg.connect(database) as blocker:
                blocker.execute("CREATE TABLE session ()")
                logins = [together.submit(browser.login) for browser in browsers]
                wait_for_waiters(database, 4)
                blocker.rollback()
            assert sorted(login.result() for login in logins) == [200, 500, 500, 500]
            assert sorted(browser.login() for browser in browsers) == [200, 500, 500, 500]
        assert sum('constraint "pg_type_typname_nsp_index"' in service.log for service in services) == 3


def wait_for_waiters(database: str, number: int) -> None:
    deadline = time.monotonic() + 20
    waiting = f"SELECT count(*) = {number} FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    while not ask(database, waiting):
        assert time.monotonic() < deadline, "the instances do not wait for the table's creation"
        time.sleep(0.02)


class TestBootStatements:
    def test_a_second_start_is_told_42p16_and_keeps_everybody(self, start: Start) -> None:
        service = start(BOOT_DDL="if-not-exists-plus-alter")
        assert "42P16" not in service.log
        with Browser(service.url) as browser:
            browser.login()
            service.restart()
            assert 'Session table creation warning: error: multiple primary keys for table "session"' in service.log
            assert "42P16" in service.log
            with Browser(service.url, browser.cookies) as later:
                assert later.me() == 200

    def test_unguarded_the_second_start_exits(self, start: Start) -> None:
        service = start(BOOT_DDL="same-but-fatal")
        service.restart()
        assert service.exit_code == 1
        assert "42P16" in service.log
        with pytest.raises(RuntimeError, match="does not listen"):
            _ = service.url

    def test_contradictory_statements_leave_no_table(self, database: str, start: Start) -> None:
        service = start(BOOT_DDL="inline-plus-alter")
        assert "42P16" in service.log
        assert ask(database, "SELECT to_regclass('session') IS NULL")
        with Browser(service.url) as browser:
            assert browser.login() == 500
        assert "42P01" in service.log

    def test_a_pool_ended_by_the_boot_script(self, database: str, start: Start) -> None:
        execute(database, TABLE)
        service = start(BOOT_ENDS_POOL="1")
        with Browser(service.url) as browser:
            assert browser.login() == 500
        assert "Cannot use a pool after calling end on the pool" in service.log
        service.stop()
        assert service.exit_code == 0


def test_recorded_logs_hold_no_cookie_session_id_or_address() -> None:
    logs = sorted(LOGS.glob("*.log"))
    assert len(logs) > 40
    for log in logs:
        text = log.read_text(encoding="utf-8")
        assert not re.search(r"s%3A|\bs:[\w-]{32}|[\w.]+@[\w-]+\.\w", text), log.name
        assert not re.search(r"(saving|fetching) (?!<sid>)", text), log.name
        assert not re.search(r"contains \((?!<sid>)", text), log.name

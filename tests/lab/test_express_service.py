"""The Express service of the lab behaves as its settings say, against PostgreSQL."""

import json
import os
import re
import time
from pathlib import Path

import pytest

from lab.browser import Browser
from lab.express import ExpressService
from tests.lab.sessions import NO_KEY, SECRET, TABLE, Start, ask, execute


class TestVisit:
    def test_a_person_logs_in_is_known_saves_and_logs_out(self, database: str, start: Start) -> None:
        execute(database, TABLE)
        with Browser(start().url) as browser:
            assert browser.health() == 200
            assert browser.me() == 401
            assert browser.login(password="wrong") == 401
            assert browser.cookies == {}
            assert browser.login() == 200
            assert browser.cookies["ofa.sid"].startswith("s%3A")
            assert browser.onboarding("Analytical Engines") == 200
            assert browser.me() == 200
            assert browser.response is not None
            assert browser.response.json() == {"user": {"name": "Ana", "company": "Analytical Engines"}}
            assert browser.logout() == 200
            assert browser.cookies == {}
            assert browser.me() == 401
        assert ask(database, "SELECT count(*) FROM session") == 0

    def test_a_cookie_kept_by_hand_is_worthless_after_logout(self, database: str, start: Start) -> None:
        execute(database, TABLE)
        with Browser(start().url) as browser:
            browser.login()
            stolen = dict(browser.cookies)
            browser.logout()
            browser.cookies.update(stolen)
            assert browser.me() == 401

    def test_the_counter_is_read_changed_and_saved(self, database: str, start: Start) -> None:
        execute(database, TABLE)
        with Browser(start().url) as browser:
            assert [browser.count() for _ in range(3)] == [200, 200, 200]
        assert ask(database, "SELECT sess->>'count' FROM session") == "3"

    def test_health_needs_no_database(self, start: Start) -> None:
        with Browser(start(DATABASE_URL="postgresql://nobody@127.0.0.1:1/none").url) as browser:
            assert browser.health() == 200
            assert browser.login() == 500

    def test_two_services_know_one_person(self, database: str, start: Start) -> None:
        execute(database, TABLE)
        one, other = start(INSTANCE="web-1"), start(INSTANCE="web-2")
        with Browser(one.url) as browser, Browser(other.url, browser.cookies) as elsewhere:
            browser.login()
            assert elsewhere.me() == 200
            elsewhere.logout()
            assert browser.me() == 401


class TestLog:
    def test_it_speaks_the_known_phrases(self, database: str, start: Start) -> None:
        execute(database, TABLE)
        service = start(INSTANCE="web-1")
        with Browser(service.url) as browser:
            browser.login()
        service.stop()
        stamp = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \[web-1\]"
        expected = [
            "Session table exists and is properly configured",
            r"Server running on port \d+",
            "✅ Session saved for user: ana@example.com",
            r"POST /api/auth/login 200 \d+\.\d{3} ms",
            "Server stopped",
        ]
        lines = service.log.splitlines()
        assert len(lines) == len(expected)
        for line, text in zip(lines, expected, strict=True):
            assert re.fullmatch(f"{stamp} {text}", line)

    def test_it_names_people_by_id_when_asked(self, database: str, start: Start) -> None:
        execute(database, TABLE)
        service = start(LOG_USER="id")
        with Browser(service.url) as browser:
            browser.login("ben@example.com")
        assert "Session saved for user: 2" in service.log
        assert "@" not in service.log

    def test_json_lines_hold_the_error(self, database: str, start: Start) -> None:
        execute(database, NO_KEY)
        service = start(LOG_FORMAT="json")
        with Browser(service.url) as browser:
            browser.login()
        service.stop()
        records = [json.loads(line) for line in service.log.splitlines()]
        [failure] = [record for record in records if record["level"] == 50]
        assert failure["msg"] == "Session save error:"
        assert failure["err"]["code"] == "42P10"

    def test_debug_works_as_ever(self, database: str, start: Start) -> None:
        execute(database, TABLE)
        service = start(DEBUG="express-session")
        with Browser(service.url) as browser:
            browser.login()
        assert "express-session no SID sent, generating session" in service.log


class TestSecret:
    @pytest.mark.parametrize(
        ("before", "after", "status"),
        [
            pytest.param({}, {}, 200, id="kept"),
            pytest.param({}, {"SESSION_SECRET": "another-secret-of-the-tests"}, 401, id="changed"),
            pytest.param({}, {"SESSION_SECRETS": f"new-secret,{SECRET}"}, 200, id="rotated-with-a-list"),
            pytest.param({}, {"SESSION_SECRET": f'"{SECRET}"'}, 401, id="stray-quotes"),
            pytest.param({"SESSION_SECRET": "", "SECRET_FALLBACK": "random"}, {}, 401, id="random-per-boot"),
            pytest.param({"SESSION_SECRET": "", "SECRET_FALLBACK": "default"}, {}, 200, id="default"),
        ],
    )
    def test_a_cookie_after_a_restart(
        self, database: str, start: Start, before: dict[str, str], after: dict[str, str], status: int
    ) -> None:
        execute(database, TABLE)
        service = start(**before)
        with Browser(service.url) as browser:
            assert browser.login() == 200
        service.restart(**after)
        with Browser(service.url, browser.cookies) as later:
            assert later.me() == status
        assert ask(database, "SELECT count(*) FROM session") == 1

    def test_a_file_is_not_trimmed(self, database: str, start: Start, tmp_path: Path) -> None:
        execute(database, TABLE)
        secret = tmp_path / "secret"
        secret.write_text(f"{SECRET}\n", encoding="utf-8")
        one, other = start(INSTANCE="web-1"), start(INSTANCE="web-2", SESSION_SECRET_FILE=str(secret))
        with Browser(one.url) as browser, Browser(other.url, browser.cookies) as elsewhere:
            browser.login()
            assert elsewhere.me() == 401

    def test_dotenv_cuts_an_unquoted_value_at_its_hash(self, database: str, start: Start, tmp_path: Path) -> None:
        execute(database, TABLE)
        dotenv = tmp_path / ".env"
        dotenv.write_text("SESSION_SECRETS=long-enough#to-be-cut\n", encoding="utf-8")
        one = start(INSTANCE="web-1", DOTENV_PATH=str(dotenv))
        other = start(INSTANCE="web-2", SESSION_SECRETS="long-enough")
        with Browser(one.url) as browser, Browser(other.url, browser.cookies) as elsewhere:
            browser.login()
            assert elsewhere.me() == 200

    def test_none_at_all_is_a_500_on_every_page_with_a_session(self, database: str, start: Start) -> None:
        execute(database, TABLE)
        service = start(SESSION_SECRET="", SECRET_WARNING="1")
        with Browser(service.url) as browser:
            assert browser.me() == 500
            assert browser.health() == 200
        assert "secret option required for sessions" in service.log
        assert "SESSION_SECRET is not set, using a fallback" in service.log


class TestCookie:
    @pytest.mark.parametrize(("trust", "cookies"), [("", 0), ("1", 1)])
    def test_a_secure_cookie_behind_a_proxy(self, database: str, start: Start, trust: str, cookies: int) -> None:
        execute(database, TABLE)
        service = start(COOKIE_SECURE="true", TRUST_PROXY=trust)
        with Browser(service.url) as browser:
            login = {"email": "ana@example.com", "password": "demo"}
            forwarded = {"X-Forwarded-Proto": "https"}
            assert browser.request("POST", "/api/auth/login", json=login, headers=forwarded) == 200
            assert len(browser.cookies) == cookies
        assert ask(database, "SELECT count(*) FROM session") == 1

    def test_rolling_sends_it_again_and_max_age_ends_it(self, database: str, start: Start) -> None:
        execute(database, TABLE)
        with Browser(start(ROLLING="1", COOKIE_MAXAGE_MS="1500").url) as browser:
            browser.login()
            assert browser.me() == 200
            assert browser.response is not None
            assert "set-cookie" in browser.response.headers
            time.sleep(3)
            assert browser.me() == 401

    def test_visitors_get_a_session_only_when_asked(self, database: str, start: Start) -> None:
        execute(database, TABLE)
        service = start()
        with Browser(service.url) as browser:
            browser.me()
            assert browser.cookies == {}
        service.restart(SAVE_UNINITIALIZED="1", COOKIE_NAME="other.sid")
        with Browser(service.url) as browser:
            browser.me()
            assert list(browser.cookies) == ["other.sid"]


class TestProcess:
    def test_it_stops_cleanly_and_leaves_nothing_behind(self, database: str, start: Start) -> None:
        execute(database, TABLE)
        service = start()
        with Browser(service.url) as browser:
            browser.login()
            service.stop()
        assert service.exit_code == 0
        assert service.log.endswith("Server stopped\n")
        assert ask(database, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()") == 1

    def test_it_is_not_started_twice(self, database: str, start: Start) -> None:
        execute(database, TABLE)
        service = start()
        with pytest.raises(RuntimeError, match="already runs"):
            service.start()

    def test_one_that_does_not_listen_in_time_is_ended(self, tmp_path: Path) -> None:
        service = ExpressService({}, tmp_path, ready_seconds=0.01)
        with pytest.raises(TimeoutError, match=r"did not listen within 0\.01 s"):
            service.start()
        assert service.exit_code == -9

    def test_nothing_of_this_process_environment_reaches_it(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("LOG_FORMAT", "json")
        assert os.environ["LOG_FORMAT"] == "json"
        with ExpressService({"STORE": "memory", "SESSION_SECRET": SECRET}, tmp_path) as service:
            assert not service.log.startswith("{")

    def test_a_wrong_setting_is_named(self, start: Start) -> None:
        service = start(SAVE="sometimes")
        assert service.exit_code == 1
        assert 'SAVE must be one of explicit, implicit; it is "sometimes"' in service.log

"""PostgreSQL stops in the middle of a load: an outage is never a logout."""

import threading
import time
from collections import Counter
from pathlib import Path

import httpx2

from lab.browser import Browser
from lab.python import PythonService
from sessile.demo.postgres import EmbeddedPostgres

SECRET = "a-secret-of-the-tests-and-of-nobody-else"
PEOPLE = 8


class Visitor(threading.Thread):
    """Somebody who keeps asking who they are, and keeps the books."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.browser = Browser(url, {}, timeout=20)
        assert self.browser.login("ana@example.com") == 200
        self.cookie = self.browser.cookies["ofa.sid"]
        self.statuses: Counter[int] = Counter()
        self.health: Counter[int] = Counter()
        self.cookies_set_by_503 = 0
        self.over = threading.Event()

    def run(self) -> None:
        turn = 0
        while not self.over.is_set():
            turn += 1
            status = self.browser.count() if turn % 3 == 0 else self.browser.me()
            self.statuses[status] += 1
            response = self.browser.response
            assert response is not None
            if status != 200:
                self.cookies_set_by_503 += "set-cookie" in response.headers
            if turn % 5 == 0:
                self.health[httpx2.get(f"{response.url.copy_with(path='/health')}").status_code] += 1


def test_only_503_no_cookie_replaced_and_everybody_still_logged_in(tmp_path: Path) -> None:
    with EmbeddedPostgres(settings={"fsync": "off"}) as postgres:
        environment = {"DATABASE_URL": postgres.url(), "SESSION_SECRET": SECRET}
        with PythonService(environment, tmp_path) as service:
            visitors = [Visitor(service.url) for _ in range(PEOPLE)]
            for visitor in visitors:
                visitor.start()
            time.sleep(1)
            for stop in (postgres.stop, postgres.kill):
                stop()
                time.sleep(2.5)
                postgres.start()
                time.sleep(2.5)
            for visitor in visitors:
                visitor.over.set()
            for visitor in visitors:
                visitor.join(30)
            statuses = sum((visitor.statuses for visitor in visitors), Counter())
            assert set(statuses) == {200, 503}
            assert set(sum((visitor.health for visitor in visitors), Counter())) == {200}
            assert sum(visitor.cookies_set_by_503 for visitor in visitors) == 0
            deadline = time.monotonic() + 20
            while visitors[0].browser.me() == 503 and time.monotonic() < deadline:
                time.sleep(0.2)
            assert [visitor.browser.me() for visitor in visitors] == [200] * PEOPLE
            assert [visitor.browser.cookies["ofa.sid"] for visitor in visitors] == [visitor.cookie for visitor in visitors]
            assert "session stopped at reach: unavailable" in service.log
            assert "Traceback" not in service.log

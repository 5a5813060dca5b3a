"""SESSION_SECRET is rotated under load, on two instances that restart one after the other: nobody is logged out."""

import secrets
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx2
import pytest

from lab.browser import Browser
from lab.chaos.ledger import id_of
from lab.python import PythonService
from sessile.session.keyring import Keyring

PEOPLE = 10
OLD, NEW = secrets.token_urlsafe(32), secrets.token_urlsafe(32)


class Instances:
    """Two instances on one database; `urls` is where they are, or were until they come back."""

    def __init__(self, database: str, directory: Path) -> None:
        settings = {"DATABASE_URL": database, "SESSION_SECRETS": OLD}
        self.services = [PythonService({**settings, "INSTANCE": name}, directory) for name in ("one", "two")]
        for service in self.services:
            service.start()
        self.urls = [service.url for service in self.services]

    def roll_out(self, *keys: str) -> None:
        """Give both these keys, one instance after the other."""
        for place, service in enumerate(self.services):
            service.restart(SESSION_SECRETS=",".join(keys))
            self.urls[place] = service.url
            time.sleep(0.3)

    def stop(self) -> None:
        for service in self.services:
            service.stop()


class Visitor(threading.Thread):
    """Somebody who keeps asking one instance, then the other, and keeps the books. A connection that breaks is tried on the
    other.
    """

    def __init__(self, number: int, urls: Sequence[str]) -> None:
        super().__init__(daemon=True)
        self.company, self.counts = f"company {number}", number % 2 == 0
        self.statuses: Counter[int] = Counter()
        self.asked = self.counted = self.strangers = 0
        self.over = threading.Event()
        self._urls, self._turns = urls, count(number)
        self._cookies: dict[str, str] = {}
        self._browsers: dict[str, Browser] = {}
        assert self._browser().login() == 200
        assert self._browser().onboarding(self.company) == 200
        self.first_id = self.session_id

    @property
    def session_id(self) -> str:
        return id_of(self._cookies["ofa.sid"])

    def signed_by(self, secret: str) -> bool:
        return Keyring(secret).verify(unquote(self._cookies["ofa.sid"]).removeprefix("s:")) is not None

    def run(self) -> None:
        while not self.over.is_set():
            self.ask()
            time.sleep(0.02)

    def ask(self) -> None:
        """Those who count change their session at every second request; the others only ever read theirs."""
        counting = self.counts and self.asked % 2 == 0
        status, body = self._answered("/count" if counting else "/api/me")
        self.statuses[status] += 1
        if status != 200:
            return
        if counting:
            self.strangers += body["count"] <= self.counted
            self.counted = body["count"]
        else:
            self.strangers += body["user"]["company"] != self.company

    def _answered(self, path: str) -> tuple[int, dict[str, Any]]:
        deadline = time.monotonic() + 10
        while True:
            self.asked += 1
            browser = self._browser()
            try:
                status = browser.request("GET", path)
            except httpx2.TransportError:
                assert time.monotonic() < deadline, "no instance answers"
                time.sleep(0.01)
            else:
                assert browser.response is not None
                return status, browser.response.json()

    def _browser(self) -> Browser:
        url = self._urls[next(self._turns) % len(self._urls)]
        if url not in self._browsers:
            self._browsers[url] = Browser(url, self._cookies)
        return self._browsers[url]


@pytest.fixture
def instances(database: str, tmp_path: Path) -> Iterator[Instances]:
    both = Instances(database, tmp_path)
    yield both
    both.stop()


def test_nobody_is_logged_out(instances: Instances) -> None:
    visitors = [Visitor(number, instances.urls) for number in range(PEOPLE)]
    for visitor in visitors:
        visitor.start()
    instances.roll_out(OLD, NEW)
    assert all(visitor.signed_by(OLD) for visitor in visitors)
    instances.roll_out(NEW, OLD)
    deadline = time.monotonic() + 5
    while not all(visitor.signed_by(NEW) for visitor in visitors) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [visitor.company for visitor in visitors if not visitor.signed_by(NEW)] == []
    instances.roll_out(NEW)
    for visitor in visitors:
        visitor.over.set()
    for visitor in visitors:
        visitor.join(15)
        visitor.ask()
        visitor.ask()
    assert set(sum((visitor.statuses for visitor in visitors), Counter())) == {200}
    assert min(visitor.statuses.total() for visitor in visitors) > 20
    assert sum(visitor.strangers for visitor in visitors) == 0
    assert [visitor.session_id for visitor in visitors] == [visitor.first_id for visitor in visitors]
    assert all(visitor.signed_by(NEW) for visitor in visitors)

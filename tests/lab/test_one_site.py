"""Express and sessile serve the same users from one table with one secret, at the same time."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.browser import Browser
from lab.express import ExpressService
from lab.python import PythonService
from lab.service import Service

SECRET = "one-secret-for-both-of-the-services"


@pytest.fixture
def services(database: str, tmp_path: Path) -> Iterator[dict[str, Service]]:
    environment = {"DATABASE_URL": database, "SESSION_SECRET": SECRET, "CREATE_TABLE": "1", "REGENERATE": "1"}
    with PythonService(environment, tmp_path) as ours, ExpressService(environment, tmp_path) as express:
        yield {"sessile": ours, "express": express}


@pytest.mark.parametrize("logout_at", ["sessile", "express"])
@pytest.mark.parametrize(("first", "second"), [("sessile", "express"), ("express", "sessile")])
def test_log_in_on_either_known_by_both_log_out_on_either(
    services: dict[str, Service], first: str, second: str, logout_at: str
) -> None:
    cookies: dict[str, str] = {}
    browsers = {name: Browser(service.url, cookies) for name, service in services.items()}
    assert browsers[first].login("ana@example.com") == 200
    assert browsers[second].me() == 200
    assert browsers[second].onboarding("Analytical Engines") == 200
    assert browsers[first].me() == 200
    response = browsers[first].response
    assert response is not None
    assert response.json() == {"user": {"name": "Ana", "company": "Analytical Engines"}}
    for turn in range(6):
        assert browsers[(first, second)[turn % 2]].count() == 200
    counted = browsers[second].response
    assert counted is not None
    assert counted.json() == {"count": 6}
    assert browsers[logout_at].logout() == 200
    assert [browser.me() for browser in browsers.values()] == [401, 401]
    for browser in browsers.values():
        browser.close()


def test_neither_loses_what_the_other_keeps_in_the_row(services: dict[str, Service], database: str) -> None:
    from tests.lab.sessions import ask

    cookies: dict[str, str] = {}
    ours, express = Browser(services["sessile"].url, cookies), Browser(services["express"].url, cookies)
    assert ours.login() == 200
    created = ask(database, "SELECT sess->'sessile'->>'created' FROM session")
    assert express.count() == 200
    assert ours.count() == 200
    assert express.count() == 200
    assert ask(database, "SELECT sess->'sessile'->>'created' FROM session") == created
    assert ask(database, "SELECT sess->'cookie'->>'originalMaxAge' FROM session") == str(7 * 24 * 3600 * 1000)
    assert ask(database, "SELECT sess->>'count' FROM session") == "3"
    ours.close()
    express.close()


def test_a_cookie_of_either_says_the_same(services: dict[str, Service]) -> None:
    lines = {}
    for name, service in services.items():
        browser = Browser(service.url)
        assert browser.login() == 200
        assert browser.response is not None
        line = browser.response.headers["set-cookie"]
        lines[name] = [part.partition("=")[0] for part in line.split("; ")]
        browser.close()
    assert lines["sessile"] == lines["express"]

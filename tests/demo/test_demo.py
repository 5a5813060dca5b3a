"""The demo, from the built wheel: the story ends well, and the service behind it is one a person can use."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from sessile.demo.faults import FAULTS
from sessile.demo.postgres import EmbeddedPostgres
from sessile.demo.server import Server
from sessile.doctor.causes import cause_named

SECRET = "Zx8fQ2mN4vB7kL1pR9sT3wY6uE0aD5gH"


def test_the_story_ends_with_everybody_logged_in(sessile: Path, tmp_path: Path) -> None:
    environment = {"PATH": os.defpath, "HOME": str(tmp_path), "COLUMNS": "100"}
    ran = subprocess.run(
        [sessile, "demo", "--once"], env=environment, capture_output=True, text=True, timeout=110, check=False, cwd=tmp_path
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "find-row-security" in ran.stdout
    assert "4 of 4 sessions live: nobody had to log in again." in ran.stdout
    assert re.search(r"page\s+http://127\.0\.0\.1:\d+", ran.stdout)
    assert ran.stderr == ""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    folder = tmp_path_factory.mktemp("demo")
    with (
        EmbeddedPostgres(settings={"fsync": "off"}) as postgres,
        Server(postgres.url(), SECRET, folder / "service.log") as running,
    ):
        yield running, postgres.url()


def test_the_page_is_there_and_knows_the_panel(server: tuple[Server, str]) -> None:
    running, _ = server
    assert "sessile demo" in httpx2.get(running.url).text
    panel = httpx2.get(f"{running.url}/panel").json()
    assert [fault["name"] for fault in panel["faults"]] == [fault.name for fault in FAULTS]
    assert panel["command"].startswith("sessile doctor ")


def test_the_panel_breaks_what_it_says_and_nothing_else(server: tuple[Server, str]) -> None:
    running, _ = server
    key = FAULTS[1]
    assert (
        httpx2.post(f"{running.url}/panel/break", json={"fault": key.name}).json()["fix"].startswith(f"sessile fix {key.cause}")
    )
    assert httpx2.post(f"{running.url}/panel/break", json={"fault": key.name}).status_code == 409
    assert httpx2.post(f"{running.url}/panel/break", json={"fault": "DROP TABLE"}).status_code == 404


def test_every_fault_of_the_panel_has_a_cause_that_the_doctor_knows() -> None:
    assert [fault.name for fault in FAULTS if cause_named(fault.cause) is None] == []


def test_a_browser_elsewhere_may_call_it_only_where_it_was_allowed(server: tuple[Server, str]) -> None:
    running, _ = server
    preflight = httpx2.options(
        f"{running.url}/api/me", headers={"origin": "https://evil.test", "access-control-request-method": "GET"}
    )
    assert "access-control-allow-origin" not in preflight.headers

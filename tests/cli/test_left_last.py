"""The probe's session lives until its row was looked up, and is over afterwards, whatever becomes of the look-up."""

import json
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from lab.express import ExpressService
from sessile.doctor.evidence.gathering import Gathered, Options, gather
from sessile.doctor.evidence.site.plan import Request
from sessile.doctor.evidence.sorting import sort
from sessile.doctor.facts.concealed import Concealed
from sessile.doctor.facts.correlation import Missing, Stored
from sessile.doctor.facts.exchange import Role
from sessile.doctor.placement import placed
from sessile.session.outcome import Station
from tests.cli.command import Command
from tests.doctor.evidence.site.relay import relayed
from tests.lab.sessions import SECRET, TABLE, execute

LOGIN = Request(
    login="/api/auth/login",
    data=(("email", Concealed("ana@example.com")), ("password", Concealed("demo"))),
    protected="/api/me",
    logout="/api/auth/logout",
)
WORDS = (
    *("--login", "/api/auth/login", "--data", "email=ana@example.com", "--data", "password=@password"),
    *("--protected", "/api/me", "--logout", "/api/auth/logout", "--json"),
)


@pytest.fixture
def express(database: str, tmp_path: Path) -> Iterator[ExpressService]:
    """Express on a session table of its own, with the secret that the tests know."""
    execute(database, TABLE)
    settings = {"DATABASE_URL": database, "SESSION_SECRET": SECRET}
    with ExpressService(settings, tmp_path) as running:
        yield running


def rows(database: str) -> int:
    with psycopg.connect(database) as connection:
        (number,) = connection.execute("SELECT count(*) FROM session").fetchone() or (0,)
    return int(number)


def looked(express: ExpressService, database: str, asked: Request = LOGIN) -> Gathered:
    return gather(sort([f"{express.url}/health", database], {}), Options(experiment=False, probe=asked))


def logouts(found: Gathered) -> list[int]:
    return [one.status for wire in found.facts.wires for one in wire.exchanges if one.role is Role.LOGOUT]


def test_the_row_is_found_and_then_the_session_ended(express: ExpressService, database: str) -> None:
    found = looked(express, database)
    (known,) = found.facts.correlations.cookies
    assert isinstance(known.row, Stored), known
    assert "userId" in known.row.identities
    assert (logouts(found), rows(database)) == ([200], 0)
    assert not [line for line in found.failures if "live on" in line]


def test_a_row_that_is_missing_was_missing_before_the_logout(express: ExpressService, database: str) -> None:
    execute(database, "CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'")
    execute(database, "CREATE TRIGGER lose BEFORE INSERT ON session FOR EACH ROW EXECUTE FUNCTION lose()")
    found = looked(express, database)
    assert all(isinstance(one.row, Missing) for one in found.facts.correlations.cookies)
    assert len(logouts(found)) == 1
    assert {one.station for one in placed(found.facts)} == {Station.FIND}, placed(found.facts)


def test_a_browser_stays_until_then_too(express: ExpressService, database: str) -> None:
    found = looked(express, database, replace(LOGIN, browser=True))
    rows_found = [one.row for one in found.facts.correlations.cookies]
    assert [isinstance(row, Stored) for row in rows_found] == [True], (rows_found, found.failures)
    assert (logouts(found), rows(database)) == ([200], 0)


def test_a_database_that_hangs_up_during_the_look_up_keeps_nobody_logged_in(express: ExpressService, database: str) -> None:
    there: list[int] = []
    with relayed(database, lambda: there.append(rows(database)), hang_up=True) as relay:
        found = looked(express, relay.url)
    assert (there, logouts(found), rows(database)) == ([1], [200], 0)


def test_ctrl_c_during_the_look_up_keeps_nobody_logged_in(express: ExpressService, database: str, command: Command) -> None:
    (command.folder / "password").write_text("demo\n")
    with relayed(database, lambda: None) as relay:
        running = command.start("doctor", f"{express.url}/health", relay.url, *WORDS)
        assert relay.looked_up.wait(60), running.communicate(timeout=60)
        there = rows(database)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    assert (there, rows(database)) == (1, 0), err
    assert "interrupted" in err
    assert "verdict" in json.loads(out)

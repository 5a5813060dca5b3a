"""A conversation that is cut in its middle, wherever that is: nothing is raised, nothing stays behind, the rest is diagnosed."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep

import psycopg
import pytest
import trustme

from sessile.doctor.diagnose import diagnose
from sessile.doctor.diagnosis import Verdict
from sessile.doctor.evidence.gathering import Gathered, Options, gather
from sessile.doctor.evidence.site.plan import Request
from sessile.doctor.evidence.sorting import sort
from sessile.doctor.facts import Database, Facts, Unknown
from sessile.doctor.report import json as as_json
from sessile.session.outcome import Station
from tests.doctor.evidence import test_render_api as render
from tests.doctor.evidence.cutting import ANY, Then, way
from tests.doctor.evidence.session_table import TABLE, Express, as_role, execute, look, value
from tests.doctor.evidence.site.service import Shop, serving

SHARES = (0.0, 0.02, 0.1, 0.25, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.97, 0.999)
LOGGED = "2026-11-23T12:00:00Z Error: SESSION_SECRET is not set, or is empty\n"
BUSY = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'sessile doctor' AND datname = current_database()"


@pytest.fixture
def sessions(database: str) -> Iterator[str]:
    """A database with a session table and its rows, which are all there and untouched afterwards."""
    execute(database, TABLE)
    with Express(database) as express:
        for user in range(20):
            express.save(userId=user)
    rows = "SELECT md5(string_agg(t::text, '' ORDER BY sid)) FROM session AS t"
    before = value(database, rows)
    yield database
    ends = monotonic() + 60
    while value(database, BUSY) and monotonic() < ends:
        sleep(0.02)
    assert value(database, BUSY) == 0
    assert value(database, rows) == before


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "app.log"
    path.write_text(LOGGED)
    return path


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The CA's file, and that of a certificate for localhost."""
    folder, ca = tmp_path_factory.mktemp("ca"), trustme.CA()
    ca.cert_pem.write_to_path(str(folder / "ca.pem"))
    ca.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(str(folder / "own.pem"))
    return folder / "ca.pem", folder / "own.pem"


def gathered(*words: object, environ: dict[str, str] | None = None) -> Gathered:
    return gather(sort([str(word) for word in words], environ or {}), Options())


def the_rest_is_diagnosed(found: Gathered) -> None:
    """The log's cause is among the causes, whatever else is; and nothing is told in more than a line."""
    diagnosis = diagnose(found.facts)
    assert "boot-secret-missing" in [one.cause.id for one in diagnosis.causes]
    assert diagnosis.verdict is Verdict.SICK
    assert as_json.document(diagnosis)["not_checked"]
    assert all("\n" not in line and "Traceback" not in line for line in found.failures)


def length(sessions: str, log: Path) -> int:
    """How many bytes the whole conversation with the database has."""
    with way(sessions) as line:
        the_rest_is_diagnosed(gathered(line.url, log))
        return line.carried


def test_a_database_whose_connection_ends(sessions: str, log: Path) -> None:
    whole = length(sessions, log)
    for share in SHARES:
        with way(sessions, int(share * whole)) as line:
            found = gathered(line.url, log)
        the_rest_is_diagnosed(found)
        assert isinstance(found.facts.database, Database)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.3, 0.6])
def test_a_database_that_hangs_up_is_not_called_healthy(sessions: str, share: float) -> None:
    with way(sessions) as line:
        look(line.url)
        whole = line.carried
    with way(sessions, int(share * whole)) as line:
        seen = look(line.url)
    assert bool(seen.failure) != bool(seen.broken_off)
    diagnosis = diagnose(Facts(now=datetime.now(UTC), database=seen))
    assert (diagnosis.verdict, diagnosis.causes) == (Verdict.CANNOT_TELL, ())
    assert diagnosis.something_else
    assert diagnosis.something_else.stations == (Station.REACH,)
    assert ("Database connection is working", "no") in [(item.item, item.state) for item in diagnosis.checklist]


def ended_by(url: str, function: str) -> Callable[[int], Then]:
    """The server itself ends the statement, or the connection, of the client with that port."""

    def happens(port: int) -> Then:
        execute(url, f"SELECT {function}(pid) FROM pg_stat_activity WHERE client_port = {port}")
        return Then.GOES_ON

    return happens


@pytest.mark.parametrize("function", ["pg_cancel_backend", "pg_terminate_backend"])
def test_a_database_that_ends_the_statement_or_the_connection(sessions: str, log: Path, function: str) -> None:
    whole = length(sessions, log)
    for share in SHARES[1:]:
        with way(sessions, int(share * whole), ended_by(sessions, function)) as line:
            the_rest_is_diagnosed(gathered(line.url, log))


def test_a_database_that_is_silent_from_some_point_on(sessions: str) -> None:
    with way(sessions) as line:
        look(line.url)
        whole = line.carried
    for share in (0.1, 0.5, 0.9):
        with way(sessions, int(share * whole), lambda _port: Then.IS_SILENT) as line:
            seen = look(line.url, deadline=1.0)
        assert seen.failure or isinstance(seen.rows, Unknown) or isinstance(seen.experiment, Unknown)


def test_a_server_that_is_stopped_while_it_is_asked(sessions: str) -> None:
    with way(sessions) as line:
        look(line.url)
        whole = line.carried
    for share in (0.1, 0.6, 0.9):
        stopped: list[int] = []

        def stop(port: int, stopped: list[int] = stopped) -> Then:
            if pid := value(sessions, f"SELECT pid FROM pg_stat_activity WHERE client_port = {port}"):
                stopped.append(pid)
                os.kill(pid, signal.SIGSTOP)
            return Then.GOES_ON

        try:
            with way(sessions, int(share * whole), stop) as line:
                seen = look(line.url, deadline=1.0)
        finally:
            for pid in stopped:
                os.kill(pid, signal.SIGCONT)
        assert seen.failure or isinstance(seen.rows, Unknown) or isinstance(seen.experiment, Unknown)


def test_a_role_that_loses_its_rights_meanwhile(sessions: str, role: str, log: Path) -> None:
    granted = f"GRANT SELECT, INSERT, UPDATE, DELETE ON session TO {role}"
    execute(sessions, granted)
    whole = length(as_role(sessions, role), log)

    def revoke(_port: int) -> Then:
        with suppress(psycopg.errors.LockNotAvailable):
            execute(sessions, f"SET lock_timeout = '500ms'; REVOKE ALL ON session FROM {role}")
        return Then.GOES_ON

    for share in SHARES[1:]:
        execute(sessions, granted)
        with way(as_role(sessions, role), int(share * whole), revoke) as line:
            the_rest_is_diagnosed(gathered(line.url, log))


def test_a_table_that_is_dropped_meanwhile(database: str, log: Path) -> None:
    execute(database, TABLE)
    whole = length(database, log)

    def drop(_port: int) -> Then:
        with suppress(psycopg.errors.LockNotAvailable):
            execute(database, "SET lock_timeout = '500ms'; DROP TABLE IF EXISTS session")
        return Then.GOES_ON

    for share in SHARES[1:]:
        execute(database, f"DROP TABLE IF EXISTS session; {TABLE}")
        with way(database, int(share * whole), drop) as line:
            the_rest_is_diagnosed(gathered(line.url, log))


def test_a_site_that_ends_its_answers_anywhere(log: Path) -> None:
    with serving(Shop().app()) as port:
        with way(f"http://127.0.0.1:{port}/") as line:
            gathered(line.url, log)
            whole = line.carried
        for after in range(0, whole + 1, max(1, whole // 12)):
            with way(f"http://127.0.0.1:{port}/", after) as line:
                found = gathered(line.url, log)
            the_rest_is_diagnosed(found)
            assert found.facts.sites or any(line.url in failure for failure in found.failures)


def test_an_encrypted_site_that_ends_its_answers_anywhere(log: Path, certificate: tuple[Path, Path]) -> None:
    authority, own = certificate
    with serving(Shop().app(), certificate=own) as port:
        for after in (0, 3, 5, 100, 700, ANY):
            with way(f"https://localhost:{port}/", after) as line:
                url = line.url.replace("127.0.0.1", "localhost")
                found = gather(sort([url, str(log)], {}), Options(probe=Request(cacert=str(authority))))
            the_rest_is_diagnosed(found)
            assert bool(found.facts.sites) is (after == ANY) or any(url in failure for failure in found.failures)


def test_a_platform_that_ends_its_answers_anywhere(log: Path) -> None:
    with render.serving(render.Render()) as base:
        with way(base) as line:
            found = asked_of_render(line.url, log)
            whole = line.carried
            assert found.facts.deployments.services
        for after in range(0, whole, max(1, whole // 12)):
            with way(base, after) as line:
                found = asked_of_render(line.url, log)
            the_rest_is_diagnosed(found)
            assert any("render:srv-abc123" in failure for failure in found.failures)
            assert render.KEY not in repr(found)


def asked_of_render(base: str, log: Path) -> Gathered:
    return gathered("render:srv-abc123", log, environ={"RENDER_API_KEY": render.KEY, "RENDER_API_URL": base})

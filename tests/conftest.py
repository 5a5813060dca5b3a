"""What all tests share: PostgreSQL for real, and the built wheel installed alone."""

import contextlib
import fcntl
import os
import secrets
import subprocess
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from hypothesis import settings
from psycopg import sql

from sessile.demo.postgres import EmbeddedPostgres

ROOT = Path(__file__).parents[1]
settings.register_profile("busy machine", deadline=None)
settings.load_profile("busy machine")

THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI nothing is skipped: a test that lacks its server or program fails."""
    report = yield
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which is a failure in CI: {report.longreprtext}"
    return report


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The event loop of the async tests."""
    return "asyncio"


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL server of this test process's own; whoever stops or breaks a server makes one for itself."""
    with EmbeddedPostgres(settings=THROWAWAY) as server:
        yield server


@pytest.fixture(scope="session")
def server_url(request: pytest.FixtureRequest) -> str:
    """The superuser's URL of SESSILE_TEST_DATABASE_URL's server, else of the embedded one."""
    given = os.environ.get("SESSILE_TEST_DATABASE_URL")
    if given:
        return given
    server: EmbeddedPostgres = request.getfixturevalue("postgres")
    return server.url()


@pytest.fixture
def database(server_url: str) -> Iterator[str]:
    """The superuser's URL of a new, empty database, dropped after the test."""
    name = f"test_{secrets.token_hex(8)}"
    _execute(server_url, "CREATE DATABASE {}", name)
    yield urlsplit(server_url)._replace(path=f"/{name}").geturl()
    _execute(server_url, "DROP DATABASE {} WITH (FORCE)", name)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's wheel, built once for the test session."""
    with _once(tmp_path_factory, "wheel") as folder:
        if not folder.exists():
            _run("hatchling", "build", "--target", "wheel", "--directory", str(folder))
    [wheel] = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="session")
def sessile(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command `sessile` of the wheel, installed with the demo extra in an environment of its own."""
    return _installed(wheel, tmp_path_factory, "complete", "--require-hashes", "--requirements", "requirements/demo.txt")


@pytest.fixture(scope="session")
def bare_sessile(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command `sessile` of the wheel, installed without any extra."""
    return _installed(wheel, tmp_path_factory, "bare", "--constraint", "requirements/demo.txt", "orjson")


def _execute(url: str, statement: str, name: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(sql.Identifier(name)))


@contextlib.contextmanager
def _once(factory: pytest.TempPathFactory, name: str) -> Iterator[Path]:
    """A folder that the test processes share, and the lock on it."""
    shared = factory.getbasetemp().parent if "PYTEST_XDIST_WORKER" in os.environ else factory.getbasetemp()
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield shared / name


def _installed(wheel: Path, factory: pytest.TempPathFactory, name: str, *packages: str) -> Path:
    with _once(factory, name) as environment:
        if not environment.exists():
            install = ("uv", "pip", "install", "--quiet", "--python", str(environment))
            _run("uv", "venv", "--quiet", "--python", sys.executable, str(environment))
            _run(*install, *packages)
            _run(*install, "--no-deps", str(wheel))
    return environment / "bin" / "sessile"


def _run(module: str, *options: str) -> None:
    done = subprocess.run([sys.executable, "-m", module, *options], cwd=ROOT, check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{module} {' '.join(options)} failed:\n{done.stdout}{done.stderr}")

"""The command line of a wheel that was installed without the extras it needs."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
URL = "postgresql://app:hunter2@127.0.0.1:1/shop"


def run(*command: str | Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    plain = {name: value for name, value in os.environ.items() if name != "UV"}
    return subprocess.run(command, env=plain | environment, check=False, capture_output=True, text=True)


@pytest.mark.parametrize("arguments", [("doctor", URL), ("--help",), ()], ids=["doctor", "help", "nothing"])
def test_one_line_says_what_to_install(bare_sessile: Path, wheel: Path, arguments: tuple[str, ...]) -> None:
    done = run(bare_sessile, *arguments)
    [line] = done.stderr.splitlines()
    assert done.returncode == 2
    assert f"uvx --from '{wheel}[doctor]' sessile" in line
    assert f"pip install '{wheel}[doctor]'" in line
    assert not done.stdout
    assert "hunter2" not in done.stderr


def test_the_version_is_told_without_any_extra(bare_sessile: Path) -> None:
    done = run(bare_sessile, "--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("sessile 0.")


def test_python_m_sessile_says_the_same(bare_sessile: Path) -> None:
    python = bare_sessile.with_name("python")
    assert run(python, "-m", "sessile").stderr == run(bare_sessile).stderr


def test_uv_run_is_told_and_no_environment_is_made(bare_sessile: Path) -> None:
    done = run(bare_sessile, "doctor", URL, UV="/bin/false", UV_RUN_RECURSION_DEPTH="1")
    assert done.returncode == 2
    assert "[doctor]" in done.stderr


def test_uvx_with_the_plain_wheel_just_works(wheel: Path) -> None:
    uvx = shutil.which("uvx", path=sysconfig.get_path("scripts"))
    assert uvx
    pinned = str(ROOT / "requirements" / "demo.txt")
    done = run(uvx, "--python", sys.executable, "--from", wheel, "sessile", "doctor", "--help", UV_CONSTRAINT=pinned)
    assert done.returncode == 0, done.stderr
    assert "doctor" in done.stdout


def test_the_index_needs_no_extra(bare_sessile: Path) -> None:
    python = bare_sessile.with_name("python")
    done = run(python, "-W", "error", "-c", "from sessile import CookiePolicy, Keyring, MemoryStore, SessionMiddleware")
    assert done.returncode == 0, done.stderr


def test_the_postgres_store_without_its_driver_names_the_extra(bare_sessile: Path) -> None:
    python = bare_sessile.with_name("python")
    done = run(python, "-c", "from sessile import PostgresStore")
    assert done.stderr.splitlines()[-1].endswith('pip install "sessile[postgres]"')

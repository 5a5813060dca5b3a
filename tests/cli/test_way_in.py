"""Between the start of the interpreter and the first line that minds Ctrl-C nothing slow is imported."""

import subprocess
import sys

import pytest

SLOW = ("importlib.metadata", "json", "urllib.parse", "typer", "psycopg")
LOOKING = ("psycopg", "redis", "sessile.doctor.evidence.gathering", "sessile.doctor.diagnose", "sessile.doctor.fixes")


def test_the_way_in_imports_nothing_slow() -> None:
    script = "import sys; before = set(sys.modules); import sessile.cli; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert [name for name in SLOW if name in done.stdout.split()] == []


@pytest.mark.parametrize("words", [["secret", "new"], ["explain", "save-no-primary-key"], ["table", "--sql"]])
def test_what_needs_no_evidence_imports_nothing_that_looks_for_any(words: list[str]) -> None:
    script = "import sys; from sessile.cli import main; import atexit; atexit.register(lambda: print(*sys.modules)); main()"
    done = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, text=True, check=True)
    loaded = done.stdout.splitlines()[-1].split()
    assert "sessile.cli.output" in loaded
    assert [name for name in LOOKING if name in loaded] == []

"""Between the start of the interpreter and the first line that minds Ctrl-C nothing slow is imported."""

import subprocess
import sys

SLOW = ("importlib.metadata", "json", "urllib.parse", "typer", "psycopg")


def test_the_way_in_imports_nothing_slow() -> None:
    script = "import sys; before = set(sys.modules); import sessile.cli; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert [name for name in SLOW if name in done.stdout.split()] == []

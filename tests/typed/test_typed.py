"""A user's program is checked by mypy as strictly as ours is, and a user's mistakes are found before they run."""

import re
from pathlib import Path

from mypy import api

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def test_a_users_program_holds_and_a_users_mistakes_are_found(tmp_path: Path) -> None:
    mistaken = tmp_path / "mistakes.py"
    source = (HERE / "mistakes.txt").read_text(encoding="utf-8")
    mistaken.write_text(source, encoding="utf-8")
    options = ["--strict", f"--config-file={ROOT / 'pyproject.toml'}", "--no-pretty", f"--cache-dir={ROOT / '.mypy_cache'}"]
    said, trouble, _ = api.run([*options, str(HERE / "program.py"), str(mistaken)])
    assert trouble == ""
    found = {(int(line), code) for line, code in re.findall(r"mistakes\.py:(\d+): error: .*\[([a-z-]+)\]", said)}
    meant = {(number, line.rpartition("# ")[2]) for number, line in enumerate(source.splitlines(), 1) if "  # " in line}
    assert found == meant
    assert "program.py" not in said

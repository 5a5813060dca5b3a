"""What docs/pipeline.md says for a pipeline is YAML and JSON, and its commands run as they stand there."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

PAGE = (Path(__file__).parents[1] / "docs" / "pipeline.md").read_text(encoding="utf-8")
SECRET = "Zx8fQ2mN4vB7kL1pR9sT3wY6uE0aD5gH"


def settings() -> Iterator[Any]:
    """Every example, as what would read it reads it."""
    for language, text in re.findall(r"```(yaml|json)\n(.*?)```", PAGE, re.DOTALL):
        yield json.loads(text) if language == "json" else YAML(typ="safe").load(text)


def strings(value: Any) -> Iterator[str]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    yield from [value] if isinstance(value, str) else (text for one in inner for text in strings(one))


COMMANDS = [text for one in settings() for text in strings(one) if "sessile doctor" in text]


def test_every_platform_has_its_command() -> None:
    assert len(COMMANDS) == 4


@pytest.mark.parametrize("command", COMMANDS)
def test_it_runs_as_written(command: str, tmp_path: Path, database: str, sessile: Path) -> None:
    (tmp_path / "uvx").write_text('#!/bin/sh\nshift 2\nexec "$@"\n', encoding="utf-8")  # what it would install is here
    (tmp_path / "uvx").chmod(0o755)
    environment = {
        "PATH": f"{tmp_path}:{sessile.parent}:{os.defpath}",
        "DATABASE_URL": database,
        "SESSION_SECRET": SECRET,
        "TEST_PASSWORD": "a-password-of-nobody",
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
    }
    (tmp_path / ".env").write_text(f"SESSION_SECRET={SECRET}\n", encoding="utf-8")
    ran = subprocess.run(
        ["bash", "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode in (0, 1, 3), ran.stderr
    assert not {SECRET, "a-password-of-nobody"} & set((ran.stdout + ran.stderr).split())
    if "--html" in command:
        assert (tmp_path / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    if "--markdown" in command:
        assert (tmp_path / "summary.md").read_text(encoding="utf-8").startswith("### ")

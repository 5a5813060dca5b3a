"""One of the small services as a process of the lab: a copy of its source, with a line changed, run by gunicorn."""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from lab.service import Service

APPS = Path(__file__).with_name("apps")
COMMANDS = {
    "starlette": ("main:app", "-k", "uvicorn_worker.UvicornWorker"),
    "flask": ("app:app",),
    "django": ("shop.wsgi:application",),
}


def source(kind: str, edits: Mapping[str, tuple[tuple[str, str], ...]], directory: Path) -> Path:
    """A copy of a service's source, changed by `edit`."""
    folder = directory / f"{kind}_shop"
    shutil.copytree(APPS / f"{kind}_shop", folder, ignore=shutil.ignore_patterns("__pycache__"))
    edit(folder, edits)
    return folder


def edit(folder: Path, edits: Mapping[str, tuple[tuple[str, str], ...]]) -> None:
    """Replace texts of files, by file; a file that is not there begins empty. Raises ValueError when a text is not there."""
    for name, pairs in edits.items():
        path = folder / name
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        for old, new in pairs:
            if old not in text:
                raise ValueError(f"{name} has no {old!r}")
            text = text.replace(old, new, 1)
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")


class FrameworkService(Service):
    """One instance of a small service, with `workers` processes."""

    def __init__(self, kind: str, folder: Path, environment: Mapping[str, str], directory: Path, *, workers: int = 1) -> None:
        program: list[str | Path] = [
            sys.executable,
            "-m",
            "gunicorn",
            "-c",
            APPS / "gunicorn.conf.py",
            "-w",
            str(workers),
            *COMMANDS[kind],
        ]
        settings = {"PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1", **environment}
        super().__init__(kind, program, folder, settings, directory, ready_seconds=60)

    def manage(self, *arguments: str) -> None:
        """Run a command of Django's manage.py. Raises CalledProcessError when it fails."""
        command = [sys.executable, "manage.py", *arguments]
        subprocess.run(
            command,
            cwd=self.home,
            env={"SECRET_KEY": "of-the-migration", **self.environment},
            check=True,
            capture_output=True,
            timeout=120,
        )

"""The doctor's command line, run many times: each time in a process of its own, forked from one that has loaded it."""

import multiprocessing
import os
import pkgutil
import sys
import tempfile
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Final

from lab.scene import doctor_environment
from sessile.doctor import causes

PATIENCE: Final = 180.0
"""Seconds for one run."""
_LOADED: Final = [
    *("lab.wire.asking", "sessile.cli.app", "sessile.cli.doctor", "sessile.doctor.evidence.gathering", "sessile.doctor.diagnose"),
    *(module.name for module in pkgutil.walk_packages(causes.__path__, f"{causes.__name__}.")),
]


def ask(*arguments: str) -> tuple[int, str, str]:
    """Run `sessile` with these arguments: its exit status, and what it printed to stdout and stderr. Raises TimeoutError."""
    with tempfile.TemporaryDirectory(prefix="sessile-asked-") as folder:
        printed = [Path(folder, name) for name in ("stdout", "stderr")]
        process = _server().Process(target=_run, args=(list(arguments), doctor_environment(), *map(str, printed)))
        process.start()
        process.join(PATIENCE)
        if process.exitcode is None:
            process.kill()
            raise TimeoutError(f"sessile {arguments[0]} ran for more than {PATIENCE:g} s")
        out, errors = (path.read_text(encoding="utf-8") for path in printed)
        return process.exitcode, out, errors


def _server() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_LOADED)
    return context


def _run(arguments: list[str], environment: dict[str, str], *printed: str) -> None:
    from sessile.cli import main

    for stream, path in enumerate(printed, 1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), stream)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["sessile", *arguments]
    main()

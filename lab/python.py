"""Our own service, the demo's, as a process of the lab."""

import sys
from collections.abc import Mapping
from pathlib import Path

from lab.service import Service

ROOT = Path(__file__).parents[1]


class PythonService(Service):
    """One instance of `lab/shop.py`, with the same settings as the Express service where they mean the same."""

    def __init__(self, environment: Mapping[str, str], directory: Path, *, ready_seconds: float = 120) -> None:
        settings = {"PYTHONPATH": f"{ROOT}:{ROOT / 'src'}", "PYTHONUNBUFFERED": "1", **environment}
        super().__init__("sessile", [sys.executable, "-m", "lab.shop"], ROOT, settings, directory, ready_seconds=ready_seconds)

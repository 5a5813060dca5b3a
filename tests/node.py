"""Node with the lab's packages: the judge of what Express writes and reads."""

import json
import subprocess
from pathlib import Path
from typing import Any

PACKAGES = Path(__file__).parent.parent / "lab" / "express"


def run_node(script: str, given: object) -> Any:
    """Run a script that reads JSON from standard input and prints JSON."""
    ran = subprocess.run(
        ["node", "-e", script], cwd=PACKAGES, input=json.dumps(given), capture_output=True, text=True, check=True, timeout=30
    )
    return json.loads(ran.stdout)

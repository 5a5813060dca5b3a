"""Which Chromium there is on this machine."""

import os
import shutil
from pathlib import Path
from typing import Final

from playwright.sync_api import Playwright

from sessile.doctor.evidence.opening import EvidenceError

VARIABLE: Final = "SESSILE_CHROMIUM"
_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
_ON_MACOS: Final = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


def find(playwright: Playwright) -> str:
    """The program that `SESSILE_CHROMIUM` names, else one that is installed, else playwright's own.

    Raises EvidenceError, with how to get one, where there is none.
    """
    if named := os.environ.get(VARIABLE):
        if found := shutil.which(named):
            return found
        raise EvidenceError(f"{VARIABLE} names no program that can be run")
    installed = next((found for name in (*_NAMES, *_ON_MACOS) if (found := shutil.which(name))), None)
    if installed:
        return installed
    if Path(playwright.chromium.executable_path).exists():
        return playwright.chromium.executable_path
    raise EvidenceError(
        f"no Chromium was found: apt-get install chromium, or playwright install chromium, or name one in {VARIABLE}"
    )

"""A window of Chromium with an empty profile of its own, where names lead as the user said, that says it is automated."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from playwright.sync_api import BrowserContext, CDPSession, Error, Page, Playwright, sync_playwright

from sessile.doctor.evidence.browser import program
from sessile.doctor.evidence.opening import EvidenceError
from sessile.doctor.evidence.site.asking import USER_AGENT
from sessile.doctor.evidence.site.network import is_local
from sessile.doctor.evidence.site.plan import Plan
from sessile.doctor.masking import excerpt

ALLOWED, BLOCKED = 0, 1
"""Chromium's own numbers for its setting of third-party cookies, `profile.cookie_controls_mode`."""

_QUIET: Final = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--metrics-recording-only",
    "--no-first-run",
    "--no-pings",
)
_AS_NAMED: Final = ("HttpsUpgrades", "HttpsFirstBalancedModeAutoEnable")
"""What would ask for another URL than the one that was named."""
_LOCAL: Final = "LocalNetworkAccessChecks"
"""What keeps a public page from calling a local address, which the user's own --resolve, or a blank page, may look like."""


@dataclass(frozen=True, slots=True)
class Window:
    """A page, and the DevTools session on it; `program` is the browser's own name and version."""

    page: Page
    session: CDPSession
    program: str


@contextmanager
def opened(plan: Plan, *, third_party: bool, keys: tuple[str, ...]) -> Iterator[Window]:
    """A window, closed and forgotten afterwards; `keys` are those of certificates that were found good.

    Raises EvidenceError, in one line, where there is no Chromium, it does not start, or it ends before its time.
    """
    with sync_playwright() as playwright, TemporaryDirectory(prefix="sessile-browser-", ignore_cleanup_errors=True) as folder:
        executable = program.find(playwright)
        try:
            with _context(playwright, executable, Path(folder), plan, third_party=third_party, keys=keys) as window:
                yield window
        except Error as error:
            raise EvidenceError(_why(error)) from error


@contextmanager
def _context(
    playwright: Playwright, executable: str, folder: Path, plan: Plan, *, third_party: bool, keys: tuple[str, ...]
) -> Iterator[Window]:
    (folder / "Default").mkdir()
    preferences = {"profile": {"cookie_controls_mode": ALLOWED if third_party else BLOCKED}}
    (folder / "Default" / "Preferences").write_text(json.dumps(preferences), encoding="utf-8")
    context = _started(playwright, executable, folder, [*_QUIET, *_switches(plan, keys)])
    try:
        page = context.pages[0] if context.pages else context.new_page()
        session = context.new_cdp_session(page)
        told = session.send("Browser.getVersion")
        session.send("Network.setUserAgentOverride", {"userAgent": f"{told['userAgent']} {USER_AGENT}"})
        yield Window(page, session, told["product"])
    finally:
        context.close()


def _started(playwright: Playwright, executable: str, folder: Path, switches: list[str]) -> BrowserContext:
    try:
        return playwright.chromium.launch_persistent_context(
            folder, executable_path=executable, chromium_sandbox=not _is_root(), args=switches, accept_downloads=False
        )
    except Error as error:
        raise EvidenceError(f"Chromium does not start: try {executable} --version") from error


def _switches(plan: Plan, keys: tuple[str, ...]) -> list[str]:
    rules = [
        f"MAP {host if port is None else f'{host}:{port}'} {_bracketed(place.address)}{f':{place.port}' if place.port else ''}"
        for (host, port), place in plan.places.items()
    ]
    inside = plan.origin is not None or any(is_local(place.address) for place in plan.places.values())
    features = (*_AS_NAMED, *((_LOCAL,) if inside else ()))
    switches = [f"--disable-features={','.join(features)}"]
    if rules:
        switches.append(f"--host-resolver-rules={', '.join(rules)}")
    if keys:
        switches.append(f"--ignore-certificate-errors-spki-list={','.join(keys)}")
    return switches


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _is_root() -> bool:
    """Chromium's sandbox refuses to run as root."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _why(error: Error) -> str:
    said = error.message.partition("\n")[0]
    if "crash" in said.lower() or "closed" in said.lower():
        return "Chromium ended in the middle of the visit: it crashed, or somebody closed it"
    return f"Chromium refused: {excerpt(said, 200)}"

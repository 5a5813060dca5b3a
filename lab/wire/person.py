"""A person with real Chromium, who visits the site while everything is recorded to a HAR."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import BrowserContext, Error, Frame, Page, sync_playwright

from lab.browser import PASSWORD
from lab.wire.edge import Edge

SWITCHES = ("--no-sandbox", "--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,LocalNetworkAccessChecks")
EMAIL = "ana@example.com"
_LOGIN = """async ([url, credentials, body]) => {
    const options = {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body)};
    if (credentials) options.credentials = credentials;
    try { return (await fetch(url, options)).status } catch { return 0 }
}"""
_ASK = """async ([url, credentials]) => {
    try { return (await fetch(url, credentials ? {credentials} : {})).status } catch { return 0 }
}"""
_FORM = """([url]) => {
    const form = document.createElement("form");
    form.method = "POST"; form.action = url; document.body.append(form); form.submit();
}"""
_LINK = "([url]) => { location.href = url }"
_FRAME = """([url]) => new Promise((ready) => {
    const frame = document.createElement("iframe");
    frame.src = url; frame.onload = ready; document.body.append(frame);
})"""


class ChromiumMissingError(Exception):
    """No Chromium is installed; the message says how to get one."""


class Person:
    """One page of a browser. Addresses are whole URLs; every method answers a status, 0 where the page was given none."""

    def __init__(self, context: BrowserContext) -> None:
        self._context = context
        self._page = context.pages[0] if context.pages else context.new_page()
        self._around: Page | Frame = self._page

    def opens(self, url: str) -> int:
        """Open a page by hand."""
        answer = self._page.goto(url)
        return answer.status if answer else 0

    def follows(self, url: str) -> int:
        """Go where a link or a script of the page leads."""
        return self._goes(_LINK, url)

    def sends_form(self, url: str) -> int:
        """Send a form of the page to that URL, as a payment gateway sends people back."""
        return self._goes(_FORM, url)

    def logs_in(self, site: str, credentials: str | None = "include", **more: Any) -> int:
        """The page's script logs in at a site; `more` goes into the body, `credentials` None leaves fetch's default."""
        body = {"email": EMAIL, "password": PASSWORD, **more}
        return self._status(_LOGIN, f"{site}/api/auth/login", credentials, body)

    def asks(self, url: str, credentials: str | None = "include") -> int:
        """The page's script asks."""
        return self._status(_ASK, url, credentials)

    def embeds(self, url: str) -> None:
        """Put a page into an iframe, and act from there from now on."""
        self._page.evaluate(_FRAME, [url])
        self._around = self._page.frames[-1]

    def has(self, name: str, value: str, domain: str, path: str = "/") -> None:
        """Have this cookie from an earlier visit."""
        self._context.add_cookies([{"name": name, "value": value, "domain": domain, "path": path, "secure": True}])

    def _status(self, script: str, *values: Any) -> int:
        status: int = self._around.evaluate(script, list(values))
        return status

    def _goes(self, script: str, url: str) -> int:
        try:
            with self._page.expect_navigation() as navigation:
                self._page.evaluate(script, [url])
        except Error:
            return 0
        return navigation.value.status


@contextmanager
def person(edge: Edge, har: Path, *, third_party: bool = True) -> Iterator[Person]:
    """A person with an empty profile, to whom every name leads to the edge; `har` is written at the end.

    `third_party`: whether the browser allows third-party cookies. Raises ChromiumMissingError when there is no Chromium.
    """
    chromium = shutil.which("chromium")
    if chromium is None:
        raise ChromiumMissingError("Chromium not found: apt-get install chromium")
    with TemporaryDirectory(prefix="sessile-person-") as profile, sync_playwright() as playwright:
        _prefer(Path(profile), third_party=third_party)
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=chromium,
            args=[*SWITCHES, f"--host-resolver-rules={_rules(edge)}"],
            ignore_https_errors=True,
            record_har_path=har,
        )
        try:
            yield Person(context)
        finally:
            context.close()


def _prefer(profile: Path, *, third_party: bool) -> None:
    """Chromium may block third-party cookies unless its profile says otherwise."""
    (profile / "Default").mkdir()
    preferences = {"profile": {"cookie_controls_mode": 0 if third_party else 1}}
    (profile / "Default" / "Preferences").write_text(json.dumps(preferences), "utf-8")


def _rules(edge: Edge) -> str:
    """The usual ports lead to the first service, 8443 and 8080 to the second."""
    ports = ((443, 80), (8443, 8080))
    pairs = [pair for door, usual in zip(edge.doors, ports, strict=False) for pair in zip(usual, door, strict=True)]
    return ", ".join(f"MAP *:{usual} 127.0.0.1:{port}" for usual, port in pairs)

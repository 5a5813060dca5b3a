"""A visit by real Chromium, recorded to a HAR: log in, and ask twice who is logged in."""

from pathlib import Path

from playwright.sync_api import sync_playwright

from lab.browser import PASSWORD
from lab.wire.edge import HOST, Edge

SWITCHES = ("--no-sandbox", "--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,LocalNetworkAccessChecks")
_LOGIN = """async ([email, password]) => (await fetch("/api/auth/login", {
    method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify({email, password})})).status"""
_ASK = '() => fetch("/api/me").then((answer) => answer.status)'


def record(edge: Edge, scheme: str, to: Path, chromium: str) -> list[int]:
    """Visit `edge` under the shop's name, write the HAR to `to`, and return the statuses that the person met."""
    rules = f"MAP {HOST}:443 127.0.0.1:{edge.tls}, MAP {HOST}:80 127.0.0.1:{edge.plain}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=[*SWITCHES, f"--host-resolver-rules={rules}"])
        context = browser.new_context(ignore_https_errors=True, record_har_path=to)
        page = context.new_page()
        page.goto(f"{scheme}://{HOST}/")
        statuses = [page.evaluate(_LOGIN, ["ana@example.com", PASSWORD]), page.evaluate(_ASK), page.evaluate(_ASK)]
        context.close()
        browser.close()
    return statuses

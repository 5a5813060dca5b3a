"""What people and operators do while the service runs."""

import contextlib
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg

from lab.express_logs.stage import SECRET, Stage, one_visit, visit


def restart(stage: Stage) -> None:
    service = stage.service()
    browser = stage.browser(service)
    visit(browser)
    service.restart()
    if service.exit_code is None:
        stage.browser(service, dict(browser.cookies)).me()


def change_secret(stage: Stage) -> None:
    service = stage.service()
    browser = stage.browser(service)
    visit(browser)
    service.restart(SESSION_SECRET=SECRET[::-1])
    stage.browser(service, dict(browser.cookies)).me()


def four_at_once(stage: Stage) -> None:
    """Four instances find no table and wait for one lock to create it, so that they go on at the same instant."""
    services = [stage.service(INSTANCE=f"web-{number}") for number in range(1, 5)]
    browsers = [stage.browser(service) for service in services]
    blocker = stage.connect()
    with ThreadPoolExecutor(len(browsers)) as together:
        with blocker.transaction(force_rollback=True):
            blocker.execute("CREATE TABLE session ()")
            visits = [together.submit(visit, browser) for browser in browsers]
            stage.wait_for_waiters(len(browsers))
        for done in visits:
            done.result()
    for browser in browsers:
        visit(browser)


def meanwhile(sql: str) -> Callable[[Stage], None]:
    """People are logged in while the SQL is run, and come back."""

    def act(stage: Stage) -> None:
        browser = stage.browser(stage.service())
        visit(browser)
        stage.execute(sql)
        browser.me()
        visit(browser)

    return act


def locked(stage: Stage) -> None:
    browser = stage.browser(stage.service())
    blocker = stage.connect()
    with blocker.transaction():
        blocker.execute("LOCK TABLE session IN ACCESS EXCLUSIVE MODE")
        visit(browser)


def save_nul(stage: Stage) -> None:
    browser = stage.browser(stage.service())
    visit(browser)
    browser.onboarding("Analytical\0Engines")
    browser.me()


def prune(stage: Stage) -> None:
    service = stage.service()
    visit(stage.browser(service))
    while "Failed to prune sessions" not in service.log:
        time.sleep(0.1)


def starve(stage: Stage) -> None:
    """One request holds the pool's only connection, waiting for a lock; the others wait for the connection."""
    service = stage.service()
    first, second = stage.browser(service), stage.browser(service)
    blocker = stage.connect()
    with ThreadPoolExecutor(1) as other, blocker.transaction():
        blocker.execute("LOCK TABLE session IN ACCESS EXCLUSIVE MODE")
        other.submit(first.login)
        stage.wait_for_waiters(1)
        visit(second)


def crowded_by(role: str, password: str | None = None) -> Callable[[Stage], None]:
    """Another program, as this role, has taken every connection it can get before the service starts."""

    def act(stage: Stage) -> None:
        with contextlib.suppress(psycopg.OperationalError):
            while True:
                stage.connect(role, password)
        one_visit(stage)

    return act

"""The place one fault is played on, and what a fault is."""

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import psycopg

from lab.browser import Browser
from lab.express import APP, ExpressService
from sessile.demo.postgres import EmbeddedPostgres

SECRET = "a-secret-of-the-lab-and-of-nobody-else"
CONNECT_PG_SIMPLE = (APP / "node_modules/connect-pg-simple/table.sql").read_text() + "; GRANT ALL ON session TO app"


class Witness(Browser):
    """A browser that remembers every cookie value it ever held, to mask it in the log."""

    def __init__(self, url: str, cookies: dict[str, str] | None = None) -> None:
        super().__init__(url, cookies)
        self.seen: set[str] = set()

    def request(self, method: str, path: str, *, json: object = None, headers: Mapping[str, str] | None = None) -> int:
        status = super().request(method, path, json=json, headers=headers)
        self.seen.update(self.cookies.values())
        return status


class Stage:
    """The place one fault is played on: a database, the service's way into it, the services and the browsers."""

    def __init__(self, server: EmbeddedPostgres, database: str, fault: "Fault", directory: Path, exits: ExitStack) -> None:
        self.server = server
        self.database = database
        self.fault = fault
        self.directory = directory
        self.exits = exits
        self.browsers: list[Witness] = []

    def connect(self, role: str = "postgres", password: str | None = None) -> psycopg.Connection:
        url = self.server.url(self.database, user=role, password=password)
        return self.exits.enter_context(psycopg.connect(url, autocommit=True))

    def execute(self, sql: str) -> None:
        self.connect().execute(sql)

    def wait_for_waiters(self, number: int) -> None:
        watcher = self.connect()
        while watcher.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone() != (number,):
            time.sleep(0.02)

    def service(self, **environment: str) -> ExpressService:
        settings = {"DATABASE_URL": self.url, "SESSION_SECRET": SECRET, **self.fault.environment, **environment}
        return self.exits.enter_context(ExpressService(settings, self.directory))

    @property
    def url(self) -> str:
        fault = self.fault
        url = self.server.url(fault.database or self.database, user=fault.role, password=fault.password)
        return f"{url}?{urlencode({'options': fault.options})}" if fault.options else url

    def browser(self, service: ExpressService, cookies: dict[str, str] | None = None) -> Witness:
        browser = self.exits.enter_context(Witness(service.url, cookies))
        self.browsers.append(browser)
        return browser


def visit(browser: Browser) -> None:
    browser.health()
    browser.login()
    browser.me()
    browser.onboarding()


def one_visit(stage: Stage) -> None:
    visit(stage.browser(stage.service()))


@dataclass(frozen=True)
class Fault:
    """The SQL that makes the table, the service's settings and its way into the database, and what people then do.

    `cause` is what the doctor must tell from the log alone, "" where it is healthy or only parsed; with several instances from
    the logs of those that are `told_by`.
    """

    sql: str = CONNECT_PG_SIMPLE
    environment: Mapping[str, str] = field(default_factory=dict)
    act: Callable[[Stage], None] = one_visit
    options: str = ""
    role: str = "app"
    password: str = "app"
    database: str = ""
    cause: str = ""
    told_by: tuple[str, ...] = ()

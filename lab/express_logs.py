"""Record what the Express service really writes under each fault.

python -m lab.express_logs tests/fixtures/logs/express [FAULT...]
"""

import contextlib
import re
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlencode

import psycopg

from lab.browser import Browser
from lab.express import APP, ExpressService
from sessile.demo.postgres import EmbeddedPostgres

SECRET = "a-secret-of-the-lab-and-of-nobody-else"
ROLES = """
    CREATE ROLE app LOGIN PASSWORD 'app';
    CREATE ROLE limited LOGIN PASSWORD 'app' CONNECTION LIMIT 1 IN ROLE app;
"""
CONNECT_PG_SIMPLE = (APP / "node_modules/connect-pg-simple/table.sql").read_text() + "; GRANT ALL ON session TO app"
NOTHING = "GRANT CREATE ON SCHEMA public TO app"
NO_KEY = "ALTER TABLE session DROP CONSTRAINT session_pkey"


def table(columns: str) -> str:
    return f"CREATE TABLE session ({columns}); GRANT ALL ON session TO app"


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


FAULTS = {
    "healthy": Fault(),
    "healthy-json": Fault(environment={"LOG_FORMAT": "json"}),
    "healthy-debug": Fault(environment={"DEBUG": "express-session"}),
    "no-key-explicit": Fault(f"{CONNECT_PG_SIMPLE}; {NO_KEY}", cause="save-no-primary-key"),
    "no-key-implicit": Fault(f"{CONNECT_PG_SIMPLE}; {NO_KEY}", {"SAVE": "implicit"}, cause="save-no-primary-key"),
    "no-key-json": Fault(f"{CONNECT_PG_SIMPLE}; {NO_KEY}", {"LOG_FORMAT": "json"}, cause="save-no-primary-key"),
    "no-key-implicit-json": Fault(f"{CONNECT_PG_SIMPLE}; {NO_KEY}", {"LOG_FORMAT": "json", "SAVE": "implicit"}),
    "no-key-message": Fault(f"{CONNECT_PG_SIMPLE}; {NO_KEY}", {"LOG_ERRORS": "message"}, cause="save-no-primary-key"),
    "deferrable-key": Fault(
        f"{CONNECT_PG_SIMPLE}; {NO_KEY}; ALTER TABLE session ADD PRIMARY KEY (sid) DEFERRABLE", cause="save-key-deferrable"
    ),
    "table-missing-explicit": Fault(NOTHING, cause="boot-table-missing"),
    "table-missing-implicit": Fault(NOTHING, {"SAVE": "implicit"}, cause="boot-table-missing"),
    "table-dropped": Fault(act=meanwhile("DROP TABLE session"), cause="boot-table-missing"),
    "create-race": Fault(
        NOTHING,
        {"CREATE_TABLE": "1"},
        four_at_once,
        cause="reach-creation-failure-remembered",
        told_by=("web-1", "web-3", "web-4"),
    ),
    "create-denied": Fault("SELECT", {"CREATE_TABLE": "1"}, cause="boot-creation-denied"),
    "schema-missing": Fault(NOTHING, {"CREATE_TABLE": "1", "SCHEMA_NAME": "auth"}, cause="boot-schema-missing"),
    "ddl-rerun": Fault(NOTHING, {"BOOT_DDL": "if-not-exists-plus-alter"}, restart, cause="boot-key-added-twice"),
    "ddl-rerun-fatal": Fault(NOTHING, {"BOOT_DDL": "same-but-fatal"}, restart, cause="boot-ddl-aborts-start"),
    "ddl-contradictory": Fault(NOTHING, {"BOOT_DDL": "inline-plus-alter"}, cause="boot-table-half-created"),
    "no-insert-right": Fault(f"{CONNECT_PG_SIMPLE}; REVOKE INSERT ON session FROM app", cause="save-rights-missing"),
    "no-select-right": Fault(f"{CONNECT_PG_SIMPLE}; REVOKE SELECT ON session FROM app", cause="save-rights-missing"),
    "no-update-right": Fault(f"{CONNECT_PG_SIMPLE}; REVOKE UPDATE ON session FROM app", cause="save-rights-missing"),
    "row-security": Fault(act=meanwhile("ALTER TABLE session ENABLE ROW LEVEL SECURITY"), cause="find-row-security"),
    "read-only": Fault(options="-c default_transaction_read_only=on", cause="reach-default-read-only"),
    "too-many-clients": Fault(act=crowded_by("postgres"), cause="reach-connections-exhausted"),
    "too-many-clients-reserved": Fault(act=crowded_by("app", "app"), cause="reach-connections-exhausted"),
    "too-many-clients-role": Fault(act=crowded_by("limited", "app"), role="limited", cause="reach-role-connection-limit"),
    "password-wrong": Fault(password="wrong", cause="reach-wrong-password"),
    "database-missing": Fault(database="missing", cause="reach-database-missing"),
    "connection-refused": Fault(environment={"DATABASE_URL": "postgresql://app:app@127.0.0.1:1/app"}, cause="reach-refused"),
    "socket-missing": Fault(
        environment={"DATABASE_URL": "postgresql://app:app@/app?host=/cloudsql/project:zone:name"}, cause="reach-socket-missing"
    ),
    "host-unknown": Fault(environment={"DATABASE_URL": "postgresql://app:app@dpg-example-a/app"}, cause="reach-host-not-found"),
    "lock-timeout": Fault(options="-c lock_timeout=200", act=locked, cause="reach-lock-held"),
    "statement-timeout": Fault(options="-c statement_timeout=200", act=locked, cause="reach-statement-timeout"),
    "pool-starved": Fault(
        environment={"POOL_MAX": "1", "CONNECTION_TIMEOUT_MS": "300"}, act=starve, cause="reach-pool-exhausted"
    ),
    "pool-ended": Fault(environment={"BOOT_ENDS_POOL": "1"}, cause="reach-pool-ended"),
    "connections-terminated": Fault(
        act=meanwhile("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'")
    ),
    "prune-failed": Fault(
        f"{CONNECT_PG_SIMPLE}; REVOKE DELETE ON session FROM app", {"PRUNE_SECONDS": "1"}, prune, cause="save-rights-missing"
    ),
    "secret-missing": Fault(environment={"SESSION_SECRET": ""}),
    "secret-changed-debug": Fault(environment={"DEBUG": "express-session"}, act=change_secret),
    "memory-store": Fault(environment={"STORE": "memory", "NODE_ENV": "production"}, cause="boot-memory-store"),
    "sid-too-short": Fault(f"{CONNECT_PG_SIMPLE}; ALTER TABLE session ALTER sid TYPE varchar(20)", cause="save-sid-too-short"),
    "sess-jsonb-nul": Fault(
        f"{CONNECT_PG_SIMPLE}; ALTER TABLE session ALTER sess TYPE jsonb", act=save_nul, cause="save-text-rejected"
    ),
    "expire-bigint": Fault(
        table("sid varchar PRIMARY KEY, sess json NOT NULL, expire bigint NOT NULL"), cause="save-expire-wrong-type"
    ),
    "expire-text": Fault(
        table("sid varchar PRIMARY KEY, sess json NOT NULL, expire text NOT NULL"), cause="save-expire-wrong-type"
    ),
    "columns-foreign": Fault(
        table('id text PRIMARY KEY, token text NOT NULL, "expiresAt" timestamp NOT NULL'), cause="boot-foreign-table"
    ),
    "column-extra-not-null": Fault(
        f"{CONNECT_PG_SIMPLE}; ALTER TABLE session ADD user_id integer NOT NULL", cause="save-extra-column-required"
    ),
}


def mask(stage: Stage, log: str) -> str:
    """The log without cookies, session ids, user ids, e-mail addresses, cancel keys and the place it was recorded at."""
    for cookie in set().union(*(browser.seen for browser in stage.browsers)):
        signed = unquote(cookie)
        sid = signed.removeprefix("s:").rpartition(".")[0]
        log = log.replace(cookie, "<cookie>").replace(signed, "<cookie>").replace(sid, "<sid>")
    log = re.sub(r"[\w.]+@example\.com", "<email>", log)
    log = re.sub(r"secretKey: -?\d+", "secretKey: <secret>", log)
    log = re.sub(r'"userId":\d+', '"userId":<id>', log)
    return log.replace(str(APP), "/app")


def record(server: EmbeddedPostgres, name: str, folder: Path) -> None:
    """Play one fault on a new database and write each instance's log: `<fault>.log`, or `<fault>-<instance>.log`."""
    database = name.replace("-", "_")
    server.create_database(database)
    with tempfile.TemporaryDirectory() as directory:
        with ExitStack() as exits:
            stage = Stage(server, database, FAULTS[name], Path(directory), exits)
            stage.execute(stage.fault.sql)
            stage.fault.act(stage)
        for log in sorted(Path(directory).iterdir()):
            instance = "" if log.stem == "express" else f"-{log.stem}"
            (folder / f"{name}{instance}.log").write_text(mask(stage, log.read_text()))


def main(folder: Path, names: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with EmbeddedPostgres(auth="scram-sha-256") as server:
        with psycopg.connect(server.url(), autocommit=True) as admin:
            admin.execute(ROLES)
        for name in names or FAULTS:
            record(server, name, folder)
            print(name)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])

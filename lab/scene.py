"""One run of a service on a database of its own: people log in, something breaks, people come back."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import httpx2
import psycopg
from psycopg import sql

from lab.browser import Browser
from lab.express import ExpressService
from lab.python import PythonService
from lab.service import Service
from sessile.demo.postgres import EmbeddedPostgres

ROLE = "shop"
PASSWORD = "shop-password"
SECRET = "Vq3xT8mZ1nB6kR9wL4pY7sD2fH5jC0gA"
SERVICES: Mapping[str, Callable[[Mapping[str, str], Path], Service]] = {"express": ExpressService, "sessile": PythonService}


@dataclass
class Visits:
    """The statuses that people met after the fault: who was logged in before, who logs in now, and who asks only for /health."""

    returning: list[int] = field(default_factory=list)
    logging_in: list[int] = field(default_factory=list)
    logged_in: list[int] = field(default_factory=list)
    health: list[int] = field(default_factory=list)

    @property
    def well(self) -> bool:
        """Whether nobody noticed anything."""
        return all(status == 200 for status in self.returning + self.logging_in + self.logged_in + self.health)


class Scene:
    """A database, the instances of one service on it, and the people who use them.

    `kind` is one of `services`: `express` or `sessile` unless others are given. `url` is what the service connects with and the
    doctor is given; a fault may change it, and `environment`, before the service starts.
    """

    def __init__(
        self,
        kind: str,
        postgres: EmbeddedPostgres,
        directory: Path,
        name: str,
        services: Mapping[str, Callable[[Mapping[str, str], Path], Service]] = SERVICES,
    ) -> None:
        self._kinds = services
        self.kind, self.postgres, self.directory = kind, postgres, directory
        self.database = f"lab_{name}".replace("-", "_")[:60]
        self.environment: dict[str, str] = {"CREATE_TABLE": "1", "SAVE": "implicit"}
        self.env_files: list[dict[str, str] | str] = [{"SESSION_SECRET": SECRET}]
        self.services: list[Service] = []
        self.people: list[dict[str, str]] = []
        self._resources = ExitStack()
        self._make_database()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        self._resources.close()
        if self.postgres.running:
            self.postgres.drop_database(self.database)

    @property
    def admin(self) -> str:
        """The superuser's URL of the scene's database."""
        return self.postgres.url(self.database)

    def sql(self, *statements: str, url: str | None = None) -> list[tuple[object, ...]]:
        """Run statements as the superuser (or by another URL), and return the rows of the last."""
        with psycopg.connect(url or self.admin, autocommit=True) as connection:
            rows: list[tuple[object, ...]] = []
            for statement in statements:
                cursor = connection.execute(statement.encode())
                rows = cursor.fetchall() if cursor.description else []
            return rows

    @contextmanager
    def hold(self, url: str, *statements: str) -> Iterator[None]:
        """Keep a transaction open in which the statements were run."""
        with psycopg.connect(url) as connection:
            for statement in statements:
                connection.execute(statement.encode())
            yield
            connection.rollback()

    def keep(self, resource: AbstractContextManager[Any]) -> None:
        """Enter a context that lasts until the scene is over."""
        self._resources.enter_context(resource)

    def start(self) -> None:
        """Start one instance for each .env file, each with its own log."""
        for number, path in enumerate(self.env_paths()):
            environment = {
                **self.environment,
                "DATABASE_URL": self.url,
                "INSTANCE": f"web-{number + 1}",
                **self._settings(number, path),
            }
            service = self.service(environment)
            self.services.append(service)
            self._resources.callback(service.stop)
            service.start()

    def service(self, environment: Mapping[str, str]) -> Service:
        """One instance, with its settings, not yet started."""
        return self._kinds[self.kind](environment, self.directory)

    def restart(self) -> None:
        """Stop every instance and start it again, as a deploy does."""
        for service in self.services:
            service.restart()

    def people_come(self, count: int = 3) -> None:
        """Some people log in and use the service; whoever cannot is no person of the story."""
        for number in range(count):
            cookies: dict[str, str] = {}
            if self._ask(number, cookies, "login", ("ana", "ben", "chandra", "dana")[number % 4]) == 200:
                self._ask(number, cookies, "me")
                self._ask(number, cookies, "onboarding")
                self.people.append(cookies)

    def people_come_back(self) -> Visits:
        """Everybody asks who they are, others log in and ask; with several instances each request meets the next one."""
        visits = Visits()
        for number, cookies in enumerate(self.people):
            visits.returning.append(self._ask(number + 1, cookies, "me"))
        for number in range(3):
            cookies = {}
            visits.logging_in.append(self._ask(number, cookies, "login", "dana"))
            visits.logged_in.append(self._ask(number + 1, cookies, "me"))
            visits.logged_in.append(self._ask(number, cookies, "me"))
        visits.health.append(self._ask(0, {}, "health"))
        return visits

    def env_paths(self) -> list[Path]:
        """The .env files as the doctor is given them, with the database's address in each."""
        paths = []
        for number, content in enumerate(self.env_files):
            path = self.directory / f"web-{number + 1}.env"
            lines = content if isinstance(content, str) else "".join(f"{name}={value}\n" for name, value in content.items())
            path.write_text(f"NODE_ENV=production\nDATABASE_URL={self.url}\n{lines}", encoding="utf-8", newline="")
            paths.append(path)
        return paths

    def evidence(self) -> list[str]:
        """What the doctor is given: the database, the .env files, the logs."""
        logs = [str(service.log_file) for service in self.services if service.log_file.exists()]
        return [self.url, *map(str, self.env_paths()), *logs]

    def _settings(self, number: int, path: Path) -> dict[str, str]:
        content = self.env_files[number]
        if isinstance(content, str):
            return {"DOTENV_PATH": str(path)}
        return {name: value.replace("\\n", "\n") for name, value in content.items()}

    def browser(self, service: Service, cookies: dict[str, str]) -> Browser:
        """The browser of whoever has these cookies."""
        return Browser(service.url, cookies, timeout=8)

    def _ask(self, number: int, cookies: dict[str, str], what: str, *who: str) -> int:
        service = self.services[number % len(self.services)]
        if service.exit_code is not None:
            return 0
        browser = self.browser(service, cookies)
        try:
            ask = getattr(browser, what)
            status: int = ask(*(f"{name}@example.com" for name in who))
        except httpx2.HTTPError:
            return 0
        else:
            return status
        finally:
            browser.close()

    def _make_database(self) -> None:
        self.postgres.create_database(self.database)
        with psycopg.connect(self.postgres.url(), autocommit=True) as connection:
            role, name = sql.Identifier(f"{ROLE}_{self.database}"), sql.Identifier(self.database)
            connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(role))
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(role, sql.Literal(PASSWORD)))
            connection.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(name, role))
        self.role = f"{ROLE}_{self.database}"
        self.url = self.postgres.url(self.database, user=self.role, password=PASSWORD)

    def url_with(self, **changes: str) -> str:
        """The service's URL with parts replaced: `port`, `password`, `database`, `query`."""
        parts = urlsplit(self.url)
        port = changes.get("port", str(parts.port))
        where = f"{parts.username}:{changes.get('password', PASSWORD)}@{changes.get('host', parts.hostname or '')}:{port}"
        path = f"/{changes['database']}" if "database" in changes else parts.path
        return parts._replace(netloc=where, path=path, query=changes.get("query", "")).geturl()


def doctor_environment() -> dict[str, str]:
    """The environment in which the lab runs the doctor: nothing of the machine's own configuration."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH", "VIRTUAL_ENV") if name in os.environ}

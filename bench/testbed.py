"""The test bed: PostgreSQL with its sessions, the servers on it, and one run after another."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench import data
from bench.checks import check
from bench.contenders import EXPRESS_TOUCH, POOL, Contender, Cookies
from bench.cpu import Meter
from bench.load import COUNT_64, ME_16, ME_64, Answers, Load, put
from bench.lookup import ANY, ANY_64, LOOK_UPS, look_up
from bench.runs import Journal, Run
from bench.servers import Server
from sessile.demo.postgres import EmbeddedPostgres

POOLS = (10, 20)
TUNING_ROUNDS = 3
FIRST_WARM_UP_SECONDS = 5

DATABASE_SETTINGS: dict[str, str | float] = {"timezone": "UTC", "max_connections": 200}
"""All else is PostgreSQL's default, durability above all; connect-pg-simple writes in the connection's zone."""


@dataclass(slots=True)
class Testbed:
    """What every run needs. `seconds` is how long a run lasts, and `warm_up` how long the load lasts before it, in seconds."""

    database: EmbeddedPostgres
    connection: data.Connection
    journal: Journal
    directory: Path
    secret: str
    core: int
    seconds: int
    warm_up: int
    pool: int = POOL
    _cookies: dict[str, Path] = field(default_factory=dict)

    def started(self, contenders: Sequence[Contender], stack: ExitStack) -> list[Server]:
        """Start these servers, one process each, until the stack closes; every route of each is checked. Raises WrongAnswer."""
        servers = [stack.enter_context(self._server(contender, self.pool)) for contender in contenders]
        check(servers, self.connection, self.secret)
        for server in servers:
            self._prepare(server)
        data.grow(self.connection)
        return servers

    def tune(self) -> None:
        """Try the peer with pools of several sizes, and keep the one that serves more."""
        with ExitStack() as stack:
            tried = {pool: stack.enter_context(self._server(EXPRESS_TOUCH, pool)) for pool in POOLS}
            for server in tried.values():
                self._prepare(server)
            for number in range(1, TUNING_ROUNDS + 1):
                for load in (ME_64, COUNT_64):
                    for pool, server in tried.items():
                        self.run(server, load, number, stage=tuning(pool))
        self.pool = max(POOLS, key=lambda pool: median(run.rate for run in self.journal.of("express", ME_64, tuning(pool))))

    def rounds(self, servers: Sequence[Server], pairs: Sequence[tuple[Contender, Load]], rounds: int) -> None:
        """Put each server under its loads, load by load and in each load server by server, every round in another order."""
        running = {server.contender: server for server in servers}
        loads = list(dict.fromkeys(load for _, load in pairs))
        for number in range(1, rounds + 1):
            for load in loads:
                under = [running[contender] for contender, its in pairs if its == load]
                turn = number % len(under)
                for server in under[turn:] + under[:turn]:
                    self.run(server, load, number)

    def run(self, server: Server, load: Load, number: int, *, stage: str = "rounds") -> None:
        """One run: the table put in order, a warm-up, and the load that is measured."""
        name = server.contender.name
        cookies = self._cookies.get(name)
        data.tidy(self.connection)
        put(load, server.url, cookies, self.warm_up)
        meter = Meter.read(server.pid, self.database.pid)
        answers = put(load, server.url, cookies, self.seconds)
        used = meter.since()
        self._keep(
            name, load, number, answers, server_s=used.server, database_s=used.database, other=used.other_share, stage=stage
        )

    def look_ups(self, rounds: int, large_rows: int) -> None:
        """Look up sessions among 10^5 rows and among many more, in turns."""
        data.fill_large(self.connection, large_rows)
        tables = ((data.TABLE, data.ROWS), (data.LARGE_TABLE, large_rows))
        for number in range(1, rounds + 1):
            for load in LOOK_UPS:
                for table, rows in tables:
                    chosen = data.anywhere(rows) if load in (ANY, ANY_64) else data.under_load(rows)
                    self._look_up(data.of_rows(rows), table, chosen, load, number)

    def _look_up(self, name: str, table: str, chosen: Sequence[int], load: Load, number: int) -> None:
        ids = self.directory / "ids"
        ids.write_text("\n".join(data.sid(n) for n in chosen), encoding="ascii")
        meter = Meter.read(None, self.database.pid)
        answers = look_up(self.database.url(), table, ids, batch=load.connections, seconds=self.seconds, core=self.core)
        used = meter.since()
        self._keep(name, load, number, answers, server_s=0, database_s=used.database, other=used.other_share)

    def _server(self, contender: Contender, pool: int) -> Server:
        settings = {"DATABASE_URL": self.database.url(), "SESSION_SECRET": self.secret}
        return Server(contender, settings, self.core, self.directory, pool=pool)

    def _prepare(self, server: Server) -> None:
        """Have the cookies of its load at hand, and the server warm: Node.js compiles what is asked often."""
        contender = server.contender
        if contender.cookies is not Cookies.NONE:
            shared = contender.cookies is Cookies.SHARED
            cookies = data.shared_cookies(self.secret) if shared else data.own_cookies(server.url)
            self._cookies[contender.name] = data.write_cookies(cookies, self.directory / f"{contender.name}.cookies")
        put(ME_16, server.url, self._cookies.get(contender.name), FIRST_WARM_UP_SECONDS)

    def _keep(
        self,
        name: str,
        load: Load,
        number: int,
        answers: Answers,
        *,
        server_s: float,
        database_s: float,
        other: float,
        stage: str = "rounds",
    ) -> None:
        requests = max(answers.requests, 1)
        run = Run(
            number,
            name,
            load,
            answers.seconds,
            answers.requests,
            answers.requests / answers.seconds,
            answers.p50_ms,
            answers.p99_ms,
            answers.max_ms,
            answers.errors,
            server_s / requests * 1e6,
            database_s / requests * 1e6,
            other,
            stage,
        )
        self.journal.add(run)
        print(f"{stage} {number}  {load!s:<18} {name:<18} {run}", flush=True)


def tuning(pool: int) -> str:
    """The stage in which a pool of that size is tried."""
    return f"pool of {pool}"

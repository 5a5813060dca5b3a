"""One drill: a load, the outages in their order, the ledger checked after each and at the end."""

import asyncio
import logging
import random
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import orjson
import psycopg

from lab.chaos import outages
from lab.chaos.crowd import Crowd
from lab.chaos.ledger import Action, Ledger, Promise, State
from lab.chaos.service import POOL_SIZE, App, ChaosService, Held
from sessile.demo.postgres import EmbeddedPostgres

Strike = Callable[[], Awaitable[None]]

log = logging.getLogger("lab.chaos")

DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
RECOVERY_SECONDS = 15.0
STORE_TIMEOUT_SECONDS = 2.0
PAUSE_SECONDS = 2 * STORE_TIMEOUT_SECONDS
REFUSED_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What a drill does. `kills` are taken in turn, with `calm` seconds (least, most) of load before each and `down` seconds
    without a server after it; `terminate`, `pause` and the `refusals` of writes come once each among them. `app` is
    what the service is written on, `settings` are PostgreSQL's.
    """

    kills: tuple[outages.Kill, ...]
    people: int = 40
    calm: tuple[float, float] = (1.5, 4.5)
    down: tuple[float, float] = (0.1, 3.0)
    terminate: bool = True
    pause: bool = True
    refusals: bool = True
    app: App = App.STARLETTE
    settings: Mapping[str, str] = field(default_factory=lambda: DURABLE)
    seed: int = field(default_factory=lambda: secrets.randbelow(2**32))

    @classmethod
    def of(cls, kills: int, **others: Any) -> "Plan":
        """So many kills, of each kind in turn."""
        return cls(tuple(outages.KILLS[number % len(outages.KILLS)] for number in range(kills)), **others)


@dataclass(slots=True)
class Result:
    """The ledger of a drill, and figures that are no promises: seconds from each restart to the first 200, and in all; what the
    service held of the machine under load before the first strike, and after the last.
    """

    ledger: Ledger
    recoveries: list[float] = field(default_factory=list)
    kills: int = 0
    seconds: float = 0
    held: list[Held] = field(default_factory=list)


class Drill:
    """`plan` carried out on a PostgreSQL and a service of its own; the service logs into `directory`."""

    def __init__(self, plan: Plan, directory: Path) -> None:
        self.plan = plan
        self._dice = random.Random(plan.seed)
        self._directory = directory
        self._ledger = Ledger()
        self._result = Result(self._ledger)
        self._answered_200 = asyncio.Event()

    async def run(self) -> Result:
        """Strike, check, and close the books."""
        begun = time.monotonic()
        with EmbeddedPostgres(settings=self.plan.settings) as postgres:
            url, secret = postgres.url(), secrets.token_urlsafe(32)
            with ChaosService(url, secret, self._directory, timeout=STORE_TIMEOUT_SECONDS, app=self.plan.app) as service:
                await _settle(service.url, url)
                async with Crowd(service.url, self._ledger, self.plan.people, self._dice, self._note) as crowd:
                    for strike in self._strikes(postgres):
                        await asyncio.sleep(self._dice.uniform(*self.plan.calm))
                        if crowd.failed:
                            break
                        if not self._result.held:
                            self._result.held.append(service.held())
                        await strike()
                        await self._audit(url)
                    await asyncio.sleep(self.plan.calm[0])
                    self._result.held.append(service.held())
                    await crowd.leave()
                    await self._close(crowd, url)
                    await self._count_connections(url)
                for error in tracebacks(service.log):
                    self._ledger.breach(Promise.QUIET, f"{error}; see {service.log_file}")
        self._result.seconds = time.monotonic() - begun
        return self._result

    def _strikes(self, postgres: EmbeddedPostgres) -> list[Strike]:
        strikes: list[Strike] = [self._killing(kill, postgres) for kill in self.plan.kills]
        if self.plan.terminate:
            strikes.insert(len(strikes) // 3, self._passing("terminate", lambda: outages.terminate(postgres)))
        if self.plan.pause:
            strikes.insert(2 * len(strikes) // 3, self._passing("pause", lambda: outages.pause(postgres, PAUSE_SECONDS)))
        if self.plan.refusals:
            for strike in (outages.read_only, outages.full_disk):
                strikes.insert(len(strikes) // 2, self._passing(strike.__name__, partial(strike, postgres, REFUSED_SECONDS)))
        return strikes

    def _killing(self, kill: outages.Kill, postgres: EmbeddedPostgres) -> Strike:
        async def strike() -> None:
            await asyncio.to_thread(kill, postgres)
            await asyncio.sleep(self._dice.uniform(*self.plan.down))
            await asyncio.to_thread(postgres.start)
            self._result.kills += 1
            await self._recover(f"{kill.__name__} {self._result.kills}")

        return strike

    def _passing(self, name: str, strike: Callable[[], None]) -> Strike:
        async def struck() -> None:
            await asyncio.to_thread(strike)
            await self._recover(name)

        return struck

    async def _recover(self, name: str) -> None:
        begun = time.monotonic()
        self._answered_200.clear()
        try:
            async with asyncio.timeout(RECOVERY_SECONDS):
                await self._answered_200.wait()
        except TimeoutError:
            self._ledger.breach(Promise.RECOVERED, f"no 200 within {RECOVERY_SECONDS:.0f} s after {name}")
        took = time.monotonic() - begun
        self._result.recoveries.append(took)
        log.info("%s: the first 200 after %.2f s; so far %s", name, took, dict(self._ledger.answers))

    def _note(self, status: int) -> None:
        if status == 200:
            self._answered_200.set()

    async def _audit(self, url: str) -> None:
        snapshot = self._ledger.snapshot()
        self._ledger.audit(snapshot, await rows(url))

    async def _count_connections(self, url: str) -> None:
        """What an outage left behind would pile up. A backend ends a moment after its connection."""
        count = 0
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            for _ in range(int(RECOVERY_SECONDS / 0.2)):
                (count,) = await (await connection.execute(_CONNECTIONS)).fetchone() or (0,)
                if count <= POOL_SIZE:
                    return
                await asyncio.sleep(0.2)
        self._ledger.breach(Promise.CONNECTIONS, f"{count} connections of a pool of {POOL_SIZE}")

    async def _close(self, crowd: Crowd, url: str) -> None:
        """Ask for every session once more, living and ended, and read the table with nobody about."""
        for account in list(self._ledger.accounts):
            if account.state is State.LIVE:
                await _until_answered(partial(crowd.ask, account, Action.READ))
        for cookie in self._ledger.ended:
            await _until_answered(partial(crowd.ask_ended, cookie))
        await self._audit(url)


_CONNECTIONS = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"


def tracebacks(text: str) -> list[str]:
    """The last line of each traceback in a log: the error that got away."""
    return re.findall(r"^Traceback .*:\n(?:[ \n].*\n|\n)*(\S.*)", text, re.MULTILINE)


async def _settle(service_url: str, url: str) -> None:
    """Wait for the service, and let its table outlast even a server that forgets: the sessions are what is judged."""
    async with httpx2.AsyncClient(trust_env=False, timeout=RECOVERY_SECONDS) as client:
        (await client.get(f"{service_url}/health")).raise_for_status()
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute("CHECKPOINT")


async def _until_answered(ask: Callable[[], Awaitable[int]]) -> None:
    for _ in range(int(RECOVERY_SECONDS / 0.2)):
        if await ask() != 503:
            return
        await asyncio.sleep(0.2)


async def rows(url: str) -> dict[str, dict[str, Any]]:
    """The table's sessions by id."""
    async with await psycopg.AsyncConnection.connect(url) as connection:
        found = await (await connection.execute("SELECT sid, sess::text FROM session")).fetchall()
    return {session_id: orjson.loads(text) for session_id, text in found}

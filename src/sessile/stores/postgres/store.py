"""Sessions in PostgreSQL for asynchronous services, on psycopg."""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Sequence

import psycopg

from sessile.errors import ConfigurationError, SaveUnknown, StoreError, StoreRefused, StoreTimeout, StoreUnavailable, TableError
from sessile.session.store import Create, Delete, Load, Replace, Rotate, Touch, Update, Want
from sessile.stores.breaker import Breaker
from sessile.stores.postgres.batches import Batches, Future
from sessile.stores.postgres.budget import LIMITS, Budget
from sessile.stores.postgres.connections import Connections
from sessile.stores.postgres.failures import failure, first_line, lost_connection, never_started, unprepared
from sessile.stores.postgres.line import Line, Pool
from sessile.stores.postgres.readiness import MakingReady, Ready, make_ready
from sessile.stores.postgres.source import Source
from sessile.stores.postgres.statements import Answers, Query
from sessile.stores.postgres.table import TableName
from sessile.stores.postgres.touches import Touches

log = logging.getLogger("sessile")

TRIES = 3
PAUSE_SECONDS = (0.01, 0.05)
"""Between two tries, at random, so that those who failed together do not try together."""


class PostgresStore:
    """The page's table by default: `session` with `sid`, `sess` and `expire`, shared with Express where there is one.

    `database` is a URL as people have it, or a psycopg AsyncConnectionPool of your own (which you open and close); None takes
    `DATABASE_URL`. `table` is `session` or `schema.session`. `create=False` leaves the table to migrations. `triggers=True` also
    keeps Express from bringing back a session that was logged out while one of its requests was in flight; `journal=True` keeps,
    for 30 days, when each session began and ended: `sessile why` reads it. `time_zone` names the zone in which a zoneless
    `expire` is written, whatever the connection's; None is UTC, and rows that tell another are refused. `pool_size` counts
    connections of this process, `workers` the processes (None: what `WEB_CONCURRENCY` says); `timeout` is in seconds and bounds
    every call. Nothing is connected before `open`.

    What is wanted at the same moment goes to the server in one statement, and is committed together. Raises ConfigurationError
    for a URL that cannot be one.
    """

    def __init__(
        self,
        database: str | Pool | None = None,
        *,
        table: str = "session",
        create: bool = True,
        triggers: bool = False,
        journal: bool = False,
        time_zone: str | None = None,
        pool_size: int = 10,
        workers: int | None = None,
        timeout: float = 5.0,
    ) -> None:
        self.name = TableName.parse(table)
        self.timeout = timeout
        self._create, self._triggers, self._journal, self._time_zone = create, triggers, journal, time_zone
        self._workers = workers
        url = database if isinstance(database, str) or database is None else None
        theirs = database if not isinstance(database, str) else None
        source = Source.of(url) if theirs is None else None
        self._connections = Connections(source, theirs, size=pool_size, timeout=timeout)
        self._breaker = Breaker(time.monotonic)
        self._ready: Ready | None = None
        self._preparing = asyncio.Lock()
        self._touches = Touches(self._performed)
        self._kinds = {
            kind: Batches(self._performed, seconds=timeout, late=self._late if kind in (Load, Touch) else self._late_save)
            for kind in (Load, Create, Update, Touch, Delete, Replace, Rotate)
        }

    async def open(self) -> None:
        """Connect, create the table if need be, and check it.

        Raises TableError if sessions cannot live in the table. A database that does not answer is logged, not raised: the check
        is then made at the first request that reaches it.
        """
        try:
            await self._prepared()
        except StoreUnavailable as error:
            log.error("session stopped at reach: unavailable (%s); it is tried again at each request", error)

    async def close(self) -> None:
        """Write what is still to be written, and close the pool, unless it is the user's own."""
        for batches in self._kinds.values():
            await batches.drained()
        if self._ready is not None:
            await self._touches.flush()
        self._ready = None
        await self._connections.close()

    def perform(self, wants: Sequence[Want]) -> Awaitable[Answers]:
        """See `Store.perform`."""
        return self._soon(wants[0]) if len(wants) == 1 else self._all(wants)

    async def _all(self, wants: Sequence[Want]) -> Answers:
        return [answer for (answer,) in await asyncio.gather(*(self._soon(want) for want in wants))]

    def _soon(self, want: Want) -> Future:
        if isinstance(want, Touch) and want.lazily:
            self._touches.add(want)
            future: Future = asyncio.get_running_loop().create_future()
            future.set_result((True,))
            return future
        return self._kinds[type(want)].do(want)

    async def _performed(self, wants: Sequence[Want]) -> Answers:
        """Perform wants of one kind; where the server refuses them together, one by one, so that none spoils another."""
        try:
            ready = self._ready or await self._prepared()
        except ConfigurationError as error:
            return [StoreRefused(str(error))] * len(wants)
        except StoreError as error:
            return [error] * len(wants)
        answers = await self._answers(ready.statements.query(wants))
        if not isinstance(answers, StoreError):
            return answers
        if isinstance(answers, StoreRefused) and len(wants) > 1:
            return [(await self._performed([want]))[0] for want in wants]
        return [answers] * len(wants)

    async def _answers(self, query: Query) -> Answers | StoreError:
        if refusal := self._breaker.refusal():
            return refusal
        failed: StoreError | None = None
        for last in (False,) * (TRIES - 1) + (True,):
            try:
                line = await self._connections.take()
                try:
                    rows = await line.rows(query.sql, query.values)
                finally:
                    await self._connections.give_back(line)
                self._breaker.note(None)
                return query.read(rows)
            except StoreError as error:
                failed = error
                break
            except psycopg.Error as error:
                failed = failure(error, writing=not query.repeatable)
                if unprepared(error):
                    await self._unprepared(error)
                elif last or not (never_started(error) or (query.repeatable and lost_connection(error))):
                    break
                await asyncio.sleep(random.uniform(*PAUSE_SECONDS))  # noqa: S311 - jitter, no secret
        self._breaker.note(failed)
        return failed or StoreUnavailable("the store did not answer")

    async def _unprepared(self, error: psycopg.Error) -> None:
        log.warning(
            "a pooler in transaction mode stands before the database (%s); statements are no longer prepared: "
            "say so with ?pgbouncer=true",
            first_line(error),
        )
        await self._connections.without_preparing()

    def _late(self) -> StoreError:
        late = StoreTimeout(f"the store did not answer within {self.timeout:g} s")
        self._breaker.note(late)
        return late

    def _late_save(self) -> StoreError:
        self._late()
        return SaveUnknown(f"the save was not answered within {self.timeout:g} s")

    async def _prepared(self) -> Ready:
        if self._ready is None:
            async with self._preparing:
                if self._ready is None:
                    await self._connections.open()
                    self._ready = await self._make_ready()
        return self._ready

    async def _make_ready(self) -> Ready:
        steps = make_ready(
            self.name, create=self._create, time_zone=self._time_zone, triggers=self._triggers, journal=self._journal
        )
        try:
            async with asyncio.timeout(self.timeout * 2):
                line = await self._connections.take()
                try:
                    ready = await _made_ready(steps, line)
                    [limits] = await line.ask(LIMITS, ())
                finally:
                    await self._connections.give_back(line)
        except (psycopg.Error, TimeoutError) as error:
            raise failure(error, writing=False) from error
        budget = Budget.of(limits, pool=self._connections.size, workers=self._workers)
        for level, remark in (*ready.remarks, budget.remark):
            log.log(level, remark)
        return ready


async def _made_ready(steps: MakingReady, line: Line) -> Ready:
    try:
        ask = next(steps)
        while True:
            try:
                rows = await line.ask(ask.sql.encode(), ask.values)
            except psycopg.DatabaseError as error:
                if error.sqlstate is None or lost_connection(error):
                    raise
                ask = steps.throw(TableError(f"{first_line(error)} ({error.sqlstate})"))
            else:
                ask = steps.send(rows)
    except StopIteration as end:
        ready: Ready = end.value
        return ready

"""Sessions in PostgreSQL, on psycopg: this is what asynchronous services use; `sync` gives the others theirs."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

import psycopg
from psycopg_pool import AsyncConnectionPool

from sessile.errors import ConfigurationError, StoreError, StoreRefused, StoreUnavailable, TableError
from sessile.session.store import Want
from sessile.session.user import USUAL, UserKeys, UserSession
from sessile.stores.breaker import Breaker
from sessile.stores.driving import drive
from sessile.stores.hashed import HashedIds, HashIds
from sessile.stores.kinds import Kinds
from sessile.stores.postgres.answering import refusals_as_defects
from sessile.stores.postgres.attempts import Rest, Run, Step, attempts
from sessile.stores.postgres.catalog import Statement
from sessile.stores.postgres.connections import Connections
from sessile.stores.postgres.errands import Errand, Errands, Step as ErrandStep
from sessile.stores.postgres.failures import failure
from sessile.stores.postgres.line import Line, Pool
from sessile.stores.postgres.prune import Pruned
from sessile.stores.postgres.pruner import Pruner
from sessile.stores.postgres.readiness import Ask, Ready
from sessile.stores.postgres.settings import Settings
from sessile.stores.postgres.source import Source
from sessile.stores.postgres.statements import Answers, Query, Row, collecting
from sessile.stores.postgres.sync.connections import SyncPool
from sessile.stores.postgres.sync.store import SyncPostgresStore
from sessile.stores.postgres.table import TableName

log = logging.getLogger("sessile")

T = TypeVar("T")


class PostgresStore:
    """The page's table by default: `session` with `sid`, `sess` and `expire`, shared with Express where there is one.

    `database` is a URL as people have it, or a psycopg pool of your own (which you open and close): an AsyncConnectionPool, or a
    ConnectionPool where the service is synchronous; None takes `DATABASE_URL`. `table` is `session` or `schema.session`.
    `create=False` leaves the table to migrations. `triggers=True` also keeps Express from bringing back a session that was logged
    out while one of its requests was in flight; `journal=True` keeps, for 30 days, when each session began and ended: `sessile
    why` reads it. `users=True` keeps an index by user, for `sessions_of` and `revoke_all`; the usual keys that name a user are
    known, others are stated: `users="account.id"`. `hash_ids=True` stores the hash of each id, so that who reads the table opens
    no session with it; Express cannot share such a table. `time_zone` names the zone in which a zoneless `expire` is written,
    whatever the connection's; None is UTC, and rows that tell another are refused. `pool_size` counts connections of this
    process, `workers` the processes (None: what `WEB_CONCURRENCY` says); `timeout` is in seconds and bounds every call. Nothing
    is connected before `open`.

    What is wanted at the same moment goes to the server in one statement, and is committed together. Raises ConfigurationError
    for a URL that cannot be one.
    """

    def __init__(
        self,
        database: str | Pool | SyncPool | None = None,
        *,
        table: str = "session",
        create: bool = True,
        triggers: bool = False,
        journal: bool = False,
        users: bool | str | Sequence[str] = False,
        hash_ids: HashIds = False,
        time_zone: str | None = None,
        pool_size: int = 10,
        workers: int | None = None,
        timeout: float = 5.0,
    ) -> None:
        self.name = TableName.parse(table)
        self.timeout = timeout
        named = UserKeys.parse(USUAL if users is True else users) if users else None
        self._hashed = HashedIds.of(hash_ids)
        kept = (create, triggers, journal, named, self._hashed)
        self._settings = Settings(self.name, *kept, time_zone, pool_size, workers, timeout)
        self._database = Source.of(database) if isinstance(database, str) or database is None else database
        self._sync: SyncPostgresStore | None = None
        source = self._database if isinstance(self._database, Source) else None
        theirs = self._database if isinstance(self._database, AsyncConnectionPool) else None
        self._connections = Connections(source, theirs, size=pool_size, timeout=timeout)
        self._breaker = Breaker(time.monotonic)
        self._ready: Ready | None = None
        self._preparing = asyncio.Lock()
        self._pruners: list[Pruner] = []
        self._kinds = Kinds(
            self._performed,
            seconds=timeout,
            late=partial(self._breaker.late, timeout),
            late_save=partial(self._breaker.late_save, timeout),
        )

    def sync(self) -> SyncPostgresStore:
        """The same sessions for a synchronous service. Raises ConfigurationError on an AsyncConnectionPool."""
        if isinstance(self._database, AsyncConnectionPool):
            raise ConfigurationError(
                "a synchronous service cannot use an AsyncConnectionPool: give PostgresStore a URL or a psycopg ConnectionPool"
            )
        if self._sync is None:
            self._sync = SyncPostgresStore(self._settings, self._database)
        return self._sync

    async def open(self) -> None:
        """Connect, create the table if need be, and check it.

        Raises TableError if sessions cannot live in the table. A database that does not answer is logged, not raised: the check
        is then made at the first request that reaches it.
        """
        try:
            await self._prepared()
        except StoreUnavailable as error:
            log.error("session stopped at reach: unavailable (%s); it is tried again at each request", error)
        except ConfigurationError:
            # The service will not start, and never close what it did not open: a pool left alone keeps its process from ending.
            await self._connections.close()
            raise

    async def close(self) -> None:
        """Stop the pruners, write what is still to be written, and close the pool, unless it is the user's own."""
        for pruner in self._pruners:
            await pruner.stop()
        await self._kinds.drained()
        if self._ready is not None:
            await self._kinds.flush()
        self._ready = None
        await self._connections.close()

    def perform(self, wants: Sequence[Want]) -> Awaitable[Answers]:
        """See `Store.perform`."""
        if self._hashed is not None:
            return drive(self._hashed.performing(wants), self._kinds.all)
        if len(wants) == 1:
            (want,) = wants
            return self._kinds.do[type(want)](want)
        return self._kinds.all(wants)

    async def sessions_of(self, user: str | int, *, current: str | None = None) -> tuple[UserSession, ...]:
        """The living sessions of a user, 500 at most, the one of the id `current` first, then the one last used.

        `PostgresStore(users=...)` finds them by an index. Raises StoreError, and ConfigurationError without `users`.
        """
        return await self._run(lambda errands: errands.sessions_of(user, self._settings.stored(current)))

    async def revoke(self, user: str | int, key: str) -> bool:
        """End the session of a user that has the key (`UserSession.key`); whether there was one. Raises as `sessions_of`."""
        return await self._run(lambda errands: errands.revoke(user, key))

    async def revoke_all(self, user: str | int, *, but: str | None = None) -> int:
        """End all sessions of a user, as after a change of password, except that of the id `but`; how many there were. Raises as
        `sessions_of`.
        """
        return await self._run(lambda errands: errands.revoke_all(user, self._settings.stored(but)))

    async def prune(self) -> Pruned:
        """Delete the expired rows in batches, each a short transaction, unless another pruner is at work. Raises StoreError."""
        return await self._run(Errands.prune)

    def pruner(self, every: timedelta = timedelta(minutes=15)) -> Pruner:
        """What prunes every so often, once it is started; `close` stops it."""
        self._pruners.append(Pruner(self.prune, every))
        return self._pruners[-1]

    async def _run(self, errand: Callable[[Errands], Errand[T]]) -> T:
        ready = self._ready or await self._prepared()
        return await drive(errand(Errands(ready.layout, self._settings.users)), self._did)

    async def _did(self, step: ErrandStep) -> Any:
        if isinstance(step, Statement):
            return step.parse(await self._rows(step))
        if isinstance(step, Rest):
            return await asyncio.sleep(step.seconds)
        return await self._kinds.all(step)

    async def _rows(self, statement: Statement[Any]) -> Sequence[Row]:
        rows: list[Row] = []
        try:
            async with asyncio.timeout(self.timeout):
                answer = await self._answers(collecting(statement, rows))
        except TimeoutError:
            raise self._breaker.late(self.timeout) from None
        if isinstance(answer, StoreError):
            raise answer
        return rows

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
        return await drive(attempts(query, self._breaker), self._do, (StoreError, psycopg.Error))

    async def _do(self, step: Step) -> Sequence[Row] | None:
        if isinstance(step, Run):
            line = await self._connections.take()
            try:
                return await line.rows(step.query.sql, step.query.values)
            finally:
                await self._connections.give_back(line)
        if isinstance(step, Rest):
            await asyncio.sleep(step.seconds)
        else:
            log.warning("%s", step.remark)
            await self._connections.without_preparing()
        return None

    async def _prepared(self) -> Ready:
        if self._ready is None:
            async with self._preparing:
                if self._ready is None:
                    if not isinstance(self._database, Source | AsyncConnectionPool):
                        raise ConfigurationError(
                            "an asynchronous service cannot use a ConnectionPool: give PostgresStore a URL or a psycopg "
                            "AsyncConnectionPool"
                        )
                    await self._connections.open()
                    self._ready = await self._make_ready()
        return self._ready

    async def _make_ready(self) -> Ready:
        steps = self._settings.making_ready(self._connections.size)
        try:
            async with asyncio.timeout(self.timeout * 2):
                line = await self._connections.take()
                try:
                    ready = await drive(steps, partial(_told, line), (TableError,))
                finally:
                    await self._connections.give_back(line)
        except (psycopg.Error, TimeoutError) as error:
            raise failure(error, writing=False) from error
        for level, remark in ready.remarks:
            log.log(level, "%s", remark)
        return ready


async def _told(line: Line, ask: Ask) -> Sequence[Row]:
    with refusals_as_defects():
        return await line.ask(ask.sql.encode(), ask.values)

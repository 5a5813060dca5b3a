"""The real parts that a schedule is played on: PostgreSQL, two Express services, two sessile services, and an observer."""

import asyncio
import itertools
import json
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import psycopg

from lab.interleavings.express_client import ExpressClient, express_service
from lab.interleavings.history import History, Observation, Request, Values, values_of
from lab.interleavings.schedule import EXPRESS, SESSILE, Cut, Op, Round, Schedule, Step
from lab.interleavings.sessile_client import COOKIE, Middleware, RequestLog, SessileClient
from sessile.integrations.asgi import SessionMiddleware
from sessile.session.keyring import Keyring
from sessile.session.store import Store
from sessile.stores.postgres.store import PostgresStore

SECRET = "a-secret-of-the-lab-and-of-nobody-else"
ROUND_SECONDS = 10
BEGINNINGS = 4
TOUCH_SECONDS = 61
"""How far sessile's clock moves from round to round, so that each use of a session is worth a touch."""

TABLE = """
CREATE TABLE session (sid varchar PRIMARY KEY, sess {sess} NOT NULL, expire timestamp(6) NOT NULL);
CREATE INDEX ON session (expire);
CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep({seconds}); RETURN NULL; END';
CREATE TRIGGER slowly AFTER INSERT OR UPDATE OR DELETE ON session EXECUTE FUNCTION slowly();
"""
"""A change waits a moment before it is committed, as with a real disk, so that more of them overlap."""

COMMIT_SECONDS = 0.002

TERMINATE = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE application_name = %s AND datname = current_database() AND backend_type = 'client backend'
"""
ANY, WRITING = "", " AND state = 'active' AND backend_xid IS NOT NULL"
CUTS_TRIED = 40

StoreOf = Callable[[str], Store]
TRIGGERED = partial(PostgresStore, triggers=True)


class Stage:
    """A database with its clients; each schedule is played with sessions of its own.

    `sess` is the column's type. `store` makes a store for a URL, by default with the triggers against resurrection, and
    `middleware` wraps the application: others than the defaults are there to be caught.
    """

    def __init__(
        self,
        database: str,
        directory: Path,
        *,
        sess: Literal["json", "jsonb"] = "json",
        store: StoreOf = TRIGGERED,
        middleware: Middleware = SessionMiddleware,
    ) -> None:
        self._database, self._directory, self._sess = database, directory, sess
        self._store, self._middleware = store, middleware
        self._keyring = Keyring(SECRET)
        self._ticks = itertools.count(1)
        self._drift = 0.0
        self._clients: dict[str, SessileClient | ExpressClient] = {}
        self._history = History(self._tick)
        self._asides: dict[str, str] = {}

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            self._observer = opening.enter_context(psycopg.connect(self._database, autocommit=True))
            self._observer.execute(TABLE.format(sess=self._sess, seconds=COMMIT_SECONDS).encode())
            opening.enter_context(_listening())
            self._runner = opening.enter_context(asyncio.Runner())
            for name in SESSILE:
                self._clients[name] = self._runner.run(self._sessile(name, opening))
            for name in EXPRESS:
                self._clients[name] = self._express(name, opening)
            self._opened = opening.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._opened.close()

    def play(self, schedule: Schedule) -> History:
        """Play a schedule, and tell what happened; where a round has left no session, the next begins with a new one."""
        return self._runner.run(self._play(schedule))

    async def _play(self, schedule: Schedule) -> History:
        self._history = history = History(self._tick)
        first = current = await self._new_session(SESSILE[0], Op.SET)
        self._asides = {name: await self._new_session(name, Op.ASIDE) for name in SESSILE}
        for each in schedule:
            self._drift += TOUCH_SECONDS
            if self._observe("the observer")[current] is None:
                current = await self._new_session(SESSILE[0], Op.SET)
            current = await self._round(each, first, current)
        await self._heal(history)
        self._observe("the observer, at the end")
        return history

    async def _round(self, played: Round, first: str, current: str) -> str:
        """Play one round, and tell the id that it left in the browser."""
        begun = len(self._history.requests)
        held = [step for step in played.steps if step.held]
        waiting = [self._begin(step, self._presented(step, first, current)) for step in held]
        await _settled(asyncio.create_task(request.waiting.wait()) for request, _ in waiting)
        running = [self._begin(step, self._presented(step, first, current)) for step in played.steps if not step.held]
        await self._cut(played.cut, late=False)
        await _settled(task for _, task in running)
        cutting = asyncio.create_task(self._cut(played.cut, late=True))
        for position in range(len(waiting)) if played.release is None else played.release:
            request, task = waiting[position]
            await self._clients[request.client].release(request)
            if played.release is not None:
                await _settled([task])
        await _settled([cutting, *(task for _, task in waiting)])
        answered = sorted(self._history.requests[begun:], key=lambda request: request.ended or 0)
        return next(
            (request.becomes for request in reversed(answered) if request.becomes and request.op is not Op.ASIDE), current
        )

    def _begin(self, step: Step, session_id: str | None) -> tuple[Request, asyncio.Task[None]]:
        request = self._history.request(step, session_id)
        if not step.held:
            request.gate.set()
        return request, asyncio.create_task(self._sent(request))

    async def _sent(self, request: Request) -> None:
        try:
            async with asyncio.timeout(ROUND_SECONDS):
                await self._clients[request.client].send(request)
        except TimeoutError:
            request.failure = f"no answer within {ROUND_SECONDS} s"
        if not request.is_sessile and request.succeeded:
            self._answered(request)

    def _presented(self, step: Step, first: str, current: str) -> str:
        if step.op is Op.ASIDE:
            return self._asides[step.client]
        return first if step.stale else current

    async def _new_session(self, client: str, op: Op, again: int = BEGINNINGS) -> str:
        """A connection cut before may be met now only; what ended as unknown is safe to repeat, so many times."""
        request, task = self._begin(Step(client, op), None)
        await task
        if request.status == 503 and again:
            return await self._new_session(client, op, again - 1)
        if request.becomes is None:
            raise RuntimeError(f"no session to begin with: {request}")
        return request.becomes

    def _answered(self, request: Request) -> None:
        if request.becomes and request.becomes not in self._history.ids:
            self._history.ids.append(request.becomes)
        self._observe(f"the observer, at the answer to #{request.number}")

    def _observe(self, who: str) -> Mapping[str, Values | None]:
        began, ids = self._tick(), self._history.ids
        found = self._observer.execute("SELECT sid, sess::text FROM session WHERE sid = ANY(%s)", (ids,)).fetchall()
        rows = {session_id: values_of(json.loads(text)) for session_id, text in found}
        seen = Observation(began, self._tick(), {session_id: rows.get(session_id) for session_id in ids}, who)
        self._history.observations.append(seen)
        return seen.rows

    async def _cut(self, cut: Cut | None, *, late: bool) -> None:
        if cut is None or cut.late is not late:
            return
        await asyncio.sleep((cut.after_ms or 0) / 1000)
        condition, tries = (WRITING, CUTS_TRIED) if cut.after_ms is None else (ANY, 1)
        self._history.cuts.append((self._tick(), cut.client))
        for _ in range(tries):
            if self._observer.execute(TERMINATE + condition, (cut.client,)).rowcount:
                return
            await asyncio.sleep(0)

    async def _heal(self, history: History) -> None:
        for client in {self._clients[name] for _, name in history.cuts}:
            await client.healed()

    async def _sessile(self, name: str, opening: ExitStack) -> SessileClient:
        store = self._store(f"{self._database}{'&' if '?' in self._database else '?'}application_name={name}")
        await store.open()
        opening.callback(lambda: self._runner.run(store.close()))
        return SessileClient(
            store,
            self._keyring,
            clock=lambda: time.time() + self._drift,
            tick=self._tick,
            answered=self._answered,
            middleware=self._middleware,
        )

    def _express(self, name: str, opening: ExitStack) -> ExpressClient:
        service = express_service(self._database, name, secret=SECRET, cookie=COOKIE, directory=self._directory)
        client = ExpressClient(opening.enter_context(service), self._keyring, cookie=COOKIE, tick=self._tick)
        opening.callback(lambda: self._runner.run(client.close()))
        return client

    def _tick(self) -> int:
        return next(self._ticks)


async def _settled(tasks: Iterable["asyncio.Task[Any]"]) -> None:
    """Wait for all of them, and raise what any of them raised."""
    await asyncio.gather(*tasks)


@contextmanager
def _listening() -> Iterator[None]:
    """Hear what sessile logs."""
    log, heard = logging.getLogger("sessile"), RequestLog(logging.WARNING)
    level = log.level
    log.addHandler(heard)
    log.setLevel(logging.WARNING)
    try:
        yield
    finally:
        log.removeHandler(heard)
        log.setLevel(level)

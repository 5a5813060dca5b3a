"""Sessions in PostgreSQL for synchronous services: `PostgresStore.sync` makes it."""

import atexit
import logging
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, TypeVar

import psycopg

from sessile.errors import ConfigurationError, StoreError, StoreRefused, StoreUnavailable, TableError
from sessile.session.store import Answer, Touch, Want
from sessile.session.user import UserSession
from sessile.stores.batches import MOST
from sessile.stores.breaker import Breaker
from sessile.stores.driving import drive_sync
from sessile.stores.forking import begins_anew
from sessile.stores.postgres.answering import refusals_as_defects
from sessile.stores.postgres.attempts import Rest, Run, Step, attempts
from sessile.stores.postgres.catalog import Statement
from sessile.stores.postgres.errands import Errand, Errands, Step as ErrandStep
from sessile.stores.postgres.failures import failure
from sessile.stores.postgres.prune import Pruned
from sessile.stores.postgres.pruner import SyncPruner
from sessile.stores.postgres.readiness import Ask, Ready
from sessile.stores.postgres.settings import Settings
from sessile.stores.postgres.source import Source
from sessile.stores.postgres.statements import Answers, Query, Row, collecting
from sessile.stores.postgres.sync.connections import SyncConnections, SyncPool
from sessile.stores.postgres.sync.line import SyncLine
from sessile.stores.postgres.sync.touches import SyncTouches

log = logging.getLogger("sessile")

T = TypeVar("T")


class SyncPostgresStore:
    """What `PostgresStore` is to asynchronous services, for threads: the same statements, limits and retries.

    Each want is one round trip of the thread that wants it, and several of a kind in one call go together. What still waits to be
    written is written when the process ends.
    """

    def __init__(self, settings: Settings, database: Source | SyncPool) -> None:
        self._settings = settings
        self._connections = SyncConnections(database, size=settings.pool_size)
        self._breaker = Breaker(time.monotonic)
        self._touches = SyncTouches(self._performed)
        self._pruners: list[SyncPruner] = []
        self._ready: Ready | None = None
        self.forget()
        begins_anew(self)
        _OPEN.add(self)

    def open(self) -> None:
        """See `PostgresStore.open`."""
        try:
            self._prepared(self._deadline())
        except StoreUnavailable as error:
            log.error("session stopped at reach: unavailable (%s); it is tried again at each request", error)
        except ConfigurationError:
            self._connections.close()
            raise

    def close(self) -> None:
        """Stop the pruners, write what is still to be written, and close the connections, unless the pool is the user's own."""
        for pruner in self._pruners:
            pruner.stop()
        if self._ready is not None:
            self._touches.flush()
        self._ready = None
        self._connections.close()

    def sessions_of(self, user: str | int, *, current: str | None = None) -> tuple[UserSession, ...]:
        """See `PostgresStore.sessions_of`."""
        return self._run(lambda errands: errands.sessions_of(user, self._settings.stored(current)))

    def revoke(self, user: str | int, key: str) -> bool:
        """See `PostgresStore.revoke`."""
        return self._run(lambda errands: errands.revoke(user, key))

    def revoke_all(self, user: str | int, *, but: str | None = None) -> int:
        """See `PostgresStore.revoke_all`."""
        return self._run(lambda errands: errands.revoke_all(user, self._settings.stored(but)))

    def prune(self) -> Pruned:
        """See `PostgresStore.prune`."""
        return self._run(Errands.prune)

    def pruner(self, every: timedelta = timedelta(minutes=15)) -> SyncPruner:
        """What prunes every so often in a thread, once it is started; `close` stops it."""
        self._pruners.append(SyncPruner(self._pruned, every))
        return self._pruners[-1]

    def _pruned(self, stopped: Callable[[], bool]) -> Pruned:
        return self._run(lambda errands: errands.prune(stopped))

    def _run(self, errand: Callable[[Errands], Errand[T]]) -> T:
        ready = self._ready or self._prepared(self._deadline())
        return drive_sync(errand(Errands(ready.layout, self._settings.users)), self._did)

    def _did(self, step: ErrandStep) -> Any:
        if isinstance(step, Statement):
            return step.parse(self._rows(step))
        if isinstance(step, Rest):
            return time.sleep(step.seconds)
        return self._by_kind(step)

    def _rows(self, statement: Statement[Any]) -> Sequence[Row]:
        rows: list[Row] = []
        answer = self._answers(collecting(statement, rows), self._deadline())
        if isinstance(answer, StoreError):
            raise answer
        return rows

    def forget(self) -> None:
        """See `Forgetful`."""
        self._preparing = threading.Lock()

    def perform(self, wants: Sequence[Want]) -> Answers:
        """See `Store.perform`."""
        if self._settings.hashed is not None:
            return drive_sync(self._settings.hashed.performing(wants), self._by_kind)
        if len(wants) == 1:
            want = wants[0]
            return (self._later(want),) if isinstance(want, Touch) and want.lazily else self._performed(wants)
        return self._by_kind(wants)

    def _by_kind(self, wants: Sequence[Want]) -> Answers:
        answers: dict[int, Answer | StoreError] = {}
        kinds: dict[type[Want], list[int]] = {}
        for place, want in enumerate(wants):
            if isinstance(want, Touch) and want.lazily:
                answers[place] = self._later(want)
            else:
                kinds.setdefault(type(want), []).append(place)
        for places in kinds.values():
            for start in range(0, len(places), MOST):
                some = places[start : start + MOST]
                answers.update(zip(some, self._performed([wants[place] for place in some]), strict=True))
        return [answers[place] for place in range(len(wants))]

    def _later(self, touch: Touch) -> bool:
        self._touches.add(touch)
        return True

    def _performed(self, wants: Sequence[Want]) -> Answers:
        """Perform wants of one kind; where the server refuses them together, one by one, so that none spoils another."""
        until = self._deadline()
        try:
            ready = self._ready or self._prepared(until)
        except ConfigurationError as error:
            return [StoreRefused(str(error))] * len(wants)
        except StoreError as error:
            return [error] * len(wants)
        answers = self._answers(ready.statements.query(wants), until)
        if not isinstance(answers, StoreError):
            return answers
        if isinstance(answers, StoreRefused) and len(wants) > 1:
            return [self._performed([want])[0] for want in wants]
        return [answers] * len(wants)

    def _answers(self, query: Query, until: float) -> Answers | StoreError:
        steps = attempts(query, self._breaker)
        return drive_sync(steps, lambda step: self._do(step, until), (StoreError, psycopg.Error, TimeoutError))

    def _do(self, step: Step, until: float) -> Sequence[Row] | None:
        if isinstance(step, Run):
            line = self._connections.take(until=until)
            try:
                return line.rows(step.query.sql, step.query.values, until=until)
            finally:
                self._connections.give_back(line)
        if isinstance(step, Rest):
            time.sleep(step.seconds)
        else:
            log.warning("%s", step.remark)
            self._connections.without_preparing()
        return None

    def _deadline(self) -> float:
        return time.monotonic() + self._settings.timeout

    def _prepared(self, until: float) -> Ready:
        if not self._preparing.acquire(timeout=self._settings.timeout):
            raise StoreUnavailable("the store is not ready yet: another thread waits for the database")
        try:
            if self._ready is None:
                if refusal := self._breaker.refusal():
                    raise refusal
                self._ready = self._make_ready(until)
            return self._ready
        finally:
            self._preparing.release()

    def _make_ready(self, until: float) -> Ready:
        try:
            line = self._connections.take(until=until)
            try:
                steps = self._settings.making_ready(self._connections.size)
                ready = drive_sync(steps, lambda ask: _told(line, ask, until), (TableError,))
            finally:
                self._connections.give_back(line)
        except (psycopg.Error, TimeoutError, StoreError) as error:
            failed = error if isinstance(error, StoreError) else failure(error, writing=False)
            self._breaker.note(failed)
            raise failed from error
        self._breaker.note(None)
        for level, remark in ready.remarks:
            log.log(level, "%s", remark)
        return ready


def _told(line: SyncLine, ask: Ask, until: float) -> Sequence[Row]:
    with refusals_as_defects():
        return line.ask(ask.sql.encode(), ask.values, until=until)


_OPEN: weakref.WeakSet[SyncPostgresStore] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    for store in list(_OPEN):
        store.close()

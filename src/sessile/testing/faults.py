"""A store that fails on command: it refuses, is down, answers too late, or loses the answer of a commit."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import Enum
from typing import Protocol

from sessile.errors import SaveUnknown, StoreError, StoreRefused, StoreTimeout, StoreUnavailable
from sessile.session.store import Answer, Load, Store, SyncStore, Want
from sessile.stores.memory import MemoryStore


class Fault(Enum):
    """How a store can fail. All but ANSWER_LOST do nothing of what was wanted."""

    DOWN = "the server cannot be reached"
    TIMEOUT = "the server does not answer in time"
    REFUSED = "the server will not do this: a right, a key or a type is wrong"
    ANSWER_LOST = "the server did it, and its answer was lost on the way"


_ERRORS: dict[Fault, Callable[[], StoreError]] = {
    Fault.DOWN: lambda: StoreUnavailable("connection refused", "ECONNREFUSED"),
    Fault.TIMEOUT: lambda: StoreTimeout("the store did not answer within 5 s"),
    Fault.REFUSED: lambda: StoreRefused("permission denied for table session", "42501"),
    Fault.ANSWER_LOST: lambda: SaveUnknown("the connection was lost while a commit was under way", "08006"),
}


class FaultyStore:
    """Wraps a store, a MemoryStore unless given; `sync()` is for synchronous services, and fails as this one does.

        store = FaultyStore()
        with store.failing(Fault.DOWN):
            assert client.get("/me").status_code == 503

    `fault` may also be set and left so. `only` are the kinds of wants that fail (`Create`, `Load`...), all of them unless given.
    """

    def __init__(self, store: "BothWorlds | None" = None) -> None:
        self.store: BothWorlds = MemoryStore() if store is None else store
        self.fault: Fault | None = None
        self.only: tuple[type[Want], ...] = ()

    @contextmanager
    def failing(self, fault: Fault, *only: type[Want]) -> Iterator[None]:
        """Fail so for a while."""
        self.fault, self.only = fault, only
        try:
            yield
        finally:
            self.fault, self.only = None, ()

    def sync(self) -> "FaultySyncStore":
        """The same store for a synchronous service."""
        return FaultySyncStore(self)

    async def open(self) -> None:
        """See `Store.open`."""
        await self.store.open()

    async def close(self) -> None:
        """See `Store.close`."""
        await self.store.close()

    async def perform(self, wants: Sequence[Want]) -> Sequence[Answer | StoreError]:
        """See `Store.perform`; wants that fail are answered with their error, the others by the store within."""
        done = self.done(wants)
        return self.answers(wants, await self.store.perform(done) if done else ())

    def done(self, wants: Sequence[Want]) -> Sequence[Want]:
        """Those of the wants that reach the store within."""
        if self.fault is None or self.fault is Fault.ANSWER_LOST:
            return wants
        return [want for want in wants if self._error(want) is None]

    def answers(self, wants: Sequence[Want], done: Sequence[Answer | StoreError]) -> Sequence[Answer | StoreError]:
        """What is answered, given the answers of the store within."""
        remaining = iter(done)
        lost = self.fault is Fault.ANSWER_LOST
        answers: list[Answer | StoreError] = []
        for want in wants:
            error = self._error(want)
            answer = next(remaining) if error is None or lost else None
            answers.append(answer if error is None else error)
        return answers

    def _error(self, want: Want) -> StoreError | None:
        if self.fault is None or (self.only and not isinstance(want, self.only)):
            return None
        lost_read = self.fault is Fault.ANSWER_LOST and isinstance(want, Load)
        return _ERRORS[Fault.DOWN if lost_read else self.fault]()


class FaultySyncStore:
    """See `FaultyStore.sync`."""

    def __init__(self, faulty: FaultyStore) -> None:
        self._faulty, self._store = faulty, faulty.store.sync()

    def open(self) -> None:
        """See `Store.open`."""
        self._store.open()

    def close(self) -> None:
        """See `Store.close`."""
        self._store.close()

    def perform(self, wants: Sequence[Want]) -> Sequence[Answer | StoreError]:
        """See `FaultyStore.perform`."""
        done = self._faulty.done(wants)
        return self._faulty.answers(wants, self._store.perform(done) if done else ())


class BothWorlds(Store, Protocol):
    """A store that serves synchronous services too."""

    def sync(self) -> SyncStore: ...

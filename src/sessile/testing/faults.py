"""A store that fails on command: it refuses, is down, answers too late, or loses the answer of a commit."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import Enum

from sessile.errors import SaveUnknown, StoreError, StoreRefused, StoreTimeout, StoreUnavailable
from sessile.session.store import Answer, Load, Store, Want
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
    """Wraps a store, a MemoryStore unless given.

        store = FaultyStore()
        with store.failing(Fault.DOWN):
            assert client.get("/me").status_code == 503

    `fault` may also be set and left so. `only` are the kinds of wants that fail (`Create`, `Load`...), all of them unless given.
    """

    def __init__(self, store: Store | None = None) -> None:
        self.store: Store = MemoryStore() if store is None else store
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

    async def open(self) -> None:
        """See `Store.open`."""
        await self.store.open()

    async def close(self) -> None:
        """See `Store.close`."""
        await self.store.close()

    async def perform(self, wants: Sequence[Want]) -> Sequence[Answer | StoreError]:
        """See `Store.perform`; wants that fail are answered with their error, the others by the store within."""
        fault = self.fault
        if fault is None:
            return await self.store.perform(wants)
        failing = [self._fails(want) for want in wants]
        done = [want for want, fails in zip(wants, failing, strict=True) if not fails or fault is Fault.ANSWER_LOST]
        answers = iter(await self.store.perform(done) if done else ())
        return [self._answer(want, fails, fault, answers) for want, fails in zip(wants, failing, strict=True)]

    def _fails(self, want: Want) -> bool:
        return not self.only or isinstance(want, self.only)

    @staticmethod
    def _answer(want: Want, fails: bool, fault: Fault, answers: Iterator[Answer | StoreError]) -> Answer | StoreError:
        answer = next(answers) if not fails or fault is Fault.ANSWER_LOST else None
        if not fails:
            return answer
        if fault is Fault.ANSWER_LOST and isinstance(want, Load):
            return _ERRORS[Fault.DOWN]()  # a read that was lost is only an outage
        return _ERRORS[fault]()

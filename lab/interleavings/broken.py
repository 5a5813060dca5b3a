"""Stores that break one promise each, as a store might by mistake, for the judge to catch."""

import asyncio
from collections.abc import Sequence

from sessile.errors import StoreError, StoreRefused
from sessile.session.store import Answer, Create, Load, Replace, Stored, Touch, Update, Want
from sessile.stores.postgres.store import PostgresStore

Answers = Sequence[Answer | StoreError]


class Changed(PostgresStore):
    """A store whose every want goes through `one`."""

    async def perform(self, wants: Sequence[Want]) -> Answers:
        return [await self.one(want) for want in wants]

    async def one(self, want: Want) -> Answer | StoreError:
        (answer,) = await super().perform([want])
        return answer


class Upserts(Changed):
    """It inserts what it does not find, as connect-pg-simple does: a session that was logged out comes back."""

    async def one(self, want: Want) -> Answer | StoreError:
        answer = await super().one(want)
        if isinstance(want, Update) and answer is None and await super().one(Load(want.id)) is None:
            return await super().one(Create(want.id, want.text, want.expires))
        return answer


class LastWriteWins(Changed):
    """It does not compare before it swaps: what another request wrote meanwhile is lost."""

    async def one(self, want: Want) -> Answer | StoreError:
        if isinstance(want, Update) and isinstance(found := await super().one(Load(want.id)), Stored):
            return await super().one(Update(want.id, want.text, want.expires, found.text))
        return await super().one(want)


class AnswersFirst(Changed):
    """It answers before it has written: a response is no receipt."""

    def __init__(self, database: str) -> None:
        super().__init__(database, triggers=True)
        self._behind: set[asyncio.Task[Answer | StoreError]] = set()

    async def one(self, want: Want) -> Answer | StoreError:
        if not isinstance(want, Update):
            return await super().one(want)
        self._behind.add(asyncio.create_task(super().one(want)))
        return want.text

    async def close(self) -> None:
        await asyncio.gather(*self._behind)
        await super().close()


class TakesRefusalsForWritten(Changed):
    """It overlooks that the server refused, as one does who looks only at the batch."""

    async def one(self, want: Want) -> Answer | StoreError:
        answer = await super().one(want)
        return want.text if isinstance(want, Update) and isinstance(answer, StoreRefused) else answer


class TakesMissingForWritten(Changed):
    """It overlooks that an UPDATE found no row: nobody is told that the session was deleted."""

    async def one(self, want: Want) -> Answer | StoreError:
        answer = await super().one(want)
        if isinstance(want, Update) and answer is None and await super().one(Load(want.id)) is None:
            return want.text
        return answer


class KeepsTheOldId(Changed):
    """It leaves the row of before where a new id takes its place."""

    async def one(self, want: Want) -> Answer | StoreError:
        return await super().one(Create(want.id, want.text, want.expires) if isinstance(want, Replace) else want)


class RemembersLookups(Changed):
    """It answers a look-up with the one of before, until it writes itself: what others have committed is missed."""

    def __init__(self, database: str) -> None:
        super().__init__(database, triggers=True)
        self._found: dict[str, Answer | StoreError] = {}

    async def one(self, want: Want) -> Answer | StoreError:
        if not isinstance(want, Load):
            self._found = self._found if isinstance(want, Touch) else {}
            return await super().one(want)
        if want.id not in self._found:
            self._found[want.id] = await super().one(want)
        return self._found[want.id]


class CarriedByTheFirst(PostgresStore):
    """The first request of a batch carries it: when that is cancelled, the others go with it."""

    def __init__(self, database: str) -> None:
        super().__init__(database, triggers=True)
        self._waiting: list[tuple[Want, asyncio.Future[Answer | StoreError]]] | None = None

    async def perform(self, wants: Sequence[Want]) -> Answers:
        (want,) = wants
        if self._waiting is not None:
            future: asyncio.Future[Answer | StoreError] = asyncio.get_running_loop().create_future()
            self._waiting.append((want, future))
            return [await future]
        carried = self._waiting = []
        try:
            await asyncio.sleep(0)
            self._waiting = None
            first, *answers = await super().perform([want, *(other for other, _ in carried)])
            for (_, future), answer in zip(carried, answers, strict=True):
                if not future.done():
                    future.set_result(answer)
            return [first]
        finally:
            self._waiting = None if self._waiting is carried else self._waiting
            for _, future in carried:
                future.cancel()

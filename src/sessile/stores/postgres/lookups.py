"""Look-ups of the same moment go to the server together: one statement finds many sessions."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from sessile.errors import StoreError
from sessile.session.store import Stored

Found = Mapping[str, Stored] | StoreError
Future = asyncio.Future[Stored | StoreError | None]

UNDER_WAY = 2
"""How many statements run at once: the next batch gathers while these are on their way."""

MOST = 64


class Lookups:
    """Gathers look-ups until a statement can be sent.

    `fetch` runs the statement for some ids. A look-up joins only a batch that is not yet sent, so it never misses what was
    committed before it was asked for. A request that is cancelled takes nobody else's answer with it.
    """

    def __init__(self, fetch: Callable[[Sequence[str]], Awaitable[Found]]) -> None:
        self._fetch = fetch
        self._waiting: dict[str, list[Future]] = {}
        self._under_way: set[asyncio.Task[None]] = set()
        self._called = False

    async def find(self, session_id: str) -> Stored | StoreError | None:
        """The row of an id, None if there is none, or why nobody can tell."""
        loop = asyncio.get_running_loop()
        future: Future = loop.create_future()
        self._waiting.setdefault(session_id, []).append(future)
        if not self._called and len(self._under_way) < UNDER_WAY:
            self._called = True
            loop.call_soon(self._send)
        return await future

    def _send(self) -> None:
        self._called = False
        if not self._waiting or len(self._under_way) >= UNDER_WAY:
            return
        batch = {session_id: self._waiting.pop(session_id) for session_id in list(self._waiting)[:MOST]}
        task = asyncio.create_task(self._answer(batch))
        self._under_way.add(task)
        task.add_done_callback(self._over)

    async def _answer(self, batch: Mapping[str, list[Future]]) -> None:
        try:
            found = await self._fetch(list(batch))
        except BaseException as error:
            for future in _open(batch):
                future.set_exception(error)
            raise
        for session_id, futures in batch.items():
            answer = found if isinstance(found, StoreError) else found.get(session_id)
            for future in futures:
                if not future.done():
                    future.set_result(answer)

    def _over(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            task.exception()
        self._send()


def _open(batch: Mapping[str, list[Future]]) -> list[Future]:
    return [future for futures in batch.values() for future in futures if not future.done()]

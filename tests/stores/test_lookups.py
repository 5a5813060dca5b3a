"""Look-ups that come together go together, and nobody's answer is another's."""

import asyncio
from collections.abc import Mapping, Sequence
from itertools import chain

import pytest

from sessile.errors import StoreError, StoreUnavailable
from sessile.session.store import Create, Load, Stored
from sessile.stores.postgres.lookups import MOST, UNDER_WAY, Lookups
from sessile.stores.postgres.store import PostgresStore


class Server:
    """Answers when it is told to, and remembers the statements."""

    def __init__(self) -> None:
        self.statements: list[list[str]] = []
        self.rows: dict[str, Stored] = {}
        self.go = asyncio.Event()
        self.failure: StoreError | None = None

    async def fetch(self, ids: Sequence[str]) -> Mapping[str, Stored] | StoreError:
        self.statements.append(list(ids))
        snapshot = dict(self.rows)
        await self.go.wait()
        return self.failure or {session_id: snapshot[session_id] for session_id in ids if session_id in snapshot}


async def test_one_turn_is_one_statement() -> None:
    server = Server()
    server.go.set()
    server.rows = {"a": Stored("A", 1), "b": Stored("B", 2)}
    lookups = Lookups(server.fetch)
    found = await asyncio.gather(*(lookups.find(session_id) for session_id in "abca"))
    assert found == [Stored("A", 1), Stored("B", 2), None, Stored("A", 1)]
    assert server.statements == [["a", "b", "c"]]


async def test_a_lookup_never_joins_a_statement_already_sent() -> None:
    server = Server()
    lookups = Lookups(server.fetch)
    early = asyncio.create_task(lookups.find("a"))
    await asyncio.sleep(0.01)
    server.rows["a"] = Stored("committed", 1)
    late = asyncio.create_task(lookups.find("a"))
    await asyncio.sleep(0.01)
    server.go.set()
    assert (await early, await late) == (None, Stored("committed", 1))


async def test_while_statements_are_under_way_the_next_gathers() -> None:
    server = Server()
    lookups = Lookups(server.fetch)
    tasks = []
    for number in range(10):
        tasks.append(asyncio.create_task(lookups.find(f"id-{number}")))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    await asyncio.sleep(0.01)
    assert len(server.statements) == UNDER_WAY
    server.go.set()
    await asyncio.gather(*tasks)
    assert len(server.statements) == UNDER_WAY + 1
    assert sorted(chain.from_iterable(server.statements)) == sorted(f"id-{number}" for number in range(10))


async def test_no_statement_asks_for_too_many() -> None:
    server = Server()
    server.go.set()
    lookups = Lookups(server.fetch)
    await asyncio.gather(*(lookups.find(str(number)) for number in range(MOST * 3 + 5)))
    assert max(map(len, server.statements)) == MOST
    assert sum(map(len, server.statements)) == MOST * 3 + 5


async def test_a_cancelled_request_takes_nobody_with_it() -> None:
    server = Server()
    server.rows = {"a": Stored("A", 1)}
    lookups = Lookups(server.fetch)
    leaving, staying = asyncio.create_task(lookups.find("a")), asyncio.create_task(lookups.find("a"))
    await asyncio.sleep(0.01)
    leaving.cancel()
    server.go.set()
    assert await staying == Stored("A", 1)
    with pytest.raises(asyncio.CancelledError):
        await leaving


async def test_an_outage_is_everybodys_and_then_over() -> None:
    server = Server()
    server.go.set()
    server.failure = StoreUnavailable("gone")
    lookups = Lookups(server.fetch)
    assert set(await asyncio.gather(lookups.find("a"), lookups.find("b"))) == {server.failure}
    server.failure = None
    assert await lookups.find("a") is None


async def test_what_is_committed_is_found_under_load(database: str) -> None:
    store = PostgresStore(database)
    await store.open()

    async def round_trip(number: int) -> None:
        for turn in range(5):
            text = f'{{"cookie":{{}},"n":{number},"turn":{turn}}}'
            (created,) = await store.perform([Create(f"{number}-{turn}", text, 1_900_000_000_000)])
            assert created == text
            (found,) = await store.perform([Load(f"{number}-{turn}")])
            assert found == Stored(text, 1_900_000_000_000)

    await asyncio.gather(*(round_trip(number) for number in range(40)))
    await store.close()

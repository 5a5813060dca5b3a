"""What is wanted together goes together: nobody's answer is another's, and nobody's failure either."""

import asyncio
from collections.abc import Sequence
from itertools import chain

import pytest

from sessile import StoreTimeout, StoreUnavailable
from sessile.errors import StoreError
from sessile.session.store import Answer, Delete, Load, Replace, Rotate, Stored, Update, Want
from sessile.stores.batches import MOST, UNDER_WAY, Batches


class Server:
    """Answers when it is told to, and remembers the statements."""

    def __init__(self) -> None:
        self.statements: list[list[str]] = []
        self.rows: dict[str, Stored] = {}
        self.go = asyncio.Event()
        self.failure: StoreError | None = None

    def batches(self, seconds: float = 5) -> Batches:
        return Batches(self.perform, seconds=seconds, late=lambda: StoreTimeout("late"))

    async def perform(self, wants: Sequence[Want]) -> Sequence[Answer | StoreError]:
        ids = [want.id for want in wants]
        self.statements.append(ids)
        snapshot = dict(self.rows)
        await self.go.wait()
        return [self.failure or snapshot.get(session_id) for session_id in ids]


async def find(batches: Batches, session_id: str) -> Answer | StoreError:
    (answer,) = await batches.do(Load(session_id))
    return answer


class TestABatch:
    async def test_is_one_turn_of_the_loop(self) -> None:
        server = Server()
        server.go.set()
        server.rows = {"a": Stored("A", 1), "b": Stored("B", 2)}
        batches = server.batches()
        found = await asyncio.gather(*(find(batches, session_id) for session_id in "abca"))
        assert found == [Stored("A", 1), Stored("B", 2), None, Stored("A", 1)]
        assert len(server.statements) == 1

    async def test_is_never_joined_once_it_is_sent(self) -> None:
        server = Server()
        batches = server.batches()
        early = asyncio.create_task(find(batches, "a"))
        await asyncio.sleep(0.01)
        server.rows["a"] = Stored("committed", 1)
        late = asyncio.create_task(find(batches, "a"))
        await asyncio.sleep(0.01)
        server.go.set()
        assert (await early, await late) == (None, Stored("committed", 1))

    async def test_takes_its_share_of_what_gathers_while_others_are_under_way(self) -> None:
        server = Server()
        batches = server.batches()
        tasks = []
        for number in range(10):
            tasks.append(asyncio.create_task(find(batches, f"id-{number}")))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        await asyncio.sleep(0.01)
        assert len(server.statements) == UNDER_WAY
        server.go.set()
        await asyncio.gather(*tasks)
        assert [len(ids) for ids in server.statements] == [1, 1, 5, 3]
        assert sorted(chain.from_iterable(server.statements)) == sorted(f"id-{number}" for number in range(10))

    @pytest.mark.parametrize(("patience", "sent"), [(3600.0, [10]), (0.0, [10, 3])])
    async def test_waits_for_its_share_while_another_is_under_way_but_not_for_long(
        self, monkeypatch: pytest.MonkeyPatch, patience: float, sent: list[int]
    ) -> None:
        monkeypatch.setattr("sessile.stores.batches.PATIENCE_SECONDS", patience)
        server = Server()
        batches = server.batches()
        tasks = [asyncio.create_task(find(batches, f"id-{number}")) for number in range(10)]
        await asyncio.sleep(0.01)
        tasks += [asyncio.create_task(find(batches, f"late-{number}")) for number in range(3)]
        await asyncio.sleep(0.01)
        assert [len(ids) for ids in server.statements] == sent
        server.go.set()
        await asyncio.gather(*tasks)
        assert [len(ids) for ids in server.statements] == [10, 3]

    async def test_goes_at_once_when_it_holds_its_share(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sessile.stores.batches.PATIENCE_SECONDS", 3600.0)
        server = Server()
        batches = server.batches()
        tasks = [asyncio.create_task(find(batches, f"id-{number}")) for number in range(3)]
        await asyncio.sleep(0.01)
        tasks += [asyncio.create_task(find(batches, f"late-{number}")) for number in range(3)]
        await asyncio.sleep(0.01)
        assert [len(ids) for ids in server.statements] == [3, 3]
        server.go.set()
        await asyncio.gather(*tasks)

    async def test_holds_no_more_than_it_may(self) -> None:
        server = Server()
        server.go.set()
        batches = server.batches()
        await asyncio.gather(*(find(batches, str(number)) for number in range(MOST * 3 + 5)))
        assert max(map(len, server.statements)) == MOST
        assert sum(map(len, server.statements)) == MOST * 3 + 5

    async def test_writes_a_row_at_most_once_and_in_order(self) -> None:
        server = Server()
        server.go.set()
        batches = server.batches()
        wants: list[Want] = [
            Update("a", "1", 1, ""),
            Update("b", "1", 1, ""),
            Update("a", "2", 1, ""),
            Replace("b", "c", "", 1),
            Delete("d", alias="a"),
            Rotate("e", "f", "", 1, "", "", 1),
        ]
        await asyncio.gather(*(batches.do(want) for want in wants))
        assert server.statements == [["a", "b", "f"], ["a", "c"], ["d"]]

    async def test_loses_nobody_when_one_request_is_cancelled(self) -> None:
        server = Server()
        server.rows = {"a": Stored("A", 1)}
        batches = server.batches()
        leaving, staying = asyncio.create_task(find(batches, "a")), asyncio.create_task(find(batches, "a"))
        await asyncio.sleep(0.01)
        leaving.cancel()
        server.go.set()
        assert await staying == Stored("A", 1)
        with pytest.raises(asyncio.CancelledError):
            await leaving

    async def test_that_fails_is_everybodys_outage_and_then_over(self) -> None:
        server = Server()
        server.go.set()
        server.failure = StoreUnavailable("gone")
        batches = server.batches()
        assert set(await asyncio.gather(find(batches, "a"), find(batches, "b"))) == {server.failure}
        server.failure = None
        assert await find(batches, "a") is None

    async def test_that_is_not_answered_keeps_nobody_waiting(self) -> None:
        server = Server()
        batches = server.batches(seconds=0.05)
        assert isinstance(await find(batches, "a"), StoreTimeout)
        server.go.set()
        assert await find(batches, "b") is None

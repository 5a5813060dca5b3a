"""What is wanted together goes together: nobody's answer is another's, and nobody's failure either."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from itertools import chain

import psycopg
import pytest

from sessile import PostgresStore, SaveUnknown, StoreRefused, StoreTimeout, StoreUnavailable
from sessile.errors import StoreError
from sessile.session.store import Answer, Create, Delete, Load, Replace, Rotate, Stored, Touch, Update, Want
from sessile.stores.batches import MOST, UNDER_WAY, Batches
from sessile.stores.breaker import FAILURES, Breaker
from sessile.stores.postgres.budget import Budget
from sessile.stores.touches import Touches

EXPIRES = 1_900_000_000_000


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


class TestTheBreaker:
    def test_leaves_a_failing_store_alone_and_tries_again(self) -> None:
        now = [100.0]
        breaker = Breaker(lambda: now[0])
        for _ in range(FAILURES):
            assert breaker.refusal() is None
            breaker.note(StoreUnavailable("no connection"))
        refusal = breaker.refusal()
        assert refusal is not None
        assert "no connection" in str(refusal)
        now[0] += 0.2
        assert [breaker.refusal() is None for _ in range(3)] == [True, False, False]
        breaker.note(None)
        assert [breaker.refusal() is None for _ in range(3)] == [True, True, True]

    def test_takes_no_refusal_for_an_outage(self) -> None:
        breaker = Breaker(lambda: 0.0)
        for _ in range(FAILURES * 2):
            breaker.note(StoreRefused("no right"))
        assert breaker.refusal() is None

    def test_takes_lost_answers_for_an_outage(self) -> None:
        breaker = Breaker(lambda: 0.0)
        for _ in range(FAILURES):
            breaker.note(SaveUnknown("lost"))
        assert breaker.refusal() is not None


class TestTouchesWrittenBehind:
    async def test_wait_for_each_other_and_keep_the_latest(self) -> None:
        written: list[Sequence[Touch]] = []

        async def write(touches: Sequence[Touch]) -> Sequence[Answer]:
            written.append(touches)
            return [True] * len(touches)

        touches = Touches(write)
        for touch in (Touch("a", 5), Touch("b", 1), Touch("a", 3)):
            touches.add(touch)
        assert written == []
        await touches.flush()
        assert written == [[Touch("a", 5), Touch("b", 1)]]

    async def test_survive_an_outage(self) -> None:
        answers: list[list[Answer | StoreError]] = [[StoreUnavailable("out")], [True]]
        written: list[Sequence[Touch]] = []

        async def write(touches: Sequence[Touch]) -> Sequence[Answer | StoreError]:
            written.append(touches)
            return answers.pop(0)

        touches = Touches(write)
        touches.add(Touch("a", 5))
        await touches.flush()
        await touches.flush()
        assert written == [[Touch("a", 5)], [Touch("a", 5)]]


class TestTheBudget:
    LIMITS = (100, 3, 12, None)

    def test_warns_where_the_workers_want_more_than_there_is(self) -> None:
        budget = Budget.of(self.LIMITS, pool=10, workers=None, environment={"WEB_CONCURRENCY": "16"})
        level, line = budget.remark
        assert level == 30
        assert "up to 160 of this service (16 x pool of 10), 97 allowed, 12 open now" in line
        assert "pool_size=6" in line

    def test_is_a_plain_line_otherwise(self) -> None:
        level, line = Budget.of((100, 3, 12, 40), pool=10, workers=4, environment={}).remark
        assert (level, line) == (20, "database connections: up to 40 of this service (4 x pool of 10), 40 allowed, 12 open now")


@pytest.fixture
async def store(database: str) -> AsyncIterator[PostgresStore]:
    opened = PostgresStore(database)
    await opened.open()
    yield opened
    await opened.close()


class TestInPostgres:
    async def test_what_is_committed_is_found_under_load(self, store: PostgresStore) -> None:
        async def round_trip(number: int) -> None:
            for turn in range(5):
                text = f'{{"cookie":{{}},"n":{number},"turn":{turn}}}'
                (created,) = await store.perform([Create(f"{number}-{turn}", text, EXPIRES)])
                assert created == text
                (found,) = await store.perform([Load(f"{number}-{turn}")])
                assert found == Stored(text, EXPIRES)

        await asyncio.gather(*(round_trip(number) for number in range(40)))

    async def test_one_that_is_refused_spoils_no_other(self, database: str) -> None:
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("CREATE TABLE session (sid varchar PRIMARY KEY, sess jsonb NOT NULL, expire timestamp NOT NULL)")
        store = PostgresStore(database)
        await store.open()
        texts = {"a": '{"n": 1}', "b": '{"n": "\\u0000"}', "c": '{"n": 3}'}
        answers = await store.perform([Create(session_id, text, EXPIRES) for session_id, text in texts.items()])
        assert [answers[0], answers[2]] == ['{"n": 1}', '{"n": 3}']
        assert isinstance(answers[1], StoreRefused)
        assert '"n"' not in str(answers[1])
        await store.close()

    async def test_any_text_arrives_as_it_is(self, store: PostgresStore) -> None:
        texts = ['{"n":"a\\\\b \\"c\\" {d,e} NULL"}', '{"n":"é 😀 \\u0000 \\n"}', '{"n":"  "}']
        ids = ['quo"te', "back\\slash", "{brace,comma}"]
        wants = [Create(session_id, text, EXPIRES) for session_id, text in zip(ids, texts, strict=True)]
        assert list(await store.perform(wants)) == texts
        assert list(await store.perform([Load(session_id) for session_id in ids])) == [Stored(text, EXPIRES) for text in texts]

    async def test_every_kind_works_for_many_at_once(self, store: PostgresStore) -> None:
        ids = [f"id-{number}" for number in range(20)]
        one, two, three = '{"n":1}', '{"n":2}', '{"n":3}'
        assert set(await store.perform([Create(i, one, EXPIRES) for i in ids])) == {one}
        assert set(await store.perform([Update(i, two, EXPIRES, one) for i in ids[:10]])) == {two}
        assert set(await store.perform([Update(i, three, EXPIRES, two) for i in ids[10:]])) == {None}
        assert set(await store.perform([Touch(i, EXPIRES + 1000) for i in ids])) == {True}
        replaced = await store.perform([Replace(i, f"new-{i}", three, EXPIRES, two) for i in ids])
        assert list(replaced) == [three] * 10 + [None] * 10
        assert list(await store.perform([Load(i) for i in ids])) == [None] * 10 + [Stored(one, EXPIRES + 1000)] * 10
        rotated = await store.perform([Rotate(i, f"rot-{i}", two, EXPIRES, one, "{}", 1000) for i in ids])
        assert list(rotated) == [None] * 10 + [two] * 10
        assert list(await store.perform([Load(i) for i in ids[10:]])) == [Stored("{}", 1000)] * 10
        gone = await store.perform([Delete(f"rot-{i}", alias=i) for i in ids])
        assert list(gone) == [False] * 10 + [True] * 10
        assert set(await store.perform([Load(i) for i in ids])) == {None}

    async def test_a_lazy_touch_is_there_after_closing(self, database: str) -> None:
        store = PostgresStore(database)
        await store.open()
        await store.perform([Create("a", "{}", EXPIRES)])
        assert await store.perform([Touch("a", EXPIRES + 5000, lazily=True)]) == (True,)
        await store.close()
        with psycopg.connect(database) as connection:
            assert connection.execute("SELECT extract(epoch FROM expire AT TIME ZONE 'UTC') * 1000 FROM session").fetchone() == (
                EXPIRES + 5000,
            )

    async def test_two_processes_writing_the_same_rows_never_deadlock(self, database: str) -> None:
        stores = [PostgresStore(database) for _ in range(3)]
        for store in stores:
            await store.open()
        ids = [f"id-{number}" for number in range(30)]
        await stores[0].perform([Create(i, "{}", EXPIRES) for i in ids])

        async def touch(store: PostgresStore, order: Sequence[str]) -> None:
            for turn in range(30):
                answers = await store.perform([Touch(i, EXPIRES + turn * 1000) for i in order])
                assert set(answers) == {True}

        await asyncio.gather(*(touch(store, ids[:: 1 - 2 * (n % 2)]) for n, store in enumerate(stores)))
        with psycopg.connect(database) as connection:
            row = connection.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()").fetchone()
        assert row == (0,)
        for store in stores:
            await store.close()

"""What spares the database: touches written behind, a breaker, and a budget of connections."""

from collections.abc import Sequence

from sessile import SaveUnknown, StoreRefused, StoreUnavailable
from sessile.errors import StoreError
from sessile.session.store import Answer, Touch
from sessile.stores.breaker import FAILURES, Breaker
from sessile.stores.postgres.budget import Budget
from sessile.stores.touches import Touches


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

"""Two Express and two sessile clients on one session, interleaved at random: nothing acknowledged is lost, nothing comes back.

Each example is played on real servers and judged from what the clients were told and what the table then held;
`lab/interleavings/judge.py` has the rules. A failure prints the schedule and all that happened.
"""

import logging
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import example, given, settings

from lab.interleavings import broken
from lab.interleavings.history import History
from lab.interleavings.judge import violations
from lab.interleavings.schedule import Cut, Op, Round, Schedule, Step
from lab.interleavings.stage import Stage
from lab.interleavings.strategies import schedules
from sessile.stores.postgres.store import PostgresStore

EXAMPLES, MANY_EXAMPLES = 25, 400

Sess = Literal["json", "jsonb"]

KNOWN: dict[str, Schedule] = {
    "two write, each a key of its own": (Round((Step("S1", Op.SET, held=True), Step("S2", Op.SET, held=True))),),
    "two write the same key": (Round((Step("S1", Op.SET_SHARED, held=True), Step("S2", Op.SET_SHARED, held=True)), (1, 0)),),
    "a logout under a sessile writer": (Round((Step("S1", Op.SET, held=True), Step("E1", Op.LOGOUT))),),
    "a logout under an Express writer": (Round((Step("E1", Op.SET, held=True), Step("S1", Op.LOGOUT))),),
    "a login under both": (Round((Step("S1", Op.SET, held=True), Step("E1", Op.SET, held=True), Step("S2", Op.LOGIN))),),
    "a reader after another's write": (Round((Step("S1", Op.READ), Step("S2", Op.SET))), Round((Step("S1", Op.READ),))),
    "a login that has loaded what another then changed": (Round((Step("S1", Op.LOGIN, held=True), Step("S2", Op.SET))),),
    "a refused row in a batch": (Round((Step("S1", Op.POISON), Step("S1", Op.ASIDE))), Round((Step("S2", Op.SET),))),
    "a cancelled request in a batch": (Round((Step("S1", Op.SET, cancelled_at=2), Step("S1", Op.ASIDE), Step("S1", Op.READ))),),
    "a connection that ends in the middle of a save": (Round((Step("S1", Op.SET),), cut=Cut("S1")), Round((Step("S2", Op.SET),))),
    "a logout whose connection ends": (Round((Step("S1", Op.LOGOUT),), cut=Cut("S1")), Round((Step("E1", Op.READ),))),
}


def judged(history: History) -> None:
    found = violations(history)
    assert not found, "\n".join([*found, "", str(history)])


@pytest.fixture
def stage(database: str, tmp_path: Path) -> Callable[..., Stage]:
    return partial(Stage, database, tmp_path)


class TestSessile:
    @pytest.mark.parametrize("sess", ["json", "jsonb"])
    def test_keeps_its_promises_however_requests_interleave(self, stage: Callable[..., Stage], sess: Sess) -> None:
        seen = played_at_random(stage(sess=sess), EXAMPLES)
        assert seen["200 live"] > EXAMPLES
        assert seen["200 find: deleted"]
        assert (seen["503 save: refused"] > 0) is (sess == "jsonb")

    @pytest.mark.slow
    @pytest.mark.parametrize("sess", ["json", "jsonb"])
    def test_keeps_them_in_many_more(self, stage: Callable[..., Stage], sess: Sess) -> None:
        seen = played_at_random(stage(sess=sess), MANY_EXAMPLES)
        assert seen["503 save: unknown"]


def played_at_random(stage: Stage, examples: int) -> Counter[str]:
    """Play the known schedules and as many random ones, and tell how often requests to sessile ended in which way."""
    seen: Counter[str] = Counter()
    with stage:

        def holds(schedule: Schedule) -> None:
            history = stage.play(schedule)
            seen.update(f"{request.status} {request.outcome}" for request in history.requests if request.is_sessile)
            judged(history)

        play(holds, examples, KNOWN.values())
    return seen


MISTAKES: dict[str, tuple[Any, Sess, str]] = {
    "has no triggers": (PostgresStore, "json", "is back"),
    "upserts": (broken.Upserts, "json", "is back"),
    "lets the last write win": (partial(broken.LastWriteWins, triggers=True), "json", "not one of"),
    "answers first": (broken.AnswersFirst, "json", "not one of"),
    "takes refusals for written": (partial(broken.TakesRefusalsForWritten, triggers=True), "jsonb", "not one of"),
    "takes missing rows for written": (partial(broken.TakesMissingForWritten, triggers=True), "json", "was not told"),
    "keeps the old id": (partial(broken.KeepsTheOldId, triggers=True), "json", "is back"),
    "remembers look-ups": (broken.RemembersLookups, "json", "not one of|is back"),
    "lets the first of a batch carry it": (broken.CarriedByTheFirst, "json", "nobody had cancelled it"),
}
mistakes = pytest.mark.parametrize(("store", "sess", "complaint"), MISTAKES.values(), ids=MISTAKES)


class TestTheHarness:
    """It can fail: each of these mistakes is caught within the default number of examples."""

    @mistakes
    def test_catches_a_store_that(self, stage: Callable[..., Stage], store: Any, sess: Sess, complaint: str) -> None:
        assert re.search(complaint, caught(stage(sess=sess, store=store), EXAMPLES, KNOWN.values()))

    @pytest.mark.slow
    @mistakes
    def test_catches_at_random_a_store_that(self, stage: Callable[..., Stage], store: Any, sess: Sess, complaint: str) -> None:
        assert re.search(complaint, caught(stage(sess=sess, store=store), MANY_EXAMPLES))

    def test_catches_an_outcome_that_nobody_is_told(self, stage: Callable[..., Stage]) -> None:
        with unlogged("deleted"):
            assert "stopped without a line in the log" in caught(stage(), EXAMPLES, KNOWN.values())


def caught(stage: Stage, examples: int, known: Iterable[Schedule] = ()) -> str:
    """What the judge says of the first schedule that goes wrong, "" if none does."""
    found: list[str] = []
    with stage:

        def play_on(schedule: Schedule) -> None:
            if not found:
                found.extend(violations(stage.play(schedule)))

        play(play_on, examples, known, database=None, derandomize=True)
    return "\n".join(found)


def play(schedule_by: Callable[[Schedule], None], examples: int, known: Iterable[Schedule], **options: Any) -> None:
    """Play these schedules, and as many random ones."""
    for schedule in known:
        schedule_by = example(schedule)(schedule_by)
    settings(max_examples=examples, deadline=None, **options)(given(schedules())(schedule_by))()


@contextmanager
def unlogged(word: str) -> Iterator[None]:
    """Keep every line with this word out of the log."""
    log = logging.getLogger("sessile")

    def others(record: logging.LogRecord) -> bool:
        return word not in record.getMessage()

    log.addFilter(others)
    try:
        yield
    finally:
        log.removeFilter(others)

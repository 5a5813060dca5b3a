"""How often something is said to Redis, and what its failures mean: one policy for both executors."""

import random
import time
from collections.abc import Generator, Sequence
from typing import Any, NamedTuple

from redis.exceptions import RedisError

from sessile.errors import StoreError, StoreUnavailable
from sessile.session.store import Answer, Want
from sessile.stores.breaker import Breaker
from sessile.stores.redis.commands import Command, Commands, Saying
from sessile.stores.redis.failures import failure, lost_connection

TRIES = 3
PAUSE_SECONDS = (0.01, 0.05)
"""Between two tries, at random, so that those who failed together do not try together."""

LOST = (RedisError, OSError)
"""What the driver raises when there was no reply."""


class Unsent(Exception):
    """Nothing was sent, for there was no connection; `error` tells why."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


class Say(NamedTuple):
    """Send the commands together. Answer: a reply for each, an error that Redis replied with as a value.

    What went wrong with the connection is thrown in: as `Unsent`, if nothing was sent.
    """

    commands: tuple[Command, ...]


class Rest(NamedTuple):
    """Wait that many seconds."""

    seconds: float


Step = Say | Rest
Answers = Sequence[Answer | StoreError]
Exchange = Generator[Step, Any, Answers]


def exchange(commands: Commands, wants: Sequence[Want], breaker: Breaker) -> Exchange:
    """Perform the wants with one message, again where that is safe; one answer each."""
    if refusal := breaker.refusal():
        return [refusal] * len(wants)
    sayings = [commands.say(want, _now()) for want in wants]
    message = Say(tuple(command for saying in sayings for command in saying.commands))
    repeatable = all(saying.repeatable for saying in sayings)
    failed: Exception = ConnectionError("no try was made")
    sent = False
    for left in reversed(range(TRIES)):
        try:
            return _read(sayings, (yield message), breaker)
        except Unsent as unsent:
            failed, sent = unsent.error, False
        except LOST as lost:
            failed, sent = lost, True
        if not (left and lost_connection(failed) and (repeatable or not sent)):
            break
        yield Rest(random.uniform(*PAUSE_SECONDS))  # noqa: S311 - jitter, no secret
    answers = [failure(failed, unknown=sent and not saying.repeatable) for saying in sayings]
    breaker.note(answers[0])
    return answers


def _read(sayings: Sequence[Saying], replies: Sequence[Any], breaker: Breaker) -> Answers:
    now, at, answers = _now(), 0, list[Answer | StoreError]()
    for saying in sayings:
        mine = replies[at : at + len(saying.commands)]
        at += len(mine)
        refused = next((reply for reply in mine if isinstance(reply, Exception)), None)
        answers.append(failure(refused, unknown=False) if refused else saying.read(mine, now))
    outage = next((answer for answer in answers if isinstance(answer, StoreUnavailable)), None)
    breaker.note(outage)
    return answers


def _now() -> int:
    return time.time_ns() // 1_000_000

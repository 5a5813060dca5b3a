"""How often a statement is tried, and what its failures mean: one policy for the asynchronous and the synchronous executor."""

import random
from collections.abc import Generator, Sequence
from typing import Any, NamedTuple

import psycopg

from sessile.errors import StoreError, StoreUnavailable
from sessile.stores.breaker import Breaker
from sessile.stores.postgres.failures import failure, first_line, lost_connection, never_started, unprepared
from sessile.stores.postgres.statements import Answers, Query, Row

TRIES = 3
PAUSE_SECONDS = (0.01, 0.05)
"""Between two tries, at random, so that those who failed together do not try together."""


class Run(NamedTuple):
    """Run the statement on a connection. Answer: its rows; a StoreError, psycopg.Error or TimeoutError is thrown in."""

    query: Query


class Rest(NamedTuple):
    """Wait that many seconds."""

    seconds: float


class Unprepare(NamedTuple):
    """Prepare no statements any more."""

    remark: str


Step = Run | Rest | Unprepare
Attempts = Generator[Step, Any, Answers | StoreError]


def attempts(query: Query, breaker: Breaker) -> Attempts:
    """Try a statement, again where that is safe, and read an answer for each of its wants; one error for all if it failed."""
    if refusal := breaker.refusal():
        return refusal
    failed: StoreError | None = None
    for last in (False,) * (TRIES - 1) + (True,):
        try:
            rows: Sequence[Row] = yield Run(query)
            breaker.note(None)
            return query.read(rows)
        except StoreError as error:
            failed = error
            break
        except (psycopg.Error, TimeoutError) as error:
            failed = failure(error, writing=not query.repeatable)
            if isinstance(error, TimeoutError):
                break
            if unprepared(error):
                yield Unprepare(
                    f"a pooler in transaction mode stands before the database ({first_line(error)}); statements are no longer "
                    "prepared: say so with ?pgbouncer=true",
                )
            elif last or not (never_started(error) or (query.repeatable and lost_connection(error))):
                break
            yield Rest(random.uniform(*PAUSE_SECONDS))  # noqa: S311 - jitter, no secret
    breaker.note(failed)
    return failed or StoreUnavailable("the store did not answer")

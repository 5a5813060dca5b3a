"""Carrying a plan out, one fix at a time in a database, and taking it back."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic, sleep

from psycopg import errors
from psycopg.sql import SQL, Identifier

from sessile.doctor.fixes.memory import Entry, Journal, journals
from sessile.doctor.fixes.plan import Needs, Plan, Step
from sessile.doctor.fixes.session import Session, opened
from sessile.errors import SessileError

LOCK_TRIES = 40
RECOVERIES = 5
PAUSE = 0.25
LONGEST_PAUSE = 2.0


class FixRefused(SessileError):
    """Nothing was changed, and the message says why; `script` is the SQL for somebody who may, where that is the reason."""

    def __init__(self, message: str, script: str | None = None) -> None:
        super().__init__(message)
        self.script = script


class FixStopped(SessileError):
    """A step failed; those before it stand, and are remembered so that they can be undone."""


@dataclass(frozen=True, slots=True)
class StepDone:
    """A step that was carried out, or `skipped` because there was nothing left to do; `seconds` it took, waits included."""

    number: int
    of: int
    why: str
    seconds: float
    tries: int = 1
    skipped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What was done. Live sessions are distinct sids that had not expired when it began; None where nobody could count them.

    `moved` is the number of rows in the keepsake table `keepsake`, None where there is none.
    """

    cause: str
    table: str
    steps: tuple[StepDone, ...]
    live_before: int | None = None
    live_after: int | None = None
    moved: int | None = None
    keepsake: str | None = None
    seconds: float = 0.0

    @property
    def changed(self) -> bool:
        """Whether any step had something to do."""
        return any(not step.skipped for step in self.steps)


Report = Callable[[StepDone], None]

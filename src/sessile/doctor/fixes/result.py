"""What applying a plan, or undoing one, comes to: the steps that were done, or the reason why not."""

from collections.abc import Callable
from dataclasses import dataclass

from sessile.errors import SessileError


class FixRefused(SessileError):
    """Nothing was changed, and the message says why; `script` is SQL for somebody who may, where a right is what is missing."""

    def __init__(self, message: str, script: str | None = None) -> None:
        super().__init__(message)
        self.script = script


class FixStopped(SessileError):
    """A step failed. Those before it stand, and are remembered so that they can be undone or gone on with."""


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
    """What was done to one table. Live sessions are distinct sids that had not expired when it began, None if nobody could count.

    `moved` is the number of rows that the keepsake table `keepsake` holds afterwards, None where there is none. `seconds` is all
    the time it took.
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

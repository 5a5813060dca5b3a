"""A circuit breaker: a store that failed several times in a row is left alone for a moment, and requests are answered at once."""

import random
from collections.abc import Callable

from sessile.errors import SaveUnknown, StoreError, StoreTimeout, StoreUnavailable

FAILURES = 3
"""How many calls in a row must fail before the store is left alone."""

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 0.5


class Breaker:
    """Closed while the store works. Open after `FAILURES` outages in a row: every call fails at once, until a pause is over and
    one call may try. Pauses double from a tenth of a second to half a second, with jitter, so that processes do not try together.

    `clock` is monotonic, in seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._failures = 0
        self._open_until: float | None = None
        self._why: StoreError | None = None

    def refusal(self) -> StoreUnavailable | None:
        """Why no call is made now; None lets this one through, and while the breaker is open keeps others waiting for its end."""
        if self._open_until is None:
            return None
        if self._clock() >= self._open_until:
            self._open_until = self._clock() + LONGEST_PAUSE_SECONDS
            return None
        return StoreUnavailable(f"the store failed {self._failures} times in a row, and is left alone for a moment: {self._why}")

    def late(self, seconds: float) -> StoreTimeout:
        """Count an answer that did not come within so many seconds."""
        late = StoreTimeout(f"the store did not answer within {seconds:g} s")
        self.note(late)
        return late

    def late_save(self, seconds: float) -> SaveUnknown:
        """The same of a save, which may have been done."""
        self.late(seconds)
        return SaveUnknown(f"the save was not answered within {seconds:g} s")

    def note(self, error: StoreError | None) -> None:
        """Count how a call ended: an outage, or not."""
        if not isinstance(error, StoreUnavailable | SaveUnknown):
            self._failures, self._open_until = 0, None
            return
        self._failures, self._why = self._failures + 1, error
        if self._failures >= FAILURES:
            pause = min(FIRST_PAUSE_SECONDS * 2 ** (self._failures - FAILURES), LONGEST_PAUSE_SECONDS)
            self._open_until = self._clock() + pause * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, no secret

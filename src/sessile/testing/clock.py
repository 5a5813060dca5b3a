"""A clock that stands still until it is moved."""

import time
from datetime import timedelta


class FakeClock:
    """For `clock=` of the middleware. `now` is in epoch seconds, and begins with the real time unless given."""

    def __init__(self, now: float | None = None) -> None:
        self.now = time.time() if now is None else now

    def __call__(self) -> float:
        return self.now

    def advance(self, span: timedelta | float) -> None:
        """Let time pass: a timedelta, or seconds."""
        self.now += span.total_seconds() if isinstance(span, timedelta) else span

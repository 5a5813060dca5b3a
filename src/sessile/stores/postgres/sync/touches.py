"""Touches written behind in a synchronous service: a second after the first of them, a thread writes all that wait."""

import threading
from collections.abc import Callable, Sequence

from sessile.errors import StoreError
from sessile.session.store import Answer, Touch
from sessile.stores.forking import begins_anew
from sessile.stores.touches import AFTER_SECONDS, Waiting


class SyncTouches:
    """Writes the touches that wait, together, a second after the first."""

    def __init__(self, write: Callable[[Sequence[Touch]], Sequence[Answer | StoreError]]) -> None:
        self._write = write
        self.forget()
        begins_anew(self)

    def add(self, touch: Touch) -> None:
        """See `Waiting.add`."""
        with self._lock:
            self._waiting.add(touch)
            self._start()

    def flush(self) -> None:
        """Write everything that waits, or lose it where the store is out of reach."""
        if self._timer is not None:
            self._timer.cancel()
        self._all()

    def forget(self) -> None:
        """See `Forgetful`: what waits is the parent's to write."""
        self._lock, self._writing = threading.Lock(), threading.Lock()
        self._waiting = Waiting()
        self._timer: threading.Timer | None = None

    def _start(self) -> None:
        if self._timer is None:
            self._timer = threading.Timer(AFTER_SECONDS, self._due)
            self._timer.daemon = True
            self._timer.start()

    def _due(self) -> None:
        with self._lock:
            self._timer = None
        if not self._all():
            with self._lock:
                self._start()

    def _all(self) -> bool:
        """Whether nothing waits any more."""
        with self._writing:
            while self._waiting:
                with self._lock:
                    taken = self._waiting.take()
                answers = self._write(taken)
                with self._lock:
                    if not self._waiting.written(taken, answers):
                        return False
        return True

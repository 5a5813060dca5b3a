"""Collectors at work side by side, within the time there is: one that fails, hangs or is interrupted loses only its own."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from threading import Event, Thread
from time import monotonic
from typing import Any, Generic, TypeVar

from sessile.doctor.evidence.watch import Watch
from sessile.doctor.masking import excerpt

LOG_PATIENCE = 600.0
GRACE = 5.0
LEAVING_PATIENCE = 20.0
"""For a visitor to leave, once it was told to."""

T = TypeVar("T")


class Look(Generic[T]):
    """One collector at work, in a thread that does not keep the program from ending.

    `found` is its fact, or None; then `why` tells the reason, and `error` is what was raised, if anything was. `log` is the name
    of the log that it reads, "" if it reads none.
    """

    def __init__(
        self, what: str, collect: Callable[[], T], *, origin: str = "", of_database: bool = False, log: str = ""
    ) -> None:
        self.what = what
        self.origin = origin
        self.of_database = of_database
        self.log = log
        self.why = ""
        self.error: BaseException | None = None
        self.thread = Thread(target=self._look, daemon=True)
        self._found: T | None = None
        self._collect = collect
        self._done = Event()

    @property
    def found(self) -> T | None:
        """What it found; nothing where it was given up, even if it ends after all."""
        return None if self.why else self._found

    def wait(self, deadline: float, patience: float) -> None:
        """Wait until it is done, or until `deadline`; then it took longer than `patience`, 0 where it was interrupted."""
        if not self.ends_by(deadline):
            self.why = f"it took longer than {patience:g} s" if patience else "it was interrupted"

    def ends_by(self, deadline: float) -> bool:
        """Wait until it is done, or until `deadline`; whether it is."""
        # Not thread.join(): until Python 3.12 a thread counts as ended once a join of it was interrupted.
        return self._done.wait(max(0.0, deadline - monotonic()))

    def _look(self) -> None:
        with ExitStack() as stack:
            stack.callback(self._done.set)
            stack.push(self._failed)
            self._found = self._collect()

    def _failed(self, _kind: object, error: BaseException | None, _traceback: object) -> bool:
        if error is not None:
            self.error = error
            self.why = self.why or reason(error)
        return True


class Stay(Look[T]):
    """A look that has to leave what it visits: its collector yields what it saw, then leaves, and yields the whole.

    It is done with the first; it goes on once `leave` is called. `remains` tells why it may not have left, "" if it has.
    """

    def __init__(self, what: str, collect: Callable[[], Iterator[T]]) -> None:
        super().__init__(what, self._stay)
        self.remains = ""
        self._visit = collect
        self._told, self._left = Event(), Event()

    def leave(self) -> None:
        """Tell it to leave as soon as it can."""
        self._told.set()

    def gone(self, patience: float) -> None:
        """Wait that many seconds for it to leave, if it was ever there."""
        if self.thread.ident is not None and not self._left.wait(patience):
            self.remains = f"its end took longer than {patience:g} s"

    def _stay(self) -> T:
        visit = self._visit()
        self._found = found = next(visit)
        self._done.set()
        self._told.wait()
        for found in visit:
            self._found = found
        return found

    def _look(self) -> None:
        try:
            super()._look()
        finally:
            self._left.set()

    def _failed(self, kind: object, error: BaseException | None, traceback: object) -> bool:
        if error is None or self._found is None:
            return super()._failed(kind, error, traceback)
        self.remains = reason(error)
        return True


def leave(looks: Sequence[Look[Any]], watch: Watch) -> None:
    """Let every visitor leave, and wait until it has; the first Ctrl-C does not hurry that."""
    stays = [look for look in looks if isinstance(look, Stay)]
    for look in stays:
        look.leave()
    try:
        _gone(stays, watch)
    except KeyboardInterrupt:
        if watch.stopped:
            raise
        watch.stop()
        _gone(stays, watch)


def _gone(stays: Sequence[Stay[Any]], watch: Watch) -> None:
    for look in stays:
        look.gone(GRACE if watch.stopped and look.why else LEAVING_PATIENCE)


def wait(looks: Sequence[Look[Any]], patience: float, watch: Watch) -> bool:
    """Start all and wait for them; whether they all had their time. Ctrl-C ends the waiting, and with it what `watch` guards."""
    began = monotonic()
    try:
        for look in sorted(looks, key=lambda look: not look.log):  # what needs nobody's answer first
            look.thread.start()
        for look in looks:
            # A log takes as long as it takes; a pipe that nobody opened to write into, no longer than anything else.
            long = not look.ends_by(began + patience) and watch.begun(look.log)
            look.wait(began + (LOG_PATIENCE if long else patience), patience)
    except KeyboardInterrupt:
        watch.stop()
        for look in looks:
            look.wait(monotonic() + (GRACE if look.log and look.thread.ident else 0), 0)
        return False
    return True


def reason(error: BaseException) -> str:
    """Why something failed, in one masked line."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return excerpt(str(error), 200) or type(error).__name__

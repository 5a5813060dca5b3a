"""Shows whoever waits how far a long reading has come, and ends it early with what was seen so far."""


class Watch:
    """Shared by a reading and by whoever waits for it, each in a thread of its own. `stopped` tells that readings are to end."""

    def __init__(self) -> None:
        self.stopped = False
        self._read: dict[str, tuple[int, int]] = {}

    def stop(self) -> None:
        """Ask every reading to end where it is."""
        self.stopped = True

    def note(self, name: str, done: int, total: int) -> None:
        """Take down that of `total` bytes (0: nobody knows how many) so many were read."""
        self._read[name] = (done, total)

    def begun(self, name: str) -> bool:
        """Whether the reading of that name has begun."""
        return name in self._read

    def __str__(self) -> str:
        """How far it has come: `app.log 43 %`, or the megabytes where the end is unknown; "" where nothing was opened."""
        told = (
            f"{name} {min(100, 100 * done // total)} %" if total else f"{name} {done / 1e6:.0f} MB"
            for name, (done, total) in tuple(self._read.items())
        )
        return ", ".join(told)

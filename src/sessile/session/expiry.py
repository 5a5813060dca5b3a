"""How long a session lives: idle and absolute limits, in milliseconds of a clock that is passed in."""

from dataclasses import dataclass
from datetime import timedelta

from sessile.errors import ConfigurationError

THROTTLE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Expiry:
    """Limits of a session's life.

    `idle`: from its last use. `absolute`: from its creation, however much it is used; None means no such limit. Raises
    ConfigurationError for limits below a second or beyond what browsers and PostgreSQL can hold.
    """

    idle: timedelta = timedelta(days=14)
    absolute: timedelta | None = None

    def __post_init__(self) -> None:
        for name, limit in (("idle", self.idle), ("absolute", self.absolute)):
            if limit is not None and not timedelta(seconds=1) <= limit <= timedelta(days=3650):
                raise ConfigurationError(f"{name} must be between 1 second and 3650 days, not {limit}")

    @property
    def idle_ms(self) -> int:
        """The idle limit in milliseconds: Express's `originalMaxAge`."""
        return int(self.idle / timedelta(milliseconds=1))

    def expires(self, now: int, created: int) -> int:
        """When a session used now expires, in epoch milliseconds."""
        idle = now + self.idle_ms
        return idle if self.absolute is None else min(idle, self.end(created))

    def end(self, created: int) -> int:
        """When a session created then ends for good, in epoch milliseconds; far away where there is no absolute limit."""
        limit = self.absolute or timedelta(days=365_000)
        return created + int(limit / timedelta(milliseconds=1))

    def throttle(self, life: int) -> int:
        """How much later a session must expire for a use of it to be worth writing down: a minute, or a tenth of a short life.

        `life` and the result are in milliseconds.
        """
        return min(int(THROTTLE / timedelta(milliseconds=1)), life // 10)

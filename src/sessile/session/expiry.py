"""How long a session lives, and its id: idle and absolute limits and rotation, in milliseconds of a clock that is passed in."""

from dataclasses import dataclass, field
from datetime import timedelta

from sessile.errors import ConfigurationError

SHORTEST, LONGEST = timedelta(seconds=1), timedelta(days=3650)
"""What browsers and PostgreSQL can hold, and a person can mean."""

THROTTLE_MS = 60_000

CRASH_MS = 60_000
"""What a crash can lose of writes that wait a few seconds to be written together, with room to spare, in milliseconds."""

FAR_AWAY_MS = 365_000 * 86_400_000


@dataclass(frozen=True, slots=True)
class Expiry:
    """Limits of a session's life.

    `idle`: from its last use. `absolute`: from its creation, however much it is used; None means no such limit. A use is noted
    when it adds a minute or a tenth of the life, and a few seconds late where a crash could not end the session by that;
    `exact_touch` notes every use before the response.

    `rotate`: an id older than this is exchanged for a new one; requests with the old one are let through for `grace`. Where
    Express logs out on the same table, do not rotate: what it deletes in the very second of a rotation is the old id only.

    Raises ConfigurationError for limits below a second or beyond 3650 days, and for a grace as long as the id itself.
    """

    idle: timedelta = timedelta(days=14)
    absolute: timedelta | None = None
    rotate: timedelta | None = None
    grace: timedelta = timedelta(seconds=30)
    exact_touch: bool = False
    idle_ms: int = field(init=False, repr=False, compare=False)
    absolute_ms: int = field(init=False, repr=False, compare=False)
    rotate_ms: int | None = field(init=False, repr=False, compare=False)
    grace_ms: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name in ("idle", "absolute", "rotate", "grace"):
            limit: timedelta | None = getattr(self, name)
            if limit is not None and not SHORTEST <= limit <= LONGEST:
                raise ConfigurationError(f"{name} must be between 1 second and 3650 days, not {limit}")
            object.__setattr__(self, f"{name}_ms", None if limit is None else milliseconds(limit))
        if self.absolute is None:
            object.__setattr__(self, "absolute_ms", FAR_AWAY_MS)
        if self.rotate is not None and self.grace >= self.rotate:
            raise ConfigurationError(f"grace ({self.grace}) must be shorter than rotate ({self.rotate}): ids would pile up")

    def end(self, created: int) -> int:
        """When a session created then ends for good, in epoch milliseconds; far away where there is no absolute limit."""
        return created + self.absolute_ms

    def can_wait(self, left: int) -> bool:
        """Whether a session with that much life left, in milliseconds, survives the loss of a use that was written late."""
        return left > CRASH_MS and not self.exact_touch

    def throttle(self, life: int, left: int) -> int:
        """How much later a session must expire for a use of it to be worth writing down: a minute, or a tenth of a short life;
        anything where a use cannot wait.

        The whole `life`, what is `left` of it, and the result are in milliseconds.
        """
        if left <= CRASH_MS or self.exact_touch:
            return 1
        return THROTTLE_MS if life >= THROTTLE_MS * 10 else life // 10

    def overdue(self, made: int, now: int) -> bool:
        """Whether an id made then is to be exchanged now."""
        return self.rotate_ms is not None and now - made >= self.rotate_ms

    def nearly_overdue(self, made: int, now: int, throttle: int) -> bool:
        """Whether an id is to be exchanged so soon that a response which sends it again could overtake the one with the new id;
        never sooner than a use of the session can go unwritten.
        """
        return self.rotate_ms is not None and now - made >= self.rotate_ms - min(self.grace_ms, throttle)


def milliseconds(span: timedelta) -> int:
    """A span in whole milliseconds."""
    return span // timedelta(milliseconds=1)

"""The stations of a session's journey, and one name for every way a session can stop at one of them."""

from dataclasses import dataclass
from enum import StrEnum


class Station(StrEnum):
    """The stations in the order in which a session passes them. Runtime and doctor use no other words for the same thing."""

    BOOT = "boot"
    REACH = "reach"
    SAVE = "save"
    SET = "set"
    KEEP = "keep"
    SEND = "send"
    ARRIVE = "arrive"
    VERIFY = "verify"
    FIND = "find"
    LIVE = "live"
    READ = "read"
    AGREE = "agree"

    @property
    def position(self) -> int:
        """The place in the journey, from 0 (`boot`) to 11 (`agree`)."""
        return list(Station).index(self)

    @property
    def holds(self) -> str:
        """What must hold at this station."""
        return _HOLDS[self]


_HOLDS = {
    Station.BOOT: "a secret of its own, one store, the table there",
    Station.REACH: "the store answers in time, with room",
    Station.SAVE: "the login's row is committed before the response",
    Station.SET: "the response carries Set-Cookie",
    Station.KEEP: "the browser stores the cookie",
    Station.SEND: "the browser sends it back, and only it",
    Station.ARRIVE: "the app receives it intact",
    Station.VERIFY: "its signature matches a key",
    Station.FIND: "this reader sees the row",
    Station.LIVE: "the row has not expired for this reader",
    Station.READ: "the payload decodes",
    Station.AGREE: "the client believes it",
}


class Reason(StrEnum):
    """Why a session did not live through a request; the value is the name in logs and metrics.

    `NEW`, `LIVE` and `RENAMED` are no failures: no cookie came, or the session was found, by a cookie of today's name or of the
    name before (`CookiePolicy.name_before`). `ROTATED`: the cookie is of before the session got
    another id, and the grace is over.
    """

    NEW = "new"
    LIVE = "live"
    RENAMED = "renamed"
    UNAVAILABLE = "unavailable"
    TIMEOUT = "timeout"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    MALFORMED = "malformed"
    UNSIGNED = "unsigned"
    BAD_SIGNATURE = "bad_signature"
    MISSING = "missing"
    DELETED = "deleted"
    ROTATED = "rotated"
    EXPIRED = "expired"
    EXPIRED_ABSOLUTE = "expired_absolute"
    UNREADABLE = "unreadable"


_STATIONS = {
    Reason.UNAVAILABLE: Station.REACH,
    Reason.TIMEOUT: Station.REACH,
    Reason.REFUSED: Station.SAVE,
    Reason.UNKNOWN: Station.SAVE,
    Reason.MALFORMED: Station.ARRIVE,
    Reason.UNSIGNED: Station.VERIFY,
    Reason.BAD_SIGNATURE: Station.VERIFY,
    Reason.MISSING: Station.FIND,
    Reason.DELETED: Station.FIND,
    Reason.ROTATED: Station.FIND,
    Reason.EXPIRED: Station.LIVE,
    Reason.EXPIRED_ABSOLUTE: Station.LIVE,
    Reason.UNREADABLE: Station.READ,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a request's session fared: the reason, and a detail for the log that holds no secret and no whole identifier."""

    reason: Reason
    detail: str = ""

    @property
    def station(self) -> Station | None:
        """The station at which the session stopped, None if it did not stop."""
        return _STATIONS.get(self.reason)

    @property
    def stopped(self) -> bool:
        """Whether a cookie came, or a save was tried, and no session lived."""
        return self.station is not None

    def __str__(self) -> str:
        return f"{self.station}: {self.reason}" if self.station else str(self.reason)


NEW = Outcome(Reason.NEW)
LIVE = Outcome(Reason.LIVE)

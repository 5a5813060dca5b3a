"""What is to happen: who does what with the session, what overlaps, what is cancelled and what breaks."""

from dataclasses import dataclass
from enum import StrEnum

SESSILE, EXPRESS = ("S1", "S2"), ("E1", "E2")
CLIENTS = SESSILE + EXPRESS
SHARED = "shared"


class Op(StrEnum):
    """What a request does; each writer has a key of its own, named as the client, and each value is written once."""

    READ = "read"
    SET = "set"
    SET_DEEP = "set deep"
    SET_SHARED = "set shared"
    UNSET = "unset"
    POISON = "poison"
    """Store a NUL, which `json` holds and `jsonb` refuses: a batch with it fails there."""

    ASIDE = "aside"
    """Write another session that only this client has, so that batches hold more than one row."""

    LOGIN = "login"
    LOGOUT = "logout"

    @property
    def writes(self) -> bool:
        """Whether it changes data."""
        return self not in (Op.READ, Op.LOGOUT)

    def __repr__(self) -> str:
        return f"Op.{self.name}"


@dataclass(frozen=True, slots=True)
class Step:
    """One request.

    `held`: its handler waits, the session loaded, until the round releases it. `stale`: it presents the first id of all, not the
    latest. `cancelled_at`: its task is cancelled when it waits for that time, counted from 1 (sessile only).
    """

    client: str
    op: Op
    held: bool = False
    stale: bool = False
    cancelled_at: int | None = None


@dataclass(frozen=True, slots=True)
class Cut:
    """The server ends the connections of one client while the round's requests run, or, `late`, while the held ones go on.

    `after_ms` says when, in milliseconds; None: while it changes a row, and before that is committed.
    """

    client: str
    after_ms: int | None = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class Round:
    """Requests that overlap.

    First the held ones load the session; then the others run, all at once; then the held ones are released: all at once, or one
    after another in the order of `release`, which holds positions among them.
    """

    steps: tuple[Step, ...]
    release: tuple[int, ...] | None = None
    cut: Cut | None = None


Schedule = tuple[Round, ...]

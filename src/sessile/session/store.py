"""What a session asks of its store, and the contract that every store keeps."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sessile.errors import StoreError


@dataclass(frozen=True, slots=True)
class Load:
    """Read a row, expired or not. Answer: `Stored`, or None where there is no such row."""

    id: str


@dataclass(frozen=True, slots=True)
class Create:
    """Insert a new row; `expires` in epoch milliseconds. Answer: the text as stored."""

    id: str
    text: str
    expires: int


@dataclass(frozen=True, slots=True)
class Update:
    """Change a row that still holds the text `was`. Answer: the text as stored, or None if the row is gone or holds another text.

    It never inserts, so a session that was logged out meanwhile stays logged out.
    """

    id: str
    text: str
    expires: int
    was: str


@dataclass(frozen=True, slots=True)
class Touch:
    """Move a row's expiry forward, never back. Answer: whether the row is there."""

    id: str
    expires: int


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove a row. Answer: whether it was there."""

    id: str


@dataclass(frozen=True, slots=True)
class Replace:
    """Remove the row `old` and insert `id`, in one transaction. Answer: the text as stored."""

    old: str
    id: str
    text: str
    expires: int


@dataclass(frozen=True, slots=True)
class Stored:
    """A row as read: its text, and when it expires, in epoch milliseconds."""

    text: str
    expires: int


Want = Load | Create | Update | Touch | Delete | Replace
Answer = Stored | str | bool | None


class Store(Protocol):
    """A store for asynchronous services. Missing, refused and failed differ: None, StoreRefused and StoreUnavailable.

    When a write's answer returns, the write is committed.
    """

    async def open(self) -> None:
        """Make ready, and check that sessions can be kept. Raises ConfigurationError where they provably cannot; an outage is
        no such proof.
        """

    async def close(self) -> None:
        """Release everything."""

    async def perform(self, wants: Sequence[Want]) -> Sequence[Answer | StoreError]:
        """Do all that is wanted, one answer each, in order; a want that fails answers with its error and harms no other.

        An id stands at most once among the wants that write.
        """


class SyncStore(Protocol):
    """The same contract for synchronous services."""

    def open(self) -> None:
        """See Store.open."""

    def close(self) -> None:
        """See Store.close."""

    def perform(self, wants: Sequence[Want]) -> Sequence[Answer | StoreError]:
        """See Store.perform."""

"""What a session asks of its store, and the contract that every store keeps."""

from collections.abc import Awaitable, Sequence
from typing import NamedTuple, Protocol

from sessile.errors import StoreError
from sessile.session.id import masked


def _shown(want: "Want") -> str:
    """A want as a debugger or an error report may show it: whoever has its id and a key, or its text, has the session."""
    return f"{type(want).__name__}({masked(want.old if isinstance(want, Replace | Rotate) else want.id)})"


class Load(NamedTuple):
    """Read a row, expired or not. Answer: `Stored`, or None where there is no such row."""

    id: str

    def __repr__(self) -> str:
        return _shown(self)


class Create(NamedTuple):
    """Insert a new row; `expires` in epoch milliseconds. Answer: the text as stored."""

    id: str
    text: str
    expires: int

    def __repr__(self) -> str:
        return _shown(self)


class Update(NamedTuple):
    """Change a row that still holds the text `was`. Answer: the text as stored, or None if the row is gone or holds another text.

    It never inserts, so a session that was logged out meanwhile stays logged out.
    """

    id: str
    text: str
    expires: int
    was: str

    def __repr__(self) -> str:
        return _shown(self)


class Touch(NamedTuple):
    """Move a row's expiry forward, never back. Answer: whether the row is there.

    `lazily`: it may be written a few seconds later, for the row outlives a crash that loses it.
    """

    id: str
    expires: int
    lazily: bool = False

    def __repr__(self) -> str:
        return _shown(self)


class Delete(NamedTuple):
    """Remove a row. Answer: whether it was there.

    With `was`, only if it still holds that text; the answer then tells whether it did. `alias` is an id that led to this row, and
    goes with it, in one transaction. `why` goes into the journal, where one is kept.
    """

    id: str
    alias: str | None = None
    was: str | None = None
    why: str = "logged out"

    def __repr__(self) -> str:
        return _shown(self)


class Replace(NamedTuple):
    """Remove the row `old` and insert `id`, in one transaction. Answer: the text as stored.

    With `was`, only if `old` still holds that text; otherwise nothing is done, and the answer is None. `alias` is an id that led
    to `old`, and goes with it.
    """

    old: str
    id: str
    text: str
    expires: int
    was: str | None = None
    alias: str | None = None

    def __repr__(self) -> str:
        return _shown(self)


class Rotate(NamedTuple):
    """Give a row another id: `old`, if it still holds `was`, is made an alias that holds no data, and `id` is inserted.

    One transaction. The alias gets exactly the expiry `alias_expires`, also if that is earlier than before. Answer: the new row's
    text as stored, or None if `old` is gone or holds another text; then nothing was written.
    """

    old: str
    id: str
    text: str
    expires: int
    was: str
    alias_text: str
    alias_expires: int

    def __repr__(self) -> str:
        return _shown(self)


class Stored(NamedTuple):
    """A row as read: its text, and when it expires, in epoch milliseconds."""

    text: str
    expires: int

    def __repr__(self) -> str:
        return f"Stored({len(self.text)} characters, expires={self.expires})"


Want = Load | Create | Update | Touch | Delete | Replace | Rotate
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

    def perform(self, wants: Sequence[Want]) -> Awaitable[Sequence[Answer | StoreError]]:
        """Do all that is wanted, one answer each, in order; a want that fails answers with its error and harms no other.

        An id stands at most once among the wants that write (`old` and `alias` are ids too).
        """


class SyncStore(Protocol):
    """The same contract for synchronous services."""

    def open(self) -> None:
        """See Store.open."""

    def close(self) -> None:
        """See Store.close."""

    def perform(self, wants: Sequence[Want]) -> Sequence[Answer | StoreError]:
        """See Store.perform."""

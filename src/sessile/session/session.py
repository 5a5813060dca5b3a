"""The session that an application holds in its hands: a dict with an id, an outcome and a record of what was stored."""

from dataclasses import dataclass
from typing import Any

from sessile.session.codec import Payload, decode, fingerprint
from sessile.session.outcome import NEW, Outcome


@dataclass(frozen=True, slots=True)
class Record:
    """A session as the store is known to hold it; `expires` in epoch milliseconds."""

    id: str
    text: str
    payload: Payload
    expires: int
    mark: str | None

    @classmethod
    def of(cls, session_id: str, text: str, expires: int) -> "Record":
        """Take in a stored text. Raises Unreadable if it is no session."""
        payload = decode(text)
        return cls(session_id, text, payload, expires, fingerprint(payload.data))


class Session(dict[str, Any]):
    """A session's data. Integrations add `regenerate`, `save` and `destroy` in their own world, awaited or not."""

    __slots__ = ("forgotten", "next_id", "outcome", "record", "renewed")

    def __init__(self) -> None:
        super().__init__()
        self.record: Record | None = None
        self.outcome: Outcome = NEW
        self.next_id: str | None = None
        self.renewed = False
        self.forgotten = False

    @property
    def id(self) -> str | None:
        """The id under which it is stored, or will be after `regenerate`; None while it has none."""
        return self.next_id or (self.record.id if self.record else None)

    @property
    def changes(self) -> frozenset[str]:
        """The top-level keys whose values differ from what is stored, nested changes included."""
        if self.record is None:
            return frozenset(self)
        if self.record.mark is not None and fingerprint(self) == self.record.mark:
            return frozenset()
        stored = decode(self.record.text).data
        both = self.keys() & stored.keys()
        return frozenset(self.keys() ^ stored.keys()) | {key for key in both if not _same(self[key], stored[key])}

    def adopt(self, record: Record) -> None:
        """Show what the store holds."""
        self.record = record
        self.clear()
        self.update(decode(record.text).data)

    def forget(self) -> None:
        """Be empty, and have no row any more."""
        self.clear()
        self.record = self.next_id = None
        self.forgotten = True


def _same(left: object, right: object) -> bool:
    marks = fingerprint({"value": left}), fingerprint({"value": right})
    return marks[0] is not None and marks[0] == marks[1]

"""The session that an application holds in its hands: a dict with an id, an outcome and a record of what was stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sessile.session.codec import Payload, alike, decode, fingerprint, moment
from sessile.session.cookie import Identity
from sessile.session.expiry import LONGEST, SHORTEST, milliseconds
from sessile.session.outcome import NEW, Outcome
from sessile.session.store import Stored
from sessile.session.view import Model, read, write


@dataclass(slots=True)
class Record:
    """A session as the store is known to hold it.

    `expires` and `created` in epoch milliseconds; `cookie` is Express's cookie object, `own` what sessile noted in the row,
    `mark` the fingerprint of its data.
    """

    id: str = field(repr=False)
    text: str = field(repr=False)
    expires: int
    cookie: dict[str, Any]
    own: dict[str, Any] = field(repr=False)
    created: int | None
    mark: bytes | None = field(repr=False)

    @classmethod
    def of(cls, session_id: str, stored: Stored, payload: Payload) -> "Record":
        """Take in what was read."""
        (text, expires), own = stored, payload.own
        created = moment(own, "created") if own else None
        return cls(session_id, text, expires, payload.cookie, own, created, fingerprint(payload.data))


@dataclass(frozen=True, slots=True)
class Lifetime:
    """A life that an application gave one session, in milliseconds from its last use; None: its cookie ends with the browser."""

    milliseconds: int | None


class Session(dict[str, Any]):
    """A session's data. Integrations add `regenerate`, `save` and `destroy` in their own world, awaited or not.

    `outcome` tells how it fared, `key` is the fingerprint of the key that verified its cookie, `overwritten` the keys of the last
    write that another request had changed at the same time: of those this session's values stay. `unavailable` tells why it could
    not be loaded, where its request goes on without.
    """

    __slots__ = (
        "emptied", "forgotten", "key", "left", "lifetime", "next_id", "outcome", "overwritten", "record", "renamed", "renewed",
        "signed", "unavailable",
    )  # fmt: skip

    def __init__(self) -> None:
        self.record: Record | None = None
        self.outcome: Outcome = NEW
        self.key: str | None = None
        self.unavailable: str | None = None
        self.signed: str | None = None
        self.overwritten: frozenset[str] = _NONE
        self.lifetime: Lifetime | None = None
        self.next_id: str | None = None
        self.left: Identity | None = None
        self.renamed: Identity | None = None
        self.emptied = self.renewed = self.forgotten = False

    @property
    def id(self) -> str | None:
        """The id under which it is stored, or will be after `regenerate`; None while it has none."""
        return self.next_id or (self.record.id if self.record else None)

    @property
    def changed(self) -> bool:
        """Whether there is anything to store: `changes` names it, and costs more."""
        record = self.record
        if record is None:
            return bool(self)
        return self.lifetime is not None or record.mark is None or fingerprint(self) != record.mark

    @property
    def changes(self) -> frozenset[str]:
        """The top-level keys whose values differ from what is stored, nested changes included; `cookie` after `remember`."""
        record = self.record
        if record is None:
            return frozenset(self)
        if not self.changed:
            return _NONE
        return differing(self, decode(record.text).data) | (_NONE if self.lifetime is None else _COOKIE)

    def remember(self, idle: timedelta | None) -> None:
        """Let this session live that long from its last use, with a cookie that outlives the browser; None: it ends with the
        browser.

        It is written at the next save, and stays when the session gets another id; an absolute limit still ends it. Raises
        ValueError below 1 second or beyond 3650 days, TypeError for what is no timedelta.
        """
        if idle is not None and not isinstance(idle, timedelta):
            raise TypeError(f"remember takes a timedelta or None, not {type(idle).__name__}: remember(timedelta(days=30))")
        if idle is not None and not SHORTEST <= idle <= LONGEST:
            raise ValueError(f"a session is remembered for 1 second to 3650 days, not {idle}")
        self.lifetime = Lifetime(None if idle is None else milliseconds(idle))

    def view(self, model: type[Model]) -> Model:
        """The data with its types: a msgspec Struct, a pydantic model, or a dataclass where one of both is installed.

        It is a copy; `assign` takes it back. Raises PayloadMismatch, which names the key that does not fit.
        """
        return read(model, self)

    def assign(self, value: object) -> None:
        """Set the keys that a view has, in the form in which JSON holds them; other keys stay. Raises TypeError for no view."""
        self.update(write(value))

    def adopt(self, record: Record, data: dict[str, Any]) -> None:
        """Show what the store holds; the data is the session's from now on."""
        self.record = record
        self.clear()
        self.update(data)

    def forget(self) -> None:
        """Be empty, and have no row any more."""
        self.clear()
        self.record = self.next_id = self.lifetime = None


def differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> frozenset[str]:
    """The keys that only one of them has, or whose values differ, however deep."""
    return frozenset(one.keys() ^ other.keys()) | {key for key in one.keys() & other.keys() if not alike(one[key], other[key])}


_NONE: frozenset[str] = frozenset()
_COOKIE = frozenset({"cookie"})

"""What is known of one cookie: how it arrived, its row, and how its session ended."""

from dataclasses import dataclass, field
from datetime import timedelta

from sessile.doctor.facts.correlation import Signature, Unsigned
from sessile.doctor.facts.evidence import Unknown
from sessile.stores.postgres.journal import Event, Word


@dataclass(frozen=True, slots=True)
class Arrival:
    """One cookie as it was presented.

    `session_id` is what stands before the signature, None if the value has none; `prefixed` tells that `s:` comes first.
    `damage` says what happened to the value on its way ("it is percent-encoded twice"), after which the rest was read as it
    was meant. `number` counts cookies of one name from 1.
    """

    name: str | None
    session_id: str | None = field(default=None, repr=False)
    signed: str | None = field(default=None, repr=False)
    prefixed: bool = True
    damage: str = ""
    remark: str = ""
    number: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The row of the session id. `left` is how long it still lives for this reader, negative when it has expired, or None.

    `cookie_left` is the same by the `expires` in `sess`, where it has one. `writer_zone` is the time zone in which `expire` was
    written (`UTC`, `UTC+05:30`), "" where the row does not tell. `identities` are the keys of `sess` that name a user. `key` says
    what is looked for where it is no row of a table, `prefix` how that key begins, `payload` where the session stands;
    `time_zone` is "" where none counts.
    """

    table: str
    masked_id: str
    expire: str
    left: timedelta | None
    time_zone: str
    rows: int = 1
    readable: bool = True
    has_cookie: bool = True
    cookie_left: timedelta | None = None
    writer_zone: str = ""
    identities: tuple[str, ...] = ()
    other_keys: int = 0
    key: str = ""
    prefix: str = ""
    payload: str = "sess"

    @property
    def what(self) -> str:
        """What was looked for, in words."""
        return self.key or f"row with sid {self.masked_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What is known of the end of a session whose row is gone.

    `words` are the journal's, the latest first; `kept` tells that there is a journal, and that it was read. `deleted` is when the
    row was deleted while it lived, by its tombstone. `unread` says what could not be read, and why.
    """

    words: tuple[Word, ...] = ()
    kept: bool = False
    deleted: Word | None = None
    unread: tuple[str, ...] = ()

    @property
    def last(self) -> Word | None:
        """How it ended: by the journal, else by the tombstone; None where neither knows."""
        told = self.words[0] if self.words else None
        return told if told and told.event != Event.CREATED else self.deleted


@dataclass(frozen=True, slots=True)
class NoRow:
    """There is no row of the session id that this reader sees; `because` names a reason where one is known.

    `key` is as a row's. `elsewhere` names the place where it is though this reader does not look there.
    """

    table: str
    masked_id: str
    because: str = ""
    ending: Ending = Ending()
    key: str = ""
    elsewhere: str = ""

    @property
    def says(self) -> str:
        """That it is not there, in words."""
        return f"{self.table} has no {self.key or f'row with sid {self.masked_id}'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Everything seen of one cookie. `first` is the first of several cookies of its name, which Express takes."""

    arrival: Arrival
    signature: Signature | Unsigned | Unknown
    row: Row | NoRow | Unknown
    first: Arrival | None = None

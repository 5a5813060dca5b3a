"""What secrets and database say of the cookies on the wire: who signed each, which row it opens, which login left a row."""

from dataclasses import dataclass

from sessile.doctor.facts.cookies import Value
from sessile.doctor.facts.evidence import Unknown
from sessile.doctor.facts.exchange import Exchange
from sessile.doctor.facts.wire import Wire
from sessile.stores.postgres.journal import Word


@dataclass(frozen=True, slots=True)
class Signature:
    """The secret that signed: where it stands, its fingerprint, and how it had to be changed to match ("" not at all)."""

    where: str
    fingerprint: str
    variant: str = ""
    known_default: bool = False


@dataclass(frozen=True, slots=True)
class Unsigned:
    """No secret signed it; `tried` are the places of those that were tried."""

    tried: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """The row of a session id, as the connected role reads it.

    `expires` is when it ends for this reader and `cookie_expires` what the cookie object in `sess` says, both in epoch
    milliseconds; None where that is no point in time. `identities` are the keys of `sess` that name a user, `other_keys` counts
    all beside the cookie. `prefix` is the one of the key where the session stands in Redis.
    """

    expires: float | None
    cookie_expires: float | None = None
    rows: int = 1
    readable: bool = True
    has_cookie: bool = True
    identities: tuple[str, ...] = ()
    other_keys: int = 0
    prefix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The session that a cookie itself holds, as Starlette, Flask and Django write it.

    `ends` is until when its framework accepts it, in epoch milliseconds, None where that is never. `identities` are the keys that
    name a user, `other_keys` counts the rest.
    """

    ends: float | None
    identities: tuple[str, ...] = ()
    other_keys: int = 0


@dataclass(frozen=True, slots=True)
class Missing:
    """No row that the connected role sees.

    `hidden` says that row security may hide it, `ended` how the session ended, where that is known. `elsewhere` names the place
    in Redis where it is, though this reader does not look there.
    """

    hidden: bool = False
    ended: Word | None = None
    elsewhere: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correlation:
    """One session cookie of the wire, by its value: what became of it on its way (`damage`, "" nothing), signature and row."""

    value: Value
    masked_id: str = ""
    damage: str = ""
    signature: Signature | Unsigned | Unknown
    row: Stored | Held | Missing | Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """The rows that were saved while a login was answered, and that no cookie of any recording opens.

    `unclaimed` counts them; `chance` is how many other people's logins would leave there, by the ten minutes around. `complete`
    tells that the whole table was looked through, so that none means none.
    """

    source: str
    pointer: str
    unclaimed: int
    chance: float
    complete: bool

    @property
    def orphaned(self) -> bool:
        """Whether a row of this login is there that no cookie opens, and hardly by chance."""
        return self.unclaimed > 0 and self.chance < 0.1

    @property
    def unsaved(self) -> bool:
        """Whether this login left no row."""
        return self.complete and not self.unclaimed


@dataclass(frozen=True, slots=True)
class Correlations:
    """Everything that was verified and looked up; `table` is the table's quoted name, "" where none was looked at.

    `looked_up` is when, by the doctor's clock, in epoch milliseconds.
    """

    cookies: tuple[Correlation, ...] = ()
    logins: tuple[Login, ...] = ()
    table: str = ""
    looked_up: float | None = None

    def of(self, value: Value | Unknown) -> Correlation | None:
        """What is known of a cookie's value, None if nothing was looked up."""
        return next((one for one in self.cookies if one.value == value), None)

    def login(self, wire: Wire, exchange: Exchange) -> Login | None:
        """The rows of a login, None if they were not looked for."""
        place = (wire.source, exchange.pointer)
        return next((one for one in self.logins if (one.source, one.pointer) == place), None)

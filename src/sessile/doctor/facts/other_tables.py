"""Session tables that are not connect-pg-simple's: those of Django, Flask-Session and connect-session-knex."""

from dataclasses import dataclass
from enum import StrEnum


class Library(StrEnum):
    """Whose table it is."""

    DJANGO = "Django"
    FLASK_SESSION = "Flask-Session"
    KNEX = "connect-session-knex"

    @property
    def columns(self) -> frozenset[str]:
        """The columns by which the table is known."""
        return _COLUMNS[self]

    @property
    def expiry(self) -> str:
        """The column that says until when a session lives."""
        return _EXPIRY[self]


_COLUMNS = {
    Library.DJANGO: frozenset({"session_key", "session_data", "expire_date"}),
    Library.FLASK_SESSION: frozenset({"id", "session_id", "data", "expiry"}),
    Library.KNEX: frozenset({"sid", "sess", "expired"}),
}
_EXPIRY = {Library.DJANGO: "expire_date", Library.FLASK_SESSION: "expiry", Library.KNEX: "expired"}


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherTable:
    """One such table. `name` is quoted, with its schema; `expiry_type` is the type of the column that ends a session.

    `live` rows have not expired, `endless` have no expiry. Of the newest `sampled` rows of Django's, `signed` are signed by one
    of the secrets that were given (`tried` names their places), and `unreadable` are no signed JSON; `backends` are those that
    users logged in by. Of Flask-Session's, `unreadable` rows begin like no format that it reads. `gone` tells that Django's
    migrations (`name` is their table) have created its table, and that it is not there.
    """

    library: Library
    name: str
    expiry_type: str
    rows: int
    live: int
    endless: int = 0
    sampled: int = 0
    signed: int = 0
    unreadable: int = 0
    tried: tuple[str, ...] = ()
    backends: tuple[str, ...] = ()
    gone: bool = False

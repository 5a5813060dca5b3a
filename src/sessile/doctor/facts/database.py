"""What a PostgreSQL server told about itself, its session table and the rows in it."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sessile.doctor.facts.evidence import Evidence, Unknown
from sessile.doctor.facts.logs import ErrorSeen
from sessile.stores.postgres.shape import TableShape


@dataclass(frozen=True, slots=True)
class Failure:
    """An error met by the doctor itself: an SQLSTATE or errno name (`42P10`, `ECONNREFUSED`), or "" when there is none."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting made by `ALTER ROLE` or `ALTER DATABASE`; an empty role or database means all of them."""

    role: str
    database: str
    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """The server as the connected role meets it. `clock_ahead` is its clock less the doctor's; times are timezone-aware."""

    version: int
    user: str
    superuser: bool
    database: str
    search_path: tuple[str, ...]
    standby: bool
    read_only: bool
    read_only_source: str
    time_zone: str
    time_zone_source: str
    encoding: str
    settings: tuple[Setting, ...]
    max_connections: int
    reserved_connections: int
    connections: int
    role_connection_limit: int
    role_connections: int
    started: datetime
    initialized: datetime | None
    statistics_since: datetime | None
    clock_ahead: timedelta
    collation_changed: bool = False

    @property
    def crashed(self) -> bool:
        """Whether the last start was a recovery from a crash, which throws statistics (and unlogged rows) away.

        They begin anew then, right after the start. A first start of a new cluster looks alike, so it must have been
        initialised well before.
        """
        if self.statistics_since is None or self.initialized is None:
            return False
        after_start = self.statistics_since - self.started
        reset_by_start = timedelta(seconds=-1) < after_start < timedelta(minutes=10)
        return reset_by_start and self.started - self.initialized > timedelta(seconds=2)


USERS: Final = re.compile(r"(?:user|account|member|customer|person|owner|identity|principal)(?:_?id)?", re.IGNORECASE)
"""Columns that say whose a row is."""


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation whose name or columns look like a session table. `rows` is an estimate (-1: none), `newest` its latest `expire`.

    Tables of up to 16 MiB that the role may read are counted.
    """

    schema: str
    name: str
    kind: str
    columns: tuple[str, ...]
    in_search_path: bool
    rows: int
    newest: datetime | None = None

    @property
    def holds_sessions(self) -> bool:
        """Whether it has connect-pg-simple's three columns."""
        return {"sid", "sess", "expire"} <= set(self.columns)

    @property
    def of_another_kind(self) -> bool:
        """Whether it may be where a service keeps sessions in a form of its own: its rows are of users, and none of ours."""
        return not {"sid", "sess"} & set(self.columns) and any(USERS.fullmatch(column) for column in self.columns)


@dataclass(frozen=True, slots=True)
class Offset:
    """How far `expire` stands from `sess.cookie.expires`, read as UTC, in how many rows: the writer's time zone offset.

    `sessile` is how many of the rows sessile wrote, which marks its own; the rest is Express's.
    """

    seconds: int
    rows: int
    sessile: int = 0


@dataclass(frozen=True, slots=True)
class RowCookies:
    """How many live rows give their cookie these attributes, when the first and the last were saved (epoch seconds)."""

    attributes: str
    rows: int
    first: float
    last: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Figures over the rows that were read: all of them, or a sample (`complete` is False).

    `absurd` rows expire before 2000 or more than 10 years from now: a wrong unit. `returning` and `never_returned` count
    rows of Express with an identity, saved at least ten seconds and at most a day ago, that were or were not touched since.
    `repeated_logins` counts those never touched of one user that came within ten minutes of each other. A service that saves
    every session at every request leaves all of them untouched, but then `TableShape.updates` exceeds `inserts`.

    `duplicate_sids` have more than one row, `duplicate_rows` are the rows beyond the first of each. `short_lived` rows were
    meant to live less than 100,000 ms, `negative_lives` less than none, `browser_sessions` as long as the browser
    runs (no originalMaxAge), `midnight` rows expire without a time of day, `of_nobody` rows hold nothing that names a user.
    `users_erased` live rows hold an empty `passport`. `cookies` are the attributes that live rows give their cookies, those
    saved last first. `newest` is when the newest row was saved. `offsets` are those of untouched rows, most frequent first; a
    timestamptz has none.
    """

    complete: bool
    read: int
    live: int
    expired: int
    null_expire: int
    absurd_future: int
    absurd_past: int
    duplicate_sids: int | Unknown
    duplicate_rows: int | Unknown
    null_sids: int
    without_cookie: int
    not_objects: int
    returning: int
    never_returned: int
    repeated_logins: int
    short_lived: int
    newest: datetime | None
    offsets: tuple[Offset, ...]
    midnight: int = 0
    browser_sessions: int = 0
    negative_lives: int = 0
    of_nobody: int = 0
    users_erased: int = 0
    cookies: tuple[RowCookies, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One statement of the experiment: its name, how many rows it met, and the failure if it met one."""

    name: str
    rows: int = 0
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Experiment:
    """A login's own statements, run as the connected role and rolled back.

    `life_difference` is how long the row would live for this connection, less the hour that was asked for: zero where writing
    and reading agree. `life_difference_in_utc` is the same for a reader whose TimeZone is UTC: with a zoneless `expire` this
    connection's own offset, zero with a timestamptz.
    """

    steps: tuple[Step, ...]
    life_difference: timedelta | None = None
    life_difference_in_utc: timedelta | None = None

    def step(self, name: str) -> Step | None:
        """The step of that name (`save`, `find`, `touch`, `destroy`), or None if it was not reached."""
        return next((step for step in self.steps if step.name == name), None)

    @property
    def passed(self) -> bool:
        """Whether every statement did what a login needs."""
        return bool(self.steps) and all(step.failure is None and step.rows == 1 for step in self.steps)


@dataclass(frozen=True, slots=True)
class Holder:
    """A backend that holds a lock on the session table which session statements wait for.

    `age` is of its transaction, zero where this role may not see it; `state` is "" then. `pid` is 0 for a prepared transaction.
    """

    pid: int
    mode: str
    state: str
    age: timedelta
    waiting: int
    application: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """One database: its masked address, then what could be learned before something stood in the way.

    `table` is the session table, None when no relation could be it. `quoted` tells that literal quotes stood around the URL,
    which the doctor leaves out and other drivers do not; `remarks` what else was changed in it. `damage` are errors of the
    server's files, memory and room (classes 53, 58, XX) met while reading. `broken_off` is how the connection ended, where it
    ended before everything was looked at. `tables` is how many tables and views there are of whatever kind, counted where none
    is the session table.
    """

    address: str
    failure: Failure | None = None
    server: Server | Unknown
    table: TableShape | Unknown | None
    relations: tuple[Relation, ...] = ()
    rows: Rows | Unknown
    experiment: Experiment | Unknown
    holders: tuple[Holder, ...] = ()
    quoted: bool = False
    remarks: tuple[str, ...] = ()
    damage: tuple[Failure, ...] = ()
    broken_off: Failure | None = None
    tables: int | Unknown = 0

    @property
    def errors(self) -> tuple[ErrorSeen, ...]:
        """The failures that the doctor met itself, as errors that causes match like those of a log."""
        seen = []
        if self.failure:
            seen.append(self._error(self.failure, "postgres", f"connecting to {self.address}"))
        seen += [self._error(failure, "postgres", "reading the session table") for failure in self.damage]
        if isinstance(self.experiment, Experiment):
            seen += [
                self._error(step.failure, "experiment", f"statement '{step.name}', rolled back")
                for step in self.experiment.steps
                if step.failure
            ]
        return tuple(seen)

    @staticmethod
    def _error(failure: Failure, source: str, pointer: str) -> ErrorSeen:
        says = f"{failure.code} {failure.message}".strip()
        return ErrorSeen(code=failure.code, message=failure.message, live=True, evidence=Evidence(says, source, pointer))

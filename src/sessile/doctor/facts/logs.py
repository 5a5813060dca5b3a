"""What an application's log says, counted by kind so that a log of any size stays a handful of facts."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sessile.doctor.facts.evidence import Evidence

SESSION_STORE = "session store"
"""What an error names whose stack says that the session store's own query failed."""

SENT_TO_LOGIN = "SENT_TO_LOGIN"
"""The code of a request that was turned away by a redirect to the login, as robots are that follow every link."""


class Kind(StrEnum):
    """What a line means, whoever printed it."""

    BOOT = "the service started"
    EXIT = "the process ended on an error"
    TABLE_OK = "the session table was found in order"
    TABLE_WARNING = "creating the session table failed"
    SAVED = "a session was saved"
    SAVE_ERROR = "saving a session failed"
    ERROR = "an error"
    WARNING = "an oddity that is no error"
    SIGNATURE_INVALID = "a cookie's signature matched no key"
    COOKIE_UNSIGNED = "a cookie of our name was not signed"
    NO_COOKIE = "a request came without the cookie"
    NO_SESSION = "no row was found for a cookie"
    SESSION_FOUND = "the row of a cookie was found"
    NOT_SECURED = "no cookie was set because the request did not look like https"
    PATH_MISMATCH = "the request lies outside the cookie's path"
    STORE_DISCONNECTED = "the store was disconnected"
    OUTCOME = "sessile named the station at which a session stopped"
    KEYS = "sessile named the fingerprints of its keys"
    LOGIN = "a login was answered with success"
    LOGIN_REFUSED = "a login was answered 401"
    UNAUTHORIZED = "a request other than a login was answered 401"
    CLOSED = "a page was answered 401, as it is to everybody, while other pages are shown to users"
    SERVER_ERROR = "a request was answered 5xx"
    AUTHORIZED = "a request that needs a session was answered with success"


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a log: the line's number, counted from 1, its time if it has one, and the run it belongs to.

    `boot` is how many starts the log has shown up to there; a time without a zone is taken as UTC.
    """

    line: int
    time: datetime | None = None
    boot: int = 0


@dataclass(frozen=True, slots=True)
class Event:
    """All lines of one kind, one code and one named object in one log.

    `code` is an SQLSTATE, an errno name, a name of `sessile.doctor.evidence.log_patterns` where an error has neither,
    `station: reason` of an outcome, the status of a server error, or SENT_TO_LOGIN; "" if there is none. `text` is the first
    such line, masked and cut to 300 characters. `values` are the distinct short details, masked, in order of appearance: the
    constraint, relation or role an error names, the address it was refused at, the paths that were answered, the fingerprints of
    one start's keys (the first signs). `boots` are the runs it occurs in. `estimated` tells that not every line of a long log
    was read, so that `count` is about right and `last` not quite the last.
    """

    kind: Kind
    code: str
    text: str
    count: int
    first: Mark
    last: Mark
    values: tuple[str, ...] = ()
    boots: tuple[int, ...] = ()
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class ErrorSeen:
    """One error, met by the doctor itself (`live`) or read in a log, with the proof to show for it.

    `last` is where a log shows it last; `boots` lists the runs of the process in which it occurs; `count` how often;
    `values` the objects it names.
    """

    code: str
    message: str
    evidence: Evidence
    live: bool = False
    count: int = 1
    last: Mark | None = None
    boots: tuple[int, ...] = ()
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What happened between two starts of the process: `boot` numbers it, 0 is what came before the first start in the log.

    `unauthorized` counts requests answered 401 that were no logins, `unauthorized_before_login` those of them that came before
    the run's first login, unless a session of an earlier run was let in meanwhile, `unauthorized_at_end` those that came after
    the last one that was let in, `unauthorized_of_strangers` those that a client goes on asking for from whose address nobody
    was seen to log in, the first three not counted. `login_then_401` counts logins after which,
    within ten seconds, a request was answered 401 and none was let in; `login_then_authorized` those after which one was.
    Where the log has clients' addresses, only requests of the login's own client count. `errors` are the codes of errors, in
    order of appearance.
    """

    boot: int
    first: Mark
    last: Mark
    logins: int = 0
    saved: int = 0
    authorized: int = 0
    unauthorized: int = 0
    unauthorized_before_login: int = 0
    unauthorized_at_end: int = 0
    unauthorized_of_strangers: int = 0
    login_then_401: int = 0
    login_then_authorized: int = 0
    signature_invalid: int = 0
    no_session: int = 0
    server_errors: int = 0
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Log:
    """One log of one instance, or of several that could not be told apart.

    `lines` is how many were read, `boots` how many starts were seen, `runs` what happened in each run in which anything did
    (the last thousand). `cut_off` tells that something was too long or too much to be read whole.
    """

    source: str
    instance: str
    lines: int
    events: tuple[Event, ...]
    boots: int = 0
    cut_off: bool = False
    runs: tuple[Run, ...] = ()

    @property
    def login_then_401(self) -> int:
        """How many logins were followed by a 401 and not by a request that was let in."""
        return sum(run.login_then_401 for run in self.runs)

    @property
    def login_then_authorized(self) -> int:
        """How many logins were followed by a request that was let in."""
        return sum(run.login_then_authorized for run in self.runs)

    def of(self, kind: Kind, code: str = "") -> tuple[Event, ...]:
        """The events of that kind, and of that code if one is named."""
        return tuple(e for e in self.events if e.kind is kind and code in ("", e.code))

    def count(self, kind: Kind) -> int:
        """How many lines of that kind there are."""
        return sum(event.count for event in self.of(kind))

    @property
    def errors(self) -> tuple[ErrorSeen, ...]:
        """Every event that carries an error, as causes match them."""
        carriers = (Kind.ERROR, Kind.SAVE_ERROR, Kind.TABLE_WARNING, Kind.EXIT)
        return tuple(
            ErrorSeen(
                code=event.code,
                message=event.text,
                evidence=self.evidence(event),
                count=event.count,
                last=event.last,
                boots=event.boots,
                values=event.values,
            )
            for event in self.events
            if event.kind in carriers
        )

    def evidence(self, event: Event) -> Evidence:
        """The proof to show for an event: its text, how often, and the line where it stands first."""
        about = "about " if event.estimated else ""
        times = "once" if event.count == 1 else f"{about}{event.count:,} times, last in line {event.last.line}"
        return Evidence(f"{event.text} ({times})", "log", f"{self.source}:{event.first.line}")

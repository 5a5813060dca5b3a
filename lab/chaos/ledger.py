"""The ledger of a load: what the service has acknowledged to whom, and every promise that it has broken."""

import secrets
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum, auto
from typing import Any, NamedTuple
from urllib.parse import unquote

PAIR = ("left", "right")
"""Two keys that are only ever written together, the same number under both."""

LINES = 20
"""About each promise that is broken."""


class Promise(StrEnum):
    """What must never be counted; the value is the row in the table."""

    SAVED = "acknowledged saves lost"
    SEEN = "saves read once, then gone"
    WHOLE = "saves kept by half, or mangled"
    LOGGED_IN = "401 for an outage"
    RENEWED = "401 after a login or regenerate that ended in 503"
    COOKIE = "cookies replaced or cleared unasked"
    OWN = "a wrong user's session read"
    ENDED = "a session come back after its logout or new id"
    ONCE = "sessions stored twice, or not at all"
    HEALTHY = "health checks not answered 200"
    ANSWERED = "requests with no answer, or an odd one"
    RETRY = "503 without Retry-After"
    RECOVERED = "outages that the service did not recover from"
    QUIET = "tracebacks in the service's log"
    CONNECTIONS = "connections beyond the pool, when all is over"


TOLERATED = frozenset({Promise.RENEWED})
"""Counted and shown, and no failure: a regenerate may be committed and its answer lost with the server. Then the old id has
ended, and the new one has reached nobody; the table must hold it, with all that was acknowledged.
"""


class Action(StrEnum):
    """What a person asks for; the value is the path."""

    VISIT = auto()
    LOGIN = auto()
    REGENERATE = auto()
    WRITE = auto()
    READ = auto()
    LOGOUT = auto()


RENEWING = frozenset({Action.VISIT, Action.LOGIN, Action.REGENERATE})
EXCLUSIVE = RENEWING | {Action.LOGOUT}
"""Actions during which the person does nothing else."""


class State(StrEnum):
    """How far a session has come, as the ledger knows."""

    ASKED_FOR = auto()
    LIVE = auto()
    MOVED = auto()
    ENDED = auto()
    WRITTEN_OFF = auto()


class Answer(NamedTuple):
    """What came back: the status (0 for no answer at all, and `error` says why), the session as the service saw it, and the
    headers that count.

    `cookie` is the value of Set-Cookie, "" where the cookie was cleared, None where there was none.
    """

    status: int
    session: Mapping[str, Any] = {}
    cookie: str | None = None
    retry_after: bool = False
    error: str = ""


@dataclass(slots=True, eq=False)
class Account:
    """One session of one person. `offered` holds all numbers ever sent under a key, the others the latest acknowledged and the
    latest read.

    `unsure` are the exclusive actions that ended without an answer to rely on; `version` is odd while one is under way.
    """

    person: str
    nonce: str = field(default_factory=lambda: secrets.token_hex(8))
    state: State = State.ASKED_FOR
    cookie: str | None = None
    unsure: set[Action] = field(default_factory=set)
    version: int = 0
    offered: dict[str, set[int]] = field(default_factory=dict)
    acknowledged: dict[str, int] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """A request under way, or a look into the table, and what its answer must at least show."""

    account: Account
    action: Action
    cookie: str | None
    values: Mapping[str, int]
    version: int
    acknowledged: Mapping[str, int]
    seen: Mapping[str, int]


class Ledger:
    """Accounts, answers counted by status, and breaches: how many, and a line about each of the first."""

    def __init__(self) -> None:
        self.accounts: list[Account] = []
        self.ended: list[str] = []
        self.answers: Counter[int] = Counter()
        self.answers_to_ended: Counter[int] = Counter()
        self.acknowledged = self.health_checks = 0
        self.breaches: Counter[Promise] = Counter()
        self.lines: list[str] = []

    def open(self, person: str) -> Account:
        """A new account, for a session to be asked for."""
        account = Account(person)
        self.accounts.append(account)
        return account

    def begin(self, account: Account, action: Action, values: Mapping[str, int] | None = None) -> Entry:
        """Enter a request that is about to be sent; `values` are what a WRITE saves."""
        values = values or {}
        for key, value in values.items():
            account.offered.setdefault(key, set()).add(value)
        account.version += action in EXCLUSIVE
        return self._entry(account, action, values)

    def settle(self, entry: Entry, answer: Answer) -> None:
        """Enter the answer, and judge it."""
        account = entry.account
        account.version += entry.action in EXCLUSIVE
        self.answers[answer.status] += 1
        match answer.status:
            case 200:
                self._granted(entry, answer)
            case 401:
                self._denied(entry)
            case 503:
                self._unavailable(entry, answer)
            case status:
                self.breach(Promise.ANSWERED, f"{account.person}: {entry.action} ended with {status or answer.error}")
        if entry.action in EXCLUSIVE and answer.status not in (200, 401):
            account.unsure.add(entry.action)

    def settle_ended(self, answer: Answer) -> None:
        """Judge the answer to a request that came with the cookie of an ended session."""
        self.answers_to_ended[answer.status] += 1
        if answer.status == 200:
            self.breach(Promise.ENDED, "the cookie of an ended session was answered 200")
        elif answer.status not in (401, 503):
            self.breach(Promise.ANSWERED, f"the cookie of an ended session: {answer.status or answer.error}")

    def settle_health(self, status: int, error: str = "") -> None:
        """Judge a health check."""
        self.health_checks += 1
        if status != 200:
            self.breach(Promise.HEALTHY, f"a health check ended with {status or error}")

    def snapshot(self) -> list[Entry]:
        """What the table must show if it is read now."""
        return [self._entry(account, Action.READ, {}) for account in self.accounts if account.state is not State.WRITTEN_OFF]

    def audit(self, snapshot: Iterable[Entry], rows: Mapping[str, Mapping[str, Any]]) -> None:
        """Compare the table's rows, sessions by id, with a snapshot taken before they were read."""
        holders: dict[str, list[str]] = {}
        for session_id, session in rows.items():
            holders.setdefault(str(session.get("nonce")), []).append(session_id)
        for entry in snapshot:
            if entry.version % 2 == 0 and entry.account.version == entry.version:
                self._audit(entry, holders.get(entry.account.nonce, []), rows)

    @property
    def broken(self) -> frozenset[Promise]:
        """The promises that were broken, apart from what is tolerated."""
        return frozenset(self.breaches) - TOLERATED

    def breach(self, promise: Promise, line: str) -> None:
        """Count a broken promise."""
        self.breaches[promise] += 1
        if self.breaches[promise] <= LINES:
            self.lines.append(f"{promise}: {line}")

    def _entry(self, account: Account, action: Action, values: Mapping[str, int]) -> Entry:
        return Entry(account, action, account.cookie, values, account.version, dict(account.acknowledged), dict(account.seen))

    def _granted(self, entry: Entry, answer: Answer) -> None:
        account = entry.account
        if entry.action is not Action.LOGOUT:
            self._compare(entry, answer.session)
        if entry.action in EXCLUSIVE:
            self._renewed(entry, answer)
        elif answer.cookie is not None:
            self._kept(entry, answer.cookie)
        for key, value in entry.values.items():
            account.acknowledged[key] = max(value, account.acknowledged.get(key, 0))
            self.acknowledged += 1

    def _renewed(self, entry: Entry, answer: Answer) -> None:
        account = entry.account
        if entry.cookie is not None:
            self.ended.append(entry.cookie)
        account.unsure.clear()
        if entry.action is Action.LOGOUT:
            account.state, account.cookie = State.ENDED, None
            return
        if not answer.cookie or (entry.cookie and id_of(answer.cookie) == id_of(entry.cookie)):
            self.breach(Promise.COOKIE, f"{account.person}: {entry.action} brought no new id")
        account.state, account.cookie = State.LIVE, answer.cookie

    def _kept(self, entry: Entry, cookie: str) -> None:
        """A cookie that comes unasked may carry a new signature or expiry, and no other id."""
        if entry.cookie and cookie and id_of(cookie) == id_of(entry.cookie):
            entry.account.cookie = cookie
        else:
            self.breach(Promise.COOKIE, f"{entry.account.person}: {entry.action} {'changed' if cookie else 'cleared'} the cookie")

    def _denied(self, entry: Entry) -> None:
        account = entry.account
        if account.state in (State.MOVED, State.WRITTEN_OFF):  # others of the same moment were told so too
            return
        if account.unsure == {Action.LOGOUT}:
            account.state, account.cookie = State.ENDED, None
            return
        if account.unsure:
            self.breach(Promise.RENEWED, f"{account.person}: 401 after {', '.join(sorted(account.unsure))} had ended in 503")
            account.state = State.MOVED
        else:
            self.breach(Promise.LOGGED_IN, f"{account.person}: {entry.action} was answered 401")
            account.state = State.WRITTEN_OFF

    def _unavailable(self, entry: Entry, answer: Answer) -> None:
        if answer.cookie is not None:
            self.breach(Promise.COOKIE, f"{entry.account.person}: a 503 came with Set-Cookie")
        if not answer.retry_after:
            self.breach(Promise.RETRY, f"{entry.account.person}: {entry.action}")

    def _compare(self, entry: Entry, session: Mapping[str, Any]) -> None:
        account = entry.account
        if session.get("nonce") != account.nonce:
            self.breach(Promise.OWN, f"{account.person} was shown a session of {session.get('user', 'somebody unnamed')}")
            return
        if session.get(PAIR[0]) != session.get(PAIR[1]):
            self.breach(Promise.WHOLE, f"{account.person}: {PAIR} hold {session.get(PAIR[0])} and {session.get(PAIR[1])}")
        for key in account.offered:
            self._compare_number(entry, key, session.get(key, 0))

    def _compare_number(self, entry: Entry, key: str, value: Any) -> None:
        account = entry.account
        if value and value not in account.offered[key]:
            self.breach(Promise.WHOLE, f"{account.person}: {key} holds {value!r}, which nobody sent")
        elif value < (must := entry.acknowledged.get(key, 0)):
            self.breach(Promise.SAVED, f"{account.person}: {key} holds {value}, and {must} was acknowledged")
            account.acknowledged[key] = account.seen[key] = value
        elif value < (must := entry.seen.get(key, 0)):
            self.breach(Promise.SEEN, f"{account.person}: {key} holds {value}, and {must} was read before")
            account.seen[key] = value
        else:
            account.seen[key] = max(value, account.seen.get(key, 0))

    def _audit(self, entry: Entry, held: list[str], rows: Mapping[str, Mapping[str, Any]]) -> None:
        account = entry.account
        if account.state is State.ENDED:
            if held:
                self.breach(Promise.ENDED, f"{account.person}: {len(held)} rows of an ended session")
                account.state = State.WRITTEN_OFF
            return
        may_lack = account.state is State.ASKED_FOR or Action.LOGOUT in account.unsure
        known = account.cookie is None or account.unsure or held == [id_of(account.cookie)]
        if account.state is State.MOVED and account.cookie and held == [id_of(account.cookie)]:
            self.breach(Promise.LOGGED_IN, f"{account.person}: was answered 401, and the session stands where it was")
            account.state = State.WRITTEN_OFF
            return
        if len(held) > 1 or (not held and not may_lack) or (held and not known):
            self.breach(Promise.ONCE, f"{account.person}: {len(held)} rows of one session, {account.unsure or 'nothing'} unsure")
            account.state = State.WRITTEN_OFF
        elif held:
            self._compare(entry, rows[held[0]])


def id_of(cookie: str) -> str:
    """The session id in a cookie's value, which holds `s:id.signature` percent-encoded."""
    return unquote(cookie).removeprefix("s:").rpartition(".")[0]

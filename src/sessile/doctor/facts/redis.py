"""What a Redis server told about itself, the keys in it that hold sessions, and what a login's own commands meet there."""

from dataclasses import dataclass
from datetime import datetime

from sessile.doctor.facts.database import Experiment, Failure
from sessile.doctor.facts.evidence import Evidence, Unknown
from sessile.doctor.facts.logs import ErrorSeen


@dataclass(frozen=True, slots=True)
class Keyspace:
    """One of the server's numbered databases: how many keys it has, and how many of them expire."""

    database: int
    keys: int
    expiring: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisServer:
    """The server as the connected user meets it.

    `replica` tells that it copies another server, `link_up` that it does so now. `started` is by the doctor's clock,
    timezone-aware. `max_memory` is in bytes, 0 without a limit; `policy` what happens when it is used up. `evicted` keys were
    thrown away for room since the start, `flushes` are the commands since then that emptied a database. `persistent` tells that
    the data outlives a restart, `saves_fail` that the last attempt to write it to disk failed, `stops_writes` that writes are
    refused then. `loaded` is how many keys the last start found on disk, None where the server does not tell.
    """

    version: str
    user: str
    database: int
    replica: bool = False
    link_up: bool = True
    cluster: bool = False
    started: datetime
    used_memory: int
    max_memory: int
    policy: str
    evicted: int = 0
    flushes: int = 0
    clients: int = 0
    max_clients: int = 0
    persistent: bool | Unknown = True
    saves_fail: bool = False
    stops_writes: bool = True
    loaded: int | None = None
    keyspaces: tuple[Keyspace, ...] = ()

    @property
    def evicts(self) -> bool:
        """Whether it throws keys away when its memory is used up."""
        return self.max_memory > 0 and self.policy.startswith(("allkeys", "volatile"))

    @property
    def fullness(self) -> float:
        """The share of the memory limit that is in use, 0 without a limit."""
        return self.used_memory / self.max_memory if self.max_memory else 0.0

    def keyspace(self, database: int) -> Keyspace:
        """A database by its number; one without keys is not listed."""
        return next((one for one in self.keyspaces if one.database == database), Keyspace(database, 0, 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """The keys of sessions under one prefix: `keys` were met, and of those `read` were read, at random.

    `express` tells that express-session's JSON stands in some of them. Of those read, `endless` never expire, `ending_early` end
    a minute or more before their own cookie, `outliving` that much after all that their cookie allows; `wrong_type` are no
    strings (`types` names what they are), `unreadable` are strings that hold no JSON object, `without_cookie` have no cookie
    object, `of_nobody` name no user; `short_lived` were meant to live less than 100,000 ms. `saved_first` and `saved_last` are
    when the oldest and the newest were saved.
    """

    prefix: str
    keys: int
    read: int
    express: bool = True
    endless: int = 0
    ending_early: int = 0
    outliving: int = 0
    wrong_type: int = 0
    types: tuple[str, ...] = ()
    unreadable: int = 0
    without_cookie: int = 0
    of_nobody: int = 0
    short_lived: int = 0
    saved_first: datetime | None = None
    saved_last: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What the keys of one database are: `seen` of them were met, all if `complete`. `families` are those of sessions."""

    seen: int
    complete: bool
    families: tuple[Family, ...] = ()

    @property
    def sessions(self) -> int:
        """How many of the keys hold sessions."""
        return sum(family.keys for family in self.families)

    @property
    def express(self) -> tuple[Family, ...]:
        """Those in which Express, or sessile, keeps sessions."""
        return tuple(family for family in self.families if family.express)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another database of the same server that holds sessions of Express: its number, their prefix, and about how many."""

    database: int
    prefix: str
    sessions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Redis:
    """One Redis: its masked address, then what could be learned before something stood in the way.

    `named` tells that it was given as such, and not found in an environment, where it may be there for something else than
    sessions. `broken_off` is what ended the connection in the middle. `experiment` are a login's commands on a key that does not
    exist: they change nothing, and are refused like the service's own.
    """

    address: str
    named: bool = True
    failure: Failure | None = None
    server: RedisServer | Unknown
    keys: Keys | Unknown
    neighbours: tuple[Neighbour, ...] = ()
    broken_off: Failure | None = None
    experiment: Experiment | Unknown

    @property
    def remarks(self) -> tuple[str, ...]:
        """What limits the look, each in one line, for whoever gave the URL."""
        if not (isinstance(self.server, RedisServer) and self.server.cluster):
            return ()
        return (
            f"{self.address} is a node of a Redis Cluster: only its own keys were seen, not those of other nodes; a log tells"
            " whether the service's client follows from node to node (MOVED)",
        )

    @property
    def errors(self) -> tuple[ErrorSeen, ...]:
        """The failures that the doctor met itself, as errors that causes match like those of a log."""
        seen = [(self.failure, f"connecting to {self.address}")] if self.failure else []
        if isinstance(self.experiment, Experiment):
            seen += [
                (step.failure, f"'{step.name}', on a key that is not there") for step in self.experiment.steps if step.failure
            ]
        return tuple(
            ErrorSeen(failure.code, failure.message, Evidence(failure.message, "redis", pointer), live=True)
            for failure, pointer in seen
        )

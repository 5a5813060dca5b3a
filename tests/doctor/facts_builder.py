"""Builders of facts: a healthy service, and whatever a test changes about it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sessile.doctor.causes import catalogue
from sessile.doctor.facts import Database, Environment, Facts, Failure, Log, Unknown
from sessile.doctor.facts.database import Experiment, Holder, Offset, Relation, Rows, Server, Setting, Step
from sessile.doctor.facts.logs import Event, Kind, Mark, Run
from sessile.doctor.findings import Finding
from sessile.stores.postgres.shape import Column, Index, Kind as RelationKind, Persistence, Rights, TableShape, Trigger

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
STARTED = NOW - timedelta(days=3)

SID = Column("sid", "character varying", not_null=True, collation="default")
SESS = Column("sess", "json", not_null=True)
EXPIRE = Column("expire", "timestamp(6) without time zone", not_null=True)
KEY = Index("session_pkey", ("sid",), unique=True, primary=True, constraint="session_pkey")
EXPIRE_INDEX = Index("IDX_session_expire", ("expire",), unique=False)
ALL_RIGHTS = Rights(select=True, insert=True, update=True, delete=True)

Line = tuple[Kind, str, str, tuple[str, ...]]
BOOT: Line = (Kind.BOOT, "", "Server running on port 3000", ())
EXIT: Line = (Kind.EXIT, "", "Node.js v24.1.0", ())
SAVED: Line = (Kind.SAVED, "", "Session saved for user: ***", ())
LOGIN: Line = (Kind.LOGIN, "", "POST /login 200", ("/login",))
AUTHORIZED: Line = (Kind.AUTHORIZED, "", "GET /api/me 200", ("/api/me",))
UNAUTHORIZED: Line = (Kind.UNAUTHORIZED, "", "GET /api/me 401", ("/api/me",))
NO_SESSION: Line = (Kind.NO_SESSION, "", "express-session no session found", ())


def table(*columns: Column, **changes: Any) -> TableShape:
    """connect-pg-simple's table, its columns replaced by name or added to."""
    return replace(HEALTHY_TABLE, columns=_replaced(columns), **changes)


def made_of(*columns: Column) -> TableShape:
    """A table of that name with these columns only."""
    return replace(HEALTHY_TABLE, columns=columns)


def without(*names: str) -> TableShape:
    """The table with columns left out."""
    return made_of(*(column for column in HEALTHY_TABLE.columns if column.name not in names))


def database(**changes: Any) -> Database:
    """A healthy database with changes."""
    return replace(HEALTHY_DATABASE, **changes)


def unreachable(code: str, message: str) -> Database:
    """A database to which the doctor could not connect."""
    unknown = Unknown("the doctor could not connect")
    return replace(
        HEALTHY_DATABASE,
        failure=Failure(code, message),
        server=unknown,
        table=unknown,
        relations=(),
        rows=unknown,
        experiment=unknown,
    )


def server(**changes: Any) -> Server:
    """A healthy server with changes."""
    return replace(HEALTHY_SERVER, **changes)


def rows(**changes: Any) -> Rows:
    """Healthy rows with changes."""
    return replace(HEALTHY_ROWS, **changes)


def tried(failures: Mapping[str, Failure] | None = None, **counts: int) -> Experiment:
    """A login that was tried: every statement meets one row, but those named."""
    failing = failures or {}
    steps = (
        Step(name, 0 if name in failing else counts.get(name, 1), failing.get(name))
        for name in ("save", "find", "touch", "destroy")
    )
    return Experiment(tuple(steps), life_difference=timedelta(0), life_difference_in_utc=timedelta(0))


def line(kind: Kind, code: str = "", text: str = "", *values: str) -> Line:
    """One line of a log, as it is understood."""
    return (kind, code, text, values)


def log(
    *lines: Line,
    source: str = "app.log",
    minutes: float = 1.0,
    since: datetime = NOW - timedelta(hours=1),
    login_then_401: int = 0,
) -> Log:
    """A log of these lines, one a minute, alike ones counted together as the collector does."""
    events: dict[Line, Event] = {}
    boot = 0
    for number, one in enumerate(lines, 1):
        kind, code, text, values = one
        boot += kind is Kind.BOOT
        mark = Mark(number, since + timedelta(minutes=minutes * number), boot)
        known = events.get(one) or Event(kind, code, text, 0, mark, mark, values)
        events[one] = replace(known, count=known.count + 1, last=mark, boots=tuple(dict.fromkeys((*known.boots, boot))))
    run = Run(boot=boot, first=Mark(1), last=Mark(len(lines)), login_then_401=login_then_401)
    return Log(source, "", len(lines), tuple(events.values()), boots=boot, runs=(run,))


def facts(given: Database | None = None, *logs: Log, environments: tuple[Environment, ...] = (), now: datetime = NOW) -> Facts:
    """All facts together."""
    found = given if given is not None else Unknown("no database URL was given")
    return Facts(now=now, database=found, environments=environments, logs=logs)


def judge(cause_id: str, known: Facts) -> Finding:
    """What a cause says of the facts."""
    return next(cause for cause in catalogue() if cause.id == cause_id).judge(known)


def environment(*names: str, **changes: Any) -> Environment:
    """A .env file that gives these variables."""
    return replace(Environment(source=".env", names=names), **changes)


def holder(**changes: Any) -> Holder:
    """Somebody who holds a lock on the session table since a second ago, with nobody waiting."""
    return replace(Holder(71, "AccessExclusiveLock", "active", timedelta(seconds=1), 0, "psql"), **changes)


def relation(schema: str, name: str = "session", **changes: Any) -> Relation:
    """A relation that looks like a table of sessions."""
    known = Relation(schema, name, "r", ("sid", "sess", "expire"), in_search_path=False, rows=0)
    return replace(known, **changes)


def setting(role: str, name: str, value: str) -> Setting:
    """What ALTER ROLE set."""
    return Setting(role, "", name, value)


def trigger(definition: str) -> Trigger:
    """A trigger by its definition."""
    return Trigger(definition.split()[2], definition)


def _replaced(columns: tuple[Column, ...]) -> tuple[Column, ...]:
    changed = {column.name: column for column in columns}
    kept = tuple(changed.pop(column.name, column) for column in HEALTHY_TABLE.columns)
    return (*kept, *changed.values())


HEALTHY_TABLE = TableShape(
    oid=16400,
    schema="public",
    name="session",
    kind=RelationKind.TABLE,
    owner="app",
    persistence=Persistence.LOGGED,
    columns=(SID, SESS, EXPIRE),
    indexes=(KEY, EXPIRE_INDEX),
    rights=ALL_RIGHTS,
    rows=20,
)
HEALTHY_SERVER = Server(
    version=180000,
    user="app",
    superuser=False,
    database="shop",
    search_path=("public",),
    standby=False,
    read_only=False,
    read_only_source="default",
    time_zone="UTC",
    time_zone_source="configuration file",
    encoding="UTF8",
    settings=(),
    max_connections=100,
    reserved_connections=3,
    connections=9,
    role_connection_limit=-1,
    role_connections=5,
    started=STARTED,
    initialized=STARTED - timedelta(days=300),
    statistics_since=STARTED - timedelta(days=300),
    clock_ahead=timedelta(milliseconds=40),
)
HEALTHY_ROWS = Rows(
    complete=True,
    read=20,
    live=15,
    expired=5,
    null_expire=0,
    absurd_future=0,
    absurd_past=0,
    duplicate_sids=0,
    duplicate_rows=0,
    null_sids=0,
    without_cookie=0,
    not_objects=0,
    returning=9,
    never_returned=3,
    repeated_logins=0,
    short_lived=0,
    newest=NOW - timedelta(minutes=5),
    offsets=(Offset(0, 8),),
)
HEALTHY_DATABASE = Database(
    address="postgresql://app@db.example:5432/shop",
    server=HEALTHY_SERVER,
    table=HEALTHY_TABLE,
    relations=(relation("public", in_search_path=True, rows=20, newest=NOW + timedelta(days=7)),),
    rows=HEALTHY_ROWS,
    experiment=tried(),
)
HEALTHY_LOG = log(BOOT, SAVED, LOGIN, AUTHORIZED, SAVED, LOGIN, AUTHORIZED)

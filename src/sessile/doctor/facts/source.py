"""What a service's source says: the order of its middleware, its settings, and what its handlers do with the session."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar, Final

from sessile.doctor.facts.concealed import Concealed
from sessile.doctor.facts.evidence import Evidence, Unknown

Plain = str | int | float | bool | None


class Framework(StrEnum):
    """What serves the requests. Only of those that the reader of their language knows well is the order of the steps told."""

    EXPRESS = "Express"
    FASTIFY = "Fastify"
    KOA = "Koa"
    STARLETTE = "Starlette"
    FASTAPI = "FastAPI"
    FLASK = "Flask"
    DJANGO = "Django"


UNREAD: Final = frozenset((Framework.FASTIFY, Framework.KOA))
"""Those that are recognised, of which no more is read."""


@dataclass(frozen=True, slots=True)
class Unread:
    """Code that was given and that nobody here understands: `source` is what was given.

    `frameworks` and `languages` are those that it shows itself to be written in, none where nothing tells.
    """

    source: str
    frameworks: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    instead: ClassVar[str] = "give the database, the log, the site or a recording (HAR) instead"

    @property
    def says(self) -> str:
        """What it is, in words that go on from its name."""
        if self.frameworks:
            return f"its code is on {' and '.join(self.frameworks)}, which sessile does not read"
        if self.languages:
            return f"its code is in {' and '.join(self.languages)}, which sessile does not read"
        return "no service was found in its code: sessile reads Express, Starlette, FastAPI, Flask, Quart and Django"


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file, counted from 1; `file` is relative to the folder that was given, `excerpt` the line, masked and cut."""

    file: str
    line: int
    excerpt: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that stands in the code; a secret's is concealed."""

    value: Plain | Concealed


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of the environment. `default` is what stands for it where it is not set; `converted` tells that the code turns
    its text into a number or a boolean.
    """

    name: str
    default: "Value | None" = None
    converted: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """One of two values: `yes` if the variable of the environment has the value `equals`, or any at all if that is None.

    `variable` is "" where something else decides.
    """

    variable: str
    equals: str | None
    yes: "Value"
    no: "Value"


@dataclass(frozen=True, slots=True)
class Fresh:
    """A value that each start of the process makes anew: a random one, or the time; `how` is the call."""

    how: str


@dataclass(frozen=True, slots=True)
class Made:
    """An object that a library makes: a store, a pool of connections. `what` is the package or class that makes it."""

    what: str
    settings: "tuple[Setting, ...]" = ()


@dataclass(frozen=True, slots=True)
class Several:
    """A list of values, such as a keyring's."""

    items: "tuple[Value, ...]"


Value = Literal | Variable | Choice | Fresh | Made | Several | Unknown
"""What an expression of the code is known to be; `Unknown` is never guessed at."""


@dataclass(frozen=True, slots=True)
class Setting:
    """An option by its path (`cookie.maxAge`, `store`), with its value."""

    name: str
    value: Value
    place: Place


class Part(StrEnum):
    """What a step of the chain of middleware is there for."""

    SESSION = "session"
    IDENTITY = "the user of the session"
    ROUTE = "route"
    STATIC = "files"
    CORS = "CORS"
    COOKIES = "cookies"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step that requests pass, in the order in which they meet it. `path` is where it is mounted, "" if it is not told.

    `library` is the package that makes it; `settings` are its options; `needs_session` tells that it looks at the session,
    `conditional` that it is there under a condition only. `open_ended` tells that options were handed over which could not be
    read, so that none is known to be absent.
    """

    part: Part
    place: Place
    path: str = "/"
    library: str = ""
    settings: tuple[Setting, ...] = ()
    needs_session: bool = False
    conditional: bool = False
    open_ended: bool = False

    def setting(self, name: str) -> Setting | None:
        """The option of that name, None where it is known not to be given; its value is `Unknown` where nobody can tell."""
        return _setting(self.settings, name) or (Setting(name, _OPEN, self.place) if self.open_ended else None)


class Deed(StrEnum):
    """What the code does with sessions, wherever it does."""

    CHANGES = "changes the session"
    CHANGES_INSIDE = "changes a value inside the session, which is not noticed"
    LOGS_IN_INSIDE = "puts a user into a value inside the session, which is not noticed"
    ASKS = "asks for the session"
    LOGS_IN = "puts a user into the session"
    SAVES = "saves and waits"
    ANSWERS_BEFORE_SAVE = "redirects before the session is saved"
    SAVES_UNAWAITED = "saves without waiting"
    IGNORES_SAVE_ERROR = "ignores the error of a save"
    REGENERATES = "regenerates and waits"
    REGENERATES_UNAWAITED = "regenerates without waiting"
    CHANGES_AFTER_ANSWER = "changes the session after the answer"
    REPLACES = "replaces the session object"
    SETS_BEFORE_LOGIN = "sets a key that a login with passport discards"
    SERIALIZES = "says how a user is stored"
    DESERIALIZES = "says how a user is found again"
    LOGS_IN_BY_LIBRARY = "logs a user in by a library"
    CHECKS_WITHOUT_LOGIN = "checks who it is and logs nobody in"
    WITHOUT_SESSION = "logs in without a session"
    LOGS_OUT = "logs out and waits"
    LOGS_OUT_UNAWAITED = "logs out without a callback"
    LEAVES_USER_BEHIND = "regenerates without taking the user along"
    ENDS_ON_ERROR = "ends the session because of an error"
    LIMITS_WITH_401 = "limits how often clients may ask, and answers 401"
    LIMITS_IDLING = "refuses a session that has idled for longer than a limit of its own"
    LOGS_OUT_BY_LINK = "logs out whoever follows a link"
    FETCHES_LOGOUT = "has the browser fetch a logout beforehand"
    TAKES_COOKIE_AWAY = "removes or rewrites the Cookie header"
    BINDS_TO_CLIENT = "compares the client's address or browser with the session's"
    ENDS_OTHERS = "deletes a user's other sessions"
    PRUNES = "deletes sessions by their age"
    STORES_WITHOUT_TOUCH = "brings along a store that cannot prolong a session"
    KEEPS_IN_MEMORY = "keeps sessions in a dictionary of the process"
    OUTDATES_SESSION = "changes the user's password and does not keep the user logged in"
    HASHES_AT_LOGIN = "hashes the password anew at each login"
    REMOVES_LIVING = "deletes sessions that have not expired"
    MOUNTS = "mounts another application"
    ENDS_IN_HOOK = "ends the session at a request"
    FILLS_CACHE = "puts data into the cache"
    HASHES_PER_START = "compares the session with a hash that no other start makes again"
    EMPTIES_STORE = "removes all that a store holds"
    LOOKS_UP_TEXT = "looks for the text of a user's id among numbers"
    READS_ELSEWHERE = "reads from another database than it writes to"
    SETS_COOKIE_UNSENT = "sets a cookie on a response that it does not send"
    DROPS_TABLE = "drops tables that it does not know"
    ENDS_UNASKED = "ends the session, and is no logout"
    SETS_UP_UNCONFIGURED = "hands the session's library an application that has no settings yet"
    KEYS_BY_HOST = "puts the host's name, or the process, into the keys of a cache"
    LOGS_IN_INACTIVE = "logs in users who are not active, and are not known afterwards"
    NEVER_LOADS = "uses sessions that nothing loads"
    ENDS_FIXED_AT_START = "works out the end of sessions once, when the process starts"
    SPLITS_SECRETS = "divides a list of secrets at its commas, and keeps the blanks"
    UNSIGNS_UNDECODED = "unsigns a cookie as the browser sends it"
    IDS_OF_CLIENT = "makes a session's id of the client's address or browser alone"
    LOOKS_UP_OBJECT = "takes an object that the session holds for a user's id"
    FORGETS_EACH_REQUEST = "gives each request a session store of its own"
    CONNECTS_PER_REQUEST = "opens connections to the database of each request's own"
    ROTATES_EACH_REQUEST = "gives the session a new id at every request"
    SETS_END = "sets the time at which a session ends"
    PRUNES_IN_ZONE = "deletes sessions by their age over a connection with a time zone of its own"
    ASKS_IN_VAIN = "turns away whoever lacks a key that nothing writes"
    SETS_VARIABLE_ANEW = "gives a variable of the environment a value of this start"
    REPLACES_SET_COOKIE = "puts one Set-Cookie in the place of all others"
    CLEARS_COOKIE = "clears a cookie of whoever comes there"


AT_ANY_ERROR: Final = "whatever the error"
"""The detail of a handler of errors that ends the session under no condition."""

TO_NULL: Final = "req.session = null"
"""The detail of an end that takes the row away only where the middleware is told `unset: 'destroy'`."""
ANY_COOKIE: Final = "*"
"""The detail of a handler that clears every cookie which the request has."""


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that the code does, and where. `detail` are the words in question: a key, a path, a statement, masked."""

    deed: Deed
    place: Place
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One application's source. `source` is what was given, `files` how many files were read, `skipped` what was not and why.

    `ordered` tells that `steps` are all steps of the one application, in their order; `settings` are the application's own
    (`trust proxy`, `SESSION_COOKIE_SECURE`). `complete` tells that all of the code was read, so that what is not there is not
    there; `packages` are the declared dependencies and their versions, `node` among them.
    """

    source: str
    framework: Framework
    files: int
    steps: tuple[Step, ...] = ()
    settings: tuple[Setting, ...] = ()
    acts: tuple[Act, ...] = ()
    skipped: tuple[str, ...] = ()
    ordered: bool = True
    complete: bool = True
    packages: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def of(self, part: Part) -> tuple[Step, ...]:
        """The steps of one kind, in order."""
        return tuple(step for step in self.steps if step.part is part)

    def did(self, *deeds: Deed) -> tuple[Act, ...]:
        """The acts of some kinds, by file and line."""
        return tuple(act for act in self.acts if act.deed in deeds)

    def setting(self, name: str) -> Setting | None:
        """The application's own setting of that name, or None."""
        return _setting(self.settings, name)

    def evidence(self, place: Place, says: str) -> Evidence:
        """The proof to show for a line: what it means, then the line itself."""
        return Evidence(f"{says}: {place.excerpt}" if place.excerpt else says, "source", str(place))


def environment_variables(value: Value) -> Iterator[str]:
    """Every variable of the environment that a value depends on."""
    match value:
        case Variable(name, default):
            yield name
            if default is not None:
                yield from environment_variables(default)
        case Choice(variable, _, yes, no):
            yield from (variable,) if variable else ()
            yield from environment_variables(yes)
            yield from environment_variables(no)
        case Several(items):
            for item in items:
                yield from environment_variables(item)
        case Made(_, settings):
            for setting in settings:
                yield from environment_variables(setting.value)


def _setting(settings: tuple[Setting, ...], name: str) -> Setting | None:
    """The last of that name; what lies in an object that could not be read is unknown, as the object is."""
    for one in reversed(settings):
        if one.name == name or (name.startswith(f"{one.name}.") and isinstance(one.value, Unknown)):
            return one if one.name == name else Setting(name, one.value, one.place)
    return None


_OPEN = Unknown("its options are put together elsewhere")

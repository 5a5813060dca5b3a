"""One request and its response, with all that matters to a session and nothing that could open one."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from sessile.doctor.facts.concealed import Concealed
from sessile.doctor.facts.cookies import CookieBlocked, CookieSent, CookieSet
from sessile.doctor.facts.evidence import Unknown

Credentials = Literal["include", "same-origin", "omit"]


class Served(StrEnum):
    """Where the browser took a response from."""

    NETWORK = "the network"
    MEMORY = "the browser's memory cache"
    DISK = "the browser's disk cache"
    CACHE = "the browser's cache"
    SERVICE_WORKER = "a service worker"


class Role(StrEnum):
    """What an exchange is for, as far as sessions go."""

    LOGIN = "a login"
    LOGOUT = "a logout"
    PERSONAL = "a question who is logged in"
    OTHER = "anything else"


class Content(StrEnum):
    """What a body is, by its media type."""

    NONE = "nothing"
    JSON = "JSON"
    FORM = "a form"
    MULTIPART = "a multipart form"
    HTML = "HTML"
    TEXT = "text"
    OTHER = "something else"


class Sign(StrEnum):
    """What a short body says that matters to a login; the body itself is not kept."""

    CREDENTIALS = "it holds a password"
    WITH_CREDENTIALS = "it holds withCredentials, which belongs into the options of the call"
    EXPIRED = "it says that the session expired"
    UNAUTHENTICATED = "it says that nobody is logged in"
    REFUSED = "it says that the name or the password is wrong"
    CSRF = "it says that the CSRF token is missing or wrong"
    LIMITED = "it says that there were too many attempts"
    NOBODY = "it names no user"
    SOMEBODY = "it names a user"


@dataclass(frozen=True, slots=True)
class Address:
    """A URL: what may be shown of it, and the whole of it concealed.

    `host` is in lower case, an IPv6 address in brackets. In `path` whatever looks like a secret or a person is masked; of the
    query only the names of its parameters are kept. Addresses are equal if the whole URLs are.
    """

    scheme: str
    host: str
    port: int
    path: str = field(compare=False)
    query: tuple[str, ...] = field(default=(), compare=False)
    whole: Concealed = field(default_factory=lambda: Concealed(""))

    @property
    def origin(self) -> str:
        """Scheme, host and port as an Origin header writes them (RFC 6454, 6.2)."""
        usual = {"http": 80, "https": 443, "ws": 80, "wss": 443}.get(self.scheme) == self.port
        return f"{self.scheme}://{self.host}" if usual else f"{self.scheme}://{self.host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.origin}{self.path}" + (f"?{'&'.join(f'{name}=***' for name in self.query)}" if self.query else "")


@dataclass(frozen=True, slots=True)
class Headers:
    """The header fields that matter to a session, names in lower case, in order; values that could hold a secret are masked."""

    fields: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str | None:
        """The first value of that field, None where there is none. The name is in lower case."""
        return next((value for field_name, value in self.fields if field_name == name), None)

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of that field, in order."""
        return tuple(value for field_name, value in self.fields if field_name == name)


@dataclass(frozen=True, slots=True)
class Body:
    """A body's kind, its size in octets (None: unknown), and what it says of a login, where it was short enough to look."""

    content: Content = Content.NONE
    size: int | None = None
    signs: frozenset[Sign] = frozenset()


@dataclass(frozen=True, slots=True)
class Timings:
    """How long each phase took, in milliseconds; None where it is unknown or did not happen. `connect` includes `ssl`."""

    blocked: float | None = None
    dns: float | None = None
    connect: float | None = None
    ssl: float | None = None
    send: float | None = None
    wait: float | None = None
    receive: float | None = None

    @property
    def until_sent(self) -> float:
        """What passed before the request began to go out, in milliseconds."""
        return (self.blocked or 0) + (self.dns or 0) + (self.connect or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as it was sent.

    `headers_size` is in octets, as far as the fields were seen; `left_out` is how many more were sent (Cookie, Authorization) and
    taken out of the recording, None where it does not tell. `cookies` are those of its Cookie header, `withheld` those that the
    browser says it kept back. `authorization` is the scheme of the Authorization header ("" without one). `referer` is None
    where there is none or it is no URL. `credentials` is the mode of the fetch call, None where nobody says it.
    """

    method: str
    address: Address
    http_version: str = ""
    headers: Headers = Headers()
    headers_size: int = 0
    left_out: int | None = None
    cookies: tuple[CookieSent, ...] | Unknown = ()
    authorization: str | Unknown = ""
    referer: Address | None = None
    body: Body = Body()
    credentials: Credentials | None = None
    withheld: tuple[CookieBlocked, ...] = ()

    @property
    def origin(self) -> str | None:
        """The Origin header: scheme, host and port, or `null`; None where there is none."""
        return self.headers.get("origin")

    @property
    def preflight(self) -> bool:
        """Whether it asks, on behalf of another request, whether that one may be sent (Fetch, CORS-preflight)."""
        return self.method == "OPTIONS" and self.headers.get("access-control-request-method") is not None

    def sent(self, name: str) -> tuple[CookieSent, ...] | Unknown:
        """Every cookie of that name, in the order of the header."""
        if isinstance(self.cookies, Unknown):
            return self.cookies
        return tuple(cookie for cookie in self.cookies if cookie.name == name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A response as it arrived; `date` is its Date header in epoch milliseconds, `redirect` where its Location leads.

    `headers_size` is in octets, as far as the fields were seen; `left_out` is how many more arrived (Set-Cookie) and were taken
    out of the recording, None where it does not tell.

    `set_cookies` are its Set-Cookie lines in order, `refused` those that the browser says it did not store.
    """

    status: int
    http_version: str = ""
    headers: Headers = Headers()
    headers_size: int = 0
    left_out: int | None = None
    set_cookies: tuple[CookieSet, ...] | Unknown = ()
    redirect: Address | None = None
    date: int | None = None
    body: Body = Body()
    refused: tuple[CookieBlocked, ...] = ()

    @property
    def age(self) -> int | None:
        """For how many seconds it lay in a shared cache (RFC 9111, 5.1); None without a readable Age header."""
        said = (self.headers.get("age") or "").strip()
        return int(said) if said.isascii() and said.isdigit() and len(said) < 12 else None

    def sets(self, name: str) -> tuple[CookieSet, ...] | Unknown:
        """Every line that sets a cookie of that name, in order."""
        if isinstance(self.set_cookies, Unknown):
            return self.set_cookies
        return tuple(cookie for cookie in self.set_cookies if cookie.name == name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its response, if one came. Times are epoch milliseconds.

    `duration` is the whole time in milliseconds, None where unknown. `kind` is what the browser asked for (`document`, `fetch`,
    `preflight`, ...), "" where unknown; `initiator` the page or script that asked, `page` the id of the page it belongs to.
    `error` is the browser's own word for what failed, masked. `pointer` names the place: `entries[12]`.
    """

    pointer: str
    started: float
    duration: float | None = None
    timings: Timings | None = None
    request: Request
    response: Response | None = None
    served: Served = Served.NETWORK
    role: Role = Role.OTHER
    kind: str = ""
    initiator: Address | None = None
    page: str = ""
    error: str = ""

    @property
    def sent(self) -> float:
        """When the request began to go out."""
        return self.started + (self.timings.until_sent if self.timings else 0)

    @property
    def answered(self) -> float | None:
        """When the response's headers were there; None where the recording does not tell."""
        if self.response is None or self.timings is None or self.timings.wait is None:
            return None
        return self.sent + (self.timings.send or 0) + self.timings.wait

    @property
    def ended(self) -> float | None:
        """When the body was there, too; None where the recording does not tell."""
        answered = self.answered
        if answered is not None and self.timings is not None and self.timings.receive is not None:
            return answered + self.timings.receive
        return None if self.duration is None else self.started + self.duration

    @property
    def status(self) -> int:
        """The response's status, 0 where no response came or the browser hides it."""
        return self.response.status if self.response else 0

    def __str__(self) -> str:
        return f"{self.request.method} {self.request.address.path} {self.status or 'without a response'}"

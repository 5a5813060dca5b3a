"""One request over a connection of its own, and its response, with limits on bytes and time."""

from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, IncompleteRead, LineTooLong
from importlib.metadata import version
from time import monotonic, time
from typing import Final
from urllib.parse import quote, urlsplit

from sessile.doctor.evidence.site.network import Budget, Phases, Unreachable, Watch, connect
from sessile.doctor.evidence.site.plan import Plan
from sessile.doctor.facts.exchange import Timings

MOST_BYTES: Final = 2_000_000
ANSWER: Final = 20.0
"""Seconds in which one response must have come whole."""
USER_AGENT: Final = (
    f"sessile-doctor/{version('sessile')} (looks why sessions are lost; one login, no retries; see: sessile doctor -h)"
)

_MANY: Final = "its answer has more than 100 header fields"

Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A request as it goes out; `fields` are all of its header fields but Host and Content-Length."""

    method: str
    url: str
    fields: Fields = ()
    body: bytes = b""
    host: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A response: what came of its body (the first 2 MB), and whether that was all. Times are epoch milliseconds."""

    status: int
    version: str
    fields: Fields
    body: bytes
    whole: bool

    def all(self, name: str) -> list[str]:
        """Every value of a field."""
        return [value for field_name, value in self.fields if field_name.lower() == name]

    def first(self, name: str) -> str:
        """The first value of a field, "" without one."""
        return next(iter(self.all(name)), "")

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of a question: an answer, or why there is none."""

    started: float
    duration: float
    timings: Timings | None
    answer: Answer | None
    error: str = ""


def ask(question: Question, plan: Plan, budget: Budget) -> Asked:
    """Ask once. A connection that fails or breaks gives no answer and the reason; it is never asked again."""
    started, began = time() * 1000, monotonic()
    try:
        answer, timings = _exchange(question, plan, budget)
    except Unreachable as error:
        return Asked(started, (monotonic() - began) * 1000, None, None, str(error))
    return Asked(started, (monotonic() - began) * 1000, timings, answer)


def _exchange(question: Question, plan: Plan, budget: Budget) -> tuple[Answer, Timings]:
    parts = urlsplit(question.url)
    tls, host = parts.scheme == "https", parts.hostname or ""
    port = parts.port or (443 if tls else 80)
    connection = HTTPConnection(host, port)
    connection.sock, phases = connect(host, port, tls=tls, plan=plan, budget=budget)
    patience = min(ANSWER, budget.left)
    connection.sock.settimeout(patience)
    with Watch(connection.sock, patience) as watch:
        try:
            answered = _conversation(connection, question, phases)
        except (OSError, HTTPException, ValueError) as error:
            raise Unreachable(_why(error, watch, patience)) from error
        finally:
            connection.close()
        if watch.expired:  # what was broken off looks like an end
            raise Unreachable(_late(patience))
    return answered


def _conversation(connection: HTTPConnection, question: Question, phases: Phases) -> tuple[Answer, Timings]:
    began = monotonic()
    _send(connection, question)
    sent = monotonic()
    response = connection.getresponse()
    answered = monotonic()
    body, whole = _body(response)
    ended = monotonic()
    fields = tuple((name, _decoded(value)) for name, value in response.headers.items())
    answer = Answer(response.status, f"HTTP/{'1.0' if response.version == 10 else '1.1'}", fields, body, whole)
    return answer, Timings(
        dns=phases.dns,
        connect=phases.connect,
        ssl=phases.ssl,
        send=(sent - began) * 1000,
        wait=(answered - sent) * 1000,
        receive=(ended - answered) * 1000,
    )


def _send(connection: HTTPConnection, question: Question) -> None:
    parts = urlsplit(question.url)
    target = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._") + (
        f"?{quote(parts.query, safe='/%:@!$&()*+,;=~-._?')}" if parts.query else ""
    )
    connection.putrequest(question.method, target, skip_host=True, skip_accept_encoding=True)
    connection.putheader("Host", question.host or parts.netloc.rpartition("@")[2])
    for name, value in question.fields:
        connection.putheader(name, value.encode("utf-8", "surrogateescape"))
    if question.body or question.method == "POST":
        connection.putheader("Content-Length", str(len(question.body)))
    connection.endheaders(question.body or None)


def _body(response: HTTPResponse) -> tuple[bytes, bool]:
    pieces, size = [], 0
    while size <= MOST_BYTES and (piece := response.read1(65_536)):
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)[:MOST_BYTES], size <= MOST_BYTES and not response.length


def _decoded(value: str) -> str:
    return value.encode("latin-1", "replace").decode("utf-8", "replace")


def _why(error: Exception, watch: Watch, patience: float) -> str:
    if watch.expired or isinstance(error, TimeoutError):
        return _late(patience)
    if isinstance(error, OSError):
        return "it closed the connection without a whole answer"
    if isinstance(error, LineTooLong):
        return "a line of its answer's header is longer than 64 KB"
    if isinstance(error, IncompleteRead):
        return "its answer breaks off"
    if isinstance(error, HTTPException):
        return _MANY if "headers" in str(error) else "what it answers is no HTTP"
    return "the request cannot be written: --data, --cookie or an address holds what HTTP does not allow"


def _late(patience: float) -> str:
    return f"it did not answer whole within {patience:.0f} s"

"""An application under test on a session's journey: log in, come back, be recognised; where it ends, the station is named."""

from collections.abc import Awaitable, Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any, overload

from sessile.cookies import Context, Jar
from sessile.errors import ConfigurationError
from sessile.integrations.service import Service
from sessile.integrations.telemetry import Reporter
from sessile.session.events import ERROR, Event
from sessile.session.outcome import Station
from sessile.testing.answers import Answer, answers
from sessile.testing.applications import service_of
from sessile.testing.clients import AsyncClient, SyncClient

Response = Any
"""A response of httpx, of whichever the client is made of, of Werkzeug, or of Django."""


class JourneyBroken(AssertionError):
    """A session did not pass its `station`; `because` says why not."""

    def __init__(self, station: Station, because: str) -> None:
        super().__init__(f"the session stops at {station} ({station.holds}): {because}")
        self.station, self.because = station, because


@overload
def travel(
    client: AsyncClient, login: Callable[[Any], Awaitable[Response]], protected: str, *, app: object = None
) -> Awaitable[None]: ...
@overload
def travel(client: SyncClient, login: Callable[[Any], Response], protected: str, *, app: object = None) -> None: ...
def travel(client: Any, login: Callable[[Any], Any], protected: str, *, app: object = None) -> Awaitable[None] | None:
    """Log in by `login(client)`, which answers with the response, and come back to the path `protected`.

    `protected` must answer 2xx to whoever is logged in and to nobody else. Whether a browser would keep the cookie and send it
    back is judged by `sessile.cookies`, for a page of the same origin. To be awaited where the client is asynchronous. Raises
    JourneyBroken, and ValueError where login or page are not what they should be.
    """
    steps = _stations(client if app is None else app, client, login, protected)
    if hasattr(client, "aclose"):
        return _travelled(steps)
    _conduct(steps)
    return None


Journey = Generator[Callable[[], Any], Response, None]


def _conduct(steps: Journey) -> None:
    try:
        ask = next(steps)
        while True:
            ask = steps.send(ask())
    except StopIteration:
        return


async def _travelled(steps: Journey) -> None:
    try:
        ask = next(steps)
        while True:
            ask = steps.send(await ask())
    except StopIteration:
        return


def _stations(app: object, client: Any, login: Callable[[Any], Any], protected: str) -> Journey:
    _booted(app)
    stranger = answers((yield lambda: client.get(protected)))[0]
    if stranger.welcomes:
        raise ValueError(f"{protected} answers {stranger.status} to somebody who is not logged in: name a protected page")
    service = _booted(app)
    name = service.flow.cookie.name
    with _listening(service) as events:
        welcome = answers((yield lambda: login(client)))
        _saved(welcome[-1], events)
        _kept_and_sent(_set(welcome, name), name, stranger.url, service.now)
        events.clear()
        page = answers((yield lambda: client.get(protected)))[0]
        _recognised(page, events, name, protected)


def _booted(app: object) -> Service:
    try:
        return service_of(app)
    except ConfigurationError as error:
        raise JourneyBroken(Station.BOOT, str(error)) from None


class _Listener(Reporter):
    """Hears what is told, and passes it on."""

    def __init__(self, reporter: Reporter) -> None:
        super().__init__()
        self.reporter = reporter
        self.events: list[Event] = []

    def __call__(self, event: Event) -> None:
        self.events.append(event)
        self.reporter(event)


@contextmanager
def _listening(service: Service) -> Iterator[list[Event]]:
    """All that is told of sessions meanwhile."""
    listener = _Listener(service.report)
    service.report = listener
    try:
        yield listener.events
    finally:
        service.report = listener.reporter


def _saved(welcome: Answer, events: list[Event]) -> None:
    _stopped(events)
    for event in events:
        if event.level >= ERROR:
            raise JourneyBroken(Station.SAVE, event.message)
    if welcome.status >= 400:
        raise ValueError(f"the login itself is answered {welcome.status}: the journey begins with one that succeeds")


def _set(welcome: tuple[Answer, ...], name: str) -> list[tuple[str, str]]:
    """The cookies of our name that the login set, each with the URL that set it."""
    lines = [(answer.url, line) for answer in welcome for line in answer.set_cookies if line.startswith(f"{name}=")]
    if not lines:
        raise JourneyBroken(Station.SET, f"the login's response sets no {name}: nothing was in the session when it started")
    return lines


def _kept_and_sent(cookies: list[tuple[str, str]], name: str, page: str, now: int) -> None:
    jar = Jar()
    for url, line in cookies:
        setting = jar.store(line, Context.fetch(url, page=url, credentials="include"), now)
        if not setting.stored:
            raise JourneyBroken(Station.KEEP, str(setting))
    sending = jar.send(Context.fetch(page, page=page, credentials="include"), now)
    if name not in {cookie.name for cookie in sending.sent}:
        raise JourneyBroken(Station.SEND, str(sending))


def _recognised(page: Answer, events: list[Event], name: str, protected: str) -> None:
    if f"{name}=" not in page.sent:
        raise JourneyBroken(Station.SEND, f"the test's client sent no {name}; a browser would have")
    _stopped(events)
    if not page.welcomes:
        raise JourneyBroken(Station.AGREE, f"the session lives, and {protected} answers {page.status}: it does not see the login")


def _stopped(events: list[Event]) -> None:
    for event in events:
        if "station" in event.fields:
            raise JourneyBroken(Station(event.fields["station"]), event.message)

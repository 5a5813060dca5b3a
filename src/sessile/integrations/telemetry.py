"""What sessions tell their operators: the log, metrics where OpenTelemetry's API is installed, and a callback."""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from sessile.errors import StoreError
from sessile.session.events import Event
from sessile.session.outcome import Outcome
from sessile.session.store import Answer, Store, Want

log = logging.getLogger("sessile")

OnEvent = Callable[[Event], object]


class Meter(Protocol):
    """What is counted and timed."""

    def outcome(self, outcome: Outcome) -> None: ...

    def stored(self, want: str, seconds: float, failed: bool) -> None: ...


class Reporter:
    """Takes every event to the log named `sessile`, its fields as attributes of the record, and to the service's own callback."""

    def __init__(self, on_event: OnEvent | None = None) -> None:
        self._on_event = on_event

    def hears(self, level: int) -> bool:
        """Whether anybody listens to events of a level, so that the others need not be made."""
        return self._on_event is not None or log.isEnabledFor(level)

    def __call__(self, event: Event) -> None:
        if log.isEnabledFor(event.level):
            log.log(event.level, "%s", event.message, extra={f"session_{name}": value for name, value in event.fields.items()})
        if self._on_event is not None:
            try:
                self._on_event(event)
            except Exception:
                log.exception("the callback on_event failed")


class TimedStore:
    """A store whose calls are timed."""

    def __init__(self, store: Store, meter: Meter) -> None:
        self._store, self._meter = store, meter

    async def open(self) -> None:
        """See `Store.open`."""
        await self._store.open()

    async def close(self) -> None:
        """See `Store.close`."""
        await self._store.close()

    async def perform(self, wants: Sequence[Want]) -> Sequence[Answer | StoreError]:
        """See `Store.perform`."""
        start = time.perf_counter()
        answers = await self._store.perform(wants)
        seconds = time.perf_counter() - start
        for want, answer in zip(wants, answers, strict=True):
            self._meter.stored(type(want).__name__.lower(), seconds, isinstance(answer, StoreError))
        return answers


class OpenTelemetryMeter:
    """`sessile.requests` counts requests by station and reason; `sessile.store.duration` is a histogram of seconds, by want."""

    def __init__(self) -> None:
        """Raises ModuleNotFoundError without the package opentelemetry-api."""
        from opentelemetry import metrics

        meter = metrics.get_meter("sessile")
        self._requests = meter.create_counter("sessile.requests", "{request}", "Requests by the outcome of their session")
        self._duration = meter.create_histogram("sessile.store.duration", "s", "How long the session store took")

    def outcome(self, outcome: Outcome) -> None:
        """Count a request."""
        self._requests.add(1, {"station": str(outcome.station or "none"), "reason": str(outcome.reason)})

    def stored(self, want: str, seconds: float, failed: bool) -> None:
        """Time a call of the store."""
        self._duration.record(seconds, {"want": want, "failed": failed})


def meter() -> Meter | None:
    """OpenTelemetry's, None where its API is not installed or nobody has set a meter provider."""
    try:
        from opentelemetry.metrics import NoOpMeterProvider, get_meter_provider
    except ModuleNotFoundError:
        return None
    provider = get_meter_provider()
    unset = type(provider).__module__.startswith("opentelemetry.metrics") or isinstance(provider, NoOpMeterProvider)
    return None if unset else OpenTelemetryMeter()

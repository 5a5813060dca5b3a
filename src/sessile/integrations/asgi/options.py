"""The middleware's options with their types, for what passes them on."""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any, TypedDict

from sessile.integrations.asgi.outage import Anonymous
from sessile.integrations.predecessor import Predecessor
from sessile.integrations.secrets import Secret
from sessile.integrations.telemetry import OnEvent
from sessile.session.cookie import CookiePolicy
from sessile.session.store import Store


class Options(TypedDict, total=False):
    """What `sessile.SessionMiddleware` takes and no framework has names of its own for."""

    absolute: timedelta | None
    rotate: timedelta | None
    grace: timedelta
    exact_touch: bool
    recheck: timedelta | None
    anonymous_in_outage: Anonymous | Iterable[str]
    hosts: Iterable[str]
    allow_weak_secret: bool
    log_user: Callable[[Mapping[str, Any]], object] | None
    report_overwritten: bool
    on_event: OnEvent | None
    debug_header: bool
    clock: Callable[[], float]


class AllOptions(Options, total=False):
    """All that it takes, but for the application."""

    store: Store | str | None
    secret: Secret
    cookie: CookiePolicy | None
    idle: timedelta
    predecessor: Predecessor | None

"""Sessions of synchronous frameworks: the store they use, and the session in an application's hands."""

import time
from collections.abc import Mapping, Sequence
from inspect import iscoroutinefunction
from typing import Any, Protocol, cast

from sessile.errors import ConfigurationError, StoreError
from sessile.integrations.addresses import store_of
from sessile.integrations.service import RequestSession, Service
from sessile.integrations.telemetry import Meter
from sessile.session.driver import drive_sync
from sessile.session.outcome import LIVE
from sessile.session.store import Answer, Store, SyncStore, Want


class Synchronous(Protocol):
    """A store that serves synchronous services too, as PostgresStore and MemoryStore do."""

    def sync(self) -> SyncStore: ...


AnyStore = SyncStore | Synchronous | str | None


def sync_store_of(store: AnyStore) -> SyncStore:
    """The store for a synchronous service: a SyncStore, or what a store or a URL makes one; None takes `DATABASE_URL`.

    Raises ConfigurationError where there is none.
    """
    found = store_of(cast("Store | str | None", store))
    make = getattr(found, "sync", None)
    if make is not None:
        return cast("Synchronous", found).sync()
    if callable(getattr(found, "perform", None)) and not iscoroutinefunction(getattr(found, "open", None)):
        return cast("SyncStore", found)
    raise ConfigurationError(f"{type(found).__name__} is no session store for a synchronous service: give PostgresStore(...)")


def https(environ: Mapping[str, Any]) -> bool:
    """Whether a request came by https, by its scheme or by what a proxy in front says (`X-Forwarded-Proto`, the first)."""
    if environ.get("wsgi.url_scheme") == "https":
        return True
    forwarded: str = environ.get("HTTP_X_FORWARDED_PROTO", "")
    return forwarded.partition(",")[0].strip().lower() == "https"


class SyncSessions:
    """The sessions of a service and the synchronous store that holds them; `bare_store` is the one that is not timed."""

    def __init__(self, service: Service, store: SyncStore) -> None:
        self.service, self.store, self.bare_store = service, store, store
        self._measured = False

    def open(self, session: RequestSession, cookies: str) -> None:
        """See `Service.open`."""
        if not self._measured:
            self._measure()
        drive_sync(self.service.open(session, cookies), self.store)
        if session.outcome is not LIVE:
            self.service.opened(session)

    def find(self, session: RequestSession, cookies: str) -> None:
        """As `open`, for a session that is no request's own: nothing is told of it, and nothing is taken over."""
        drive_sync(self.service.flow.open(session, cookies, now=self.service.now), self.store)

    def close(self, session: RequestSession) -> None:
        """See `Service.close`."""
        drive_sync(self.service.close(session), self.store)

    def save(self, session: RequestSession) -> None:
        """See `Service.save`."""
        drive_sync(self.service.save(session), self.store)

    def create(self, session: RequestSession) -> None:
        """See `Service.create`."""
        drive_sync(self.service.create(session), self.store)

    def look(self, session: RequestSession) -> bool:
        """See `Service.look`."""
        return drive_sync(self.service.look(session), self.store)

    def destroy(self, session: RequestSession) -> None:
        """See `Service.destroy`."""
        drive_sync(self.service.destroy(session), self.store)

    def _measure(self) -> None:
        self._measured = True
        if meter := self.service.measure():
            self.store = SyncTimedStore(self.store, meter)


class SyncSession(RequestSession):
    """A request's session: a dict, with `.id` and `.outcome`."""

    __slots__ = ("_host", "_https", "_sessions")

    def __init__(self, sessions: SyncSessions, environ: Mapping[str, Any]) -> None:
        super().__init__()
        self._sessions = sessions
        self._https = https(environ)
        self._host: str = environ.get("HTTP_HOST", "")

    @property
    def https(self) -> bool:
        """See `RequestSession`."""
        return self._https

    @property
    def host(self) -> str:
        """See `RequestSession`."""
        return self._host

    def regenerate(self, *, empty: bool = False) -> None:
        """Give the session a new id, as every login must: the old row goes, in the transaction that writes the new one.

        The data stays unless `empty`. It is written with the response, or by `save`.
        """
        self._sessions.service.flow.regenerate(self, empty=empty)

    def save(self) -> None:
        """Write the changes now; when this returns they are committed.

        Raises SessionGone if the session was deleted meanwhile, UnserializableError for a value that cannot be stored, and
        StoreError (StoreUnavailable, StoreRefused, SaveUnknown) if the store did not take it.
        """
        self._sessions.save(self)

    def check(self) -> bool:
        """Look again whether the session lives; False once it was logged out, revoked or is expired, or where none was stored.

        It is then empty, and `outcome` says why. Raises StoreError if the store cannot tell.
        """
        self.reachable()
        return self._sessions.look(self)

    def destroy(self) -> None:
        """Delete the session, here and in the store, and let the browser forget its cookie. Raises StoreError."""
        self._sessions.destroy(self)


class SyncTimedStore:
    """A store whose calls are timed."""

    def __init__(self, store: SyncStore, meter: Meter) -> None:
        self._store, self._meter = store, meter

    def open(self) -> None:
        """See `Store.open`."""
        self._store.open()

    def close(self) -> None:
        """See `Store.close`."""
        self._store.close()

    def perform(self, wants: Sequence[Want]) -> Sequence[Answer | StoreError]:
        """See `Store.perform`."""
        start = time.perf_counter()
        answers = self._store.perform(wants)
        seconds = time.perf_counter() - start
        for want, answer in zip(wants, answers, strict=True):
            self._meter.stored(type(want).__name__.lower(), seconds, isinstance(answer, StoreError))
        return answers

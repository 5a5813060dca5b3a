"""The engine's SessionStore: Django's interface on top of the one flow."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError

from sessile.errors import SessionGone, StoreError, StoreRefused
from sessile.integrations.django.configuration import rolling, sessions
from sessile.integrations.outage import outcome_of
from sessile.integrations.service import RequestSession
from sessile.session import events
from sessile.session.cookie import Identity, cookie_value, encoded
from sessile.session.outcome import NEW, Outcome
from sessile.session.presented import decoded, verify
from sessile.session.session import Lifetime, Record

EXPIRY = "_session_expiry"
"""Where Django notes in a session how long it lives: seconds, 0 for the browser's life, or a date."""

TAKEN = "23505"


class DjangoSession(RequestSession):
    """The data that a SessionStore holds. Whether its cookie is Secure is Django's to say."""

    __slots__ = ()

    @property
    def https(self) -> bool:
        """See `RequestSession`."""
        return bool(sessions().service.flow.cookie.secure)

    @property
    def host(self) -> str:
        """See `RequestSession`."""
        return ""


class SessionStore(SessionBase):
    """A session's key is its cookie's value, `s%3Aid.signature`: what Express, on the same table and secret, reads and writes.

    A nested change is noticed without `modified`. An outage raises StoreError, so that nobody is taken for logged out.
    """

    def __init__(self, session_key: str | None = None) -> None:
        self._set = False
        self._before: str | None = None
        self._by_name_before = False
        self.renamed: Identity | None = None
        """What tells the cookie of the name before apart, where one came that is to be removed."""
        self.outage: StoreError | None = None
        """What kept the store from answering in this request."""
        super().__init__(session_key)

    @property
    def modified(self) -> bool:
        """Whether the session is to be saved, and its cookie sent."""
        return self._set or self._due()

    @modified.setter
    def modified(self, value: bool) -> None:
        self._set = value

    @property
    def outcome(self) -> Outcome:
        """How the session fared; see `sessile.Outcome`."""
        loaded = self.__dict__.get("_session_cache")
        return loaded.outcome if loaded is not None else NEW

    def load(self) -> DjangoSession:
        """The session of the key; an empty one where it has ended or was never there, and the key is then forgotten.

        Raises StoreError.
        """
        with self._watched():
            session = DjangoSession()
            if self.session_key:
                sessions().open(session, self._cookies(self.session_key))
        self.renamed = session.renamed
        if session.record is None or session.renewed:
            self._key_of(session.record)
        return session

    def take_before(self, key: str) -> None:
        """Take the key in a cookie of the name before, too: it counts where that of today's name leads nowhere."""
        self._before, self._by_name_before = key, self.session_key is None
        if self._by_name_before:
            self._session_key = key

    def exists(self, session_key: str) -> bool:
        """Whether a session lives under a key. Raises StoreError."""
        return self._found(session_key).record is not None

    def create(self) -> None:
        """Store the data under a new key. Raises StoreError."""
        session = self._get_session(no_load=True)
        if session.record is not None:
            session = self._begin(session)
        self._create(session)

    def save(self, must_create: bool = False) -> None:
        """Commit the changes. Raises CreateError, UpdateError where the session was deleted meanwhile, UnserializableError and
        StoreError.
        """
        session = self._get_session(no_load=must_create)
        if must_create and self.session_key is not None:
            session.next_id = verify(decoded(self.session_key), sessions().service.flow.keyring).session_id
        if must_create or session.record is None:
            self._create(session)
            return
        if self._ends_at_a_date(session) and not session.changed:
            return
        self._note_life(session)
        self._write(session)

    def cycle_key(self) -> None:
        """Give the session a new key, in one transaction with the end of the old one. Raises StoreError."""
        session = self._get_session()
        if session.record is not None:
            sessions().service.flow.regenerate(session)
            try:
                self._write(session)
            except UpdateError:
                self._create(session)
        else:
            self._create(session)
        self.modified = True

    def flush(self) -> None:
        """End the session, here and in the store. Raises StoreError."""
        session = self._get_session()
        with self._watched():
            sessions().destroy(session)
        self._begin()
        self._session_key = None
        self.modified = True

    def clear(self) -> None:
        """Forget the data, and keep the session."""
        self._get_session().clear()
        self.modified = True

    def delete(self, session_key: str | None = None) -> None:
        """End the session of a key, or this one's; its data stays in the hands of the request. Raises StoreError."""
        key = self.session_key if session_key is None else session_key
        with self._watched():
            found = self._found(key)
            if found.record is not None:
                sessions().destroy(found)

    @classmethod
    def clear_expired(cls) -> None:
        """Delete what has expired, in batches."""
        prune = getattr(sessions().bare_store, "prune", None)
        if prune is None:
            raise NotImplementedError
        prune()

    async def aflush(self) -> None:
        """See `flush`."""
        await sync_to_async(self.flush)()

    async def acycle_key(self) -> None:
        """See `cycle_key`."""
        await sync_to_async(self.cycle_key)()

    def _get_session(self, no_load: bool = False) -> DjangoSession:
        self.accessed = True
        loaded: DjangoSession | None = self.__dict__.get("_session_cache")
        if loaded is None:
            loaded = self._session_cache = DjangoSession() if self.session_key is None or no_load else self.load()
        return loaded

    async def _aget_session(self, no_load: bool = False) -> DjangoSession:
        return await sync_to_async(self._get_session)(no_load)

    _session = property(_get_session)

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Remember an outage, and tell of it."""
        try:
            yield
        except StoreError as error:
            self.outage = error
            sessions().service.report(events.outcome(outcome_of(error)))
            raise

    @staticmethod
    def _found(key: str | None) -> DjangoSession:
        session = DjangoSession()
        if key:
            sessions().find(session, _cookie(key))
        return session

    def _begin(self, data: dict[str, Any] | None = None) -> DjangoSession:
        session = self._session_cache = DjangoSession()
        session.update(data or {})
        return session

    def _create(self, session: DjangoSession) -> None:
        self._note_life(session)
        with self._watched():
            try:
                sessions().create(session)
            except StoreRefused as error:
                if error.code != TAKEN:
                    raise
                raise CreateError from error
        self._key_of(session.record)
        self.modified = True

    def _write(self, session: DjangoSession) -> None:
        with self._watched():
            try:
                sessions().save(session)
            except SessionGone as error:
                raise UpdateError from error
        self._key_of(session.record)

    def _key_of(self, record: Record | None) -> None:
        keyring = sessions().service.flow.keyring
        self._session_key = encoded(cookie_value(record.id, keyring)) if record is not None else None

    def _cookies(self, key: str) -> str:
        """The Cookie header that brings what the request came with."""
        before = f"{sessions().service.flow.cookie.name_before}={self._before}" if self._before else ""
        today = "" if self._by_name_before else _cookie(key)
        self._before, self._by_name_before = None, False
        return "; ".join(filter(None, (today, before)))

    def _due(self) -> bool:
        """Whether the response is to save the session though nobody said so: for a nested change, an older key, or its use."""
        session: DjangoSession | None = self.__dict__.get("_session_cache")
        if session is None or session.record is None:
            return False
        if session.renewed or session.changed:
            return True
        return rolling() and not self._ends_at_a_date(session) and not sessions().service.settled(session)

    def _note_life(self, session: DjangoSession) -> None:
        """Have the row live as long as Django's own word in the session says, and the policy where that was taken back."""
        record = session.record
        if EXPIRY not in session and (record is None or "own_life" not in record.own):
            return
        life = None if self.get_expire_at_browser_close() else self.get_expiry_age() * 1000
        cookie = record.cookie if record is not None else {}
        stated = cookie.get("originalMaxAge") if cookie.get("expires") is not None else None
        if record is None or stated != life:
            session.lifetime = Lifetime(life)

    @staticmethod
    def _ends_at_a_date(session: DjangoSession) -> bool:
        return isinstance(session.get(EXPIRY), str)


def _cookie(key: str) -> str:
    """The Cookie header that brings a key."""
    return f"{sessions().service.flow.cookie.name}={key}"

"""Sessions in the memory of one process: for tests, never for production."""

import threading
from collections.abc import Sequence

from sessile.errors import StoreError, StoreRefused
from sessile.session.store import Answer, Create, Delete, Load, Replace, Rotate, Stored, Touch, Update, Want


class MemoryStore:
    """A dict of rows that keeps the contract of `Store` to the letter, so that tests with it mean something."""

    def __init__(self) -> None:
        self.rows: dict[str, Stored] = {}

    def sync(self) -> "SyncMemoryStore":
        """The same rows for a synchronous service."""
        return SyncMemoryStore(self)

    async def open(self) -> None:
        """Nothing to make ready."""

    async def close(self) -> None:
        """Nothing to release; the rows stay."""

    async def perform(self, wants: Sequence[Want]) -> Sequence[Answer | StoreError]:
        """See `Store.perform`."""
        return [self.answer(want) for want in wants]

    def answer(self, want: Want) -> Answer | StoreError:
        """Perform one want."""
        match want:
            case Load(id):
                return self.rows.get(id)
            case Create(id, text, expires):
                return self._insert(id, text, expires)
            case Replace():
                return self._replace(want)
            case Rotate():
                return self._rotate(want)
            case Update(id, text, expires, was):
                if not self._holds(id, was):
                    return None
                self.rows[id] = Stored(text, expires)
                return text
            case Touch(id, expires):
                if id in self.rows:
                    row = self.rows[id]
                    self.rows[id] = Stored(row.text, max(row.expires, expires))
                return id in self.rows
            case Delete():
                return self._delete(want)

    def _holds(self, session_id: str, text: str) -> bool:
        return session_id in self.rows and self.rows[session_id].text == text

    def _replace(self, want: Replace) -> Answer | StoreError:
        if want.was is not None and not self._holds(want.old, want.was):
            return None
        answer = self._insert(want.id, want.text, want.expires)
        if not isinstance(answer, StoreError):
            self._delete(Delete(want.old, want.alias))
        return answer

    def _rotate(self, want: Rotate) -> Answer | StoreError:
        if not self._holds(want.old, want.was):
            return None
        answer = self._insert(want.id, want.text, want.expires)
        if not isinstance(answer, StoreError):
            self.rows[want.old] = Stored(want.alias_text, want.alias_expires)
        return answer

    def _delete(self, want: Delete) -> bool:
        if want.was is not None and not self._holds(want.id, want.was):
            return False
        if want.alias is not None:
            self.rows.pop(want.alias, None)
        return self.rows.pop(want.id, None) is not None

    def _insert(self, session_id: str, text: str, expires: int) -> Answer | StoreError:
        if session_id in self.rows:
            return StoreRefused(f"a session of the id {session_id[:4]}… is there already", "23505")
        self.rows[session_id] = Stored(text, expires)
        return text


class SyncMemoryStore:
    """A memory store that threads share."""

    def __init__(self, store: MemoryStore) -> None:
        self._store, self._lock = store, threading.Lock()

    def open(self) -> None:
        """Nothing to make ready."""

    def close(self) -> None:
        """Nothing to release; the rows stay."""

    def perform(self, wants: Sequence[Want]) -> Sequence[Answer | StoreError]:
        """See `Store.perform`."""
        with self._lock:
            return [self._store.answer(want) for want in wants]

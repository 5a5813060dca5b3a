"""Sessions in the memory of one process: for tests, never for production."""

from collections.abc import Sequence

from sessile.errors import StoreError, StoreRefused
from sessile.session.store import Answer, Create, Delete, Load, Replace, Stored, Touch, Update, Want


class MemoryStore:
    """A dict of rows that keeps the contract of `Store` to the letter, so that tests with it mean something."""

    def __init__(self) -> None:
        self.rows: dict[str, Stored] = {}

    async def open(self) -> None:
        """Nothing to make ready."""

    async def close(self) -> None:
        """Nothing to release; the rows stay."""

    async def perform(self, wants: Sequence[Want]) -> Sequence[Answer | StoreError]:
        """See `Store.perform`."""
        return [self._answer(want) for want in wants]

    def _answer(self, want: Want) -> Answer | StoreError:
        match want:
            case Load(id):
                return self.rows.get(id)
            case Create(id, text, expires):
                return self._insert(id, text, expires)
            case Replace(old, id, text, expires):
                answer = self._insert(id, text, expires)
                if not isinstance(answer, StoreError):
                    self.rows.pop(old, None)
                return answer
            case Update(id, text, expires, was):
                if id not in self.rows or self.rows[id].text != was:
                    return None
                self.rows[id] = Stored(text, expires)
                return text
            case Touch(id, expires):
                if id in self.rows:
                    row = self.rows[id]
                    self.rows[id] = Stored(row.text, max(row.expires, expires))
                return id in self.rows
            case Delete(id):
                return self.rows.pop(id, None) is not None

    def _insert(self, session_id: str, text: str, expires: int) -> Answer | StoreError:
        if session_id in self.rows:
            return StoreRefused(f"a session of the id {session_id[:4]}… is there already", "23505")
        self.rows[session_id] = Stored(text, expires)
        return text

"""The sessions that a Django service had before, read by the engine that kept them."""

from importlib import import_module
from typing import Any

from django.db import DatabaseError

from sessile.errors import StoreUnavailable
from sessile.integrations.predecessor import candidates
from sessile.session.inheritance import Inherited


class Engine:
    """One of Django's own engines, or any other: `django.contrib.sessions.backends.db`."""

    def __init__(self, name: str, engine: str) -> None:
        self.name, self._engine = name, engine

    def read(self, cookies: str, now: int) -> Inherited | None:
        """See `Predecessor.read`; an empty session is none. Raises StoreUnavailable if Django's database does not answer."""
        for value in candidates(cookies, self.name):
            session = import_module(self._engine).SessionStore(value)
            try:
                data: dict[str, Any] = dict(session.items())
            except DatabaseError as error:
                raise StoreUnavailable(f"the sessions of before cannot be read: {type(error).__name__}") from error
            if data:
                return Inherited(value, data, now + session.get_expiry_age() * 1000)
        return None

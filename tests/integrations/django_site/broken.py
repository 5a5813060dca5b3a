"""A session engine whose database does not answer."""

from typing import NoReturn

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import OperationalError


class SessionStore(DatabaseStore):
    """Fails at every look-up."""

    def load(self) -> NoReturn:
        raise OperationalError("connection refused")

"""FastAPI's dependency: `session: CurrentSession` is the typed session of a route or a WebSocket."""

from typing import Annotated

from fastapi import Depends
from fastapi.requests import HTTPConnection

from sessile.integrations.asgi import AsyncSession, session_of


def current_session(connection: HTTPConnection) -> AsyncSession:
    """See `session_of`; for `Depends` where another dependency builds on it."""
    return session_of(connection)


CurrentSession = Annotated[AsyncSession, Depends(current_session)]

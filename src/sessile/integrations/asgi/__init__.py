"""Sessions for ASGI: Starlette, FastAPI, Litestar, Quart, or a bare application."""

from sessile.integrations.asgi.middleware import SessionMiddleware as SessionMiddleware
from sessile.integrations.asgi.protocol import (
    Application as Application,
    Connection as Connection,
    Message as Message,
    Receive as Receive,
    Scope as Scope,
    Send as Send,
)
from sessile.integrations.asgi.session import AsyncSession as AsyncSession, session_of as session_of

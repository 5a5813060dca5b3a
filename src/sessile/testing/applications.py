"""The sessions of an application under test, found in it or in the client that asks it."""

from typing import Any

from sessile.integrations.asgi import SessionMiddleware
from sessile.integrations.service import Service
from sessile.integrations.synchronous import SyncSessions

WITHIN = ("app", "asgi_app", "middleware_stack", "asgi_handler", "_transport")
"""Where clients keep their application, and applications what is within them."""
DEEPEST = 50

ENGINE = "sessile.integrations.django"


def service_of(outermost: object) -> Service:
    """The rules of an application's sessions. Raises as `middleware_of`."""
    if hasattr(outermost, "handler"):
        return django().service
    flask: Any = getattr(outermost, "application", outermost)
    kept = getattr(getattr(flask, "session_interface", None), "kept", None)
    return kept.service if isinstance(kept, SyncSessions) else middleware_of(outermost).service


def django() -> SyncSessions:
    """The sessions of the Django that is set up in this process. Raises LookupError where it uses another engine."""
    from django.conf import settings

    if settings.SESSION_ENGINE != ENGINE:
        raise LookupError(f"Django's SESSION_ENGINE is {settings.SESSION_ENGINE}: set it to {ENGINE}")
    from sessile.integrations.django.configuration import sessions

    return sessions()


def middleware_of(outermost: object) -> SessionMiddleware:
    """The session middleware of an ASGI application, or of the one that a client asks.

    Raises LookupError where there is none in sight, and ConfigurationError where it could not start.
    """
    found: Any = outermost
    for _ in range(DEEPEST):
        if isinstance(found, SessionMiddleware):
            if found.wrong:
                raise found.wrong
            return found
        if getattr(found, "middleware_stack", found) is None:  # Starlette makes it at the first request
            found.middleware_stack = found.build_middleware_stack()
        inner = next((getattr(found, name) for name in WITHIN if getattr(found, name, None) is not None), None)
        if inner is None:
            break
        found = inner
    raise LookupError(
        f"no sessile.SessionMiddleware in sight from {type(outermost).__name__}: give the application, or the middleware, as app="
    )

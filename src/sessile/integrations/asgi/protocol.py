"""ASGI's own words: scope, message, receive, send, application."""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Protocol

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Any, Any, Any], Awaitable[None]]
"""Called with scope, receive and send, for which each framework has types of its own."""
Headers = Iterable[tuple[bytes, bytes]]


class Connection(Protocol):
    """Whatever carries an ASGI scope: Starlette's Request and WebSocket, Litestar's ASGIConnection."""

    @property
    def scope(self) -> Any: ...


def header(headers: Headers, name: bytes, separator: bytes = b", ") -> bytes:
    """All values of a header (name in lower case, as ASGI gives it), joined; empty if there is none."""
    found = b""
    for key, value in headers:
        if key == name:
            found = found + separator + value if found else value
    return found


def https(scheme: str, headers: Headers) -> bool:
    """Whether a request came by https, by its scheme or by what a proxy in front says (`X-Forwarded-Proto`, the first)."""
    if scheme in ("https", "wss"):
        return True
    forwarded = header(headers, b"x-forwarded-proto")
    return forwarded.partition(b",")[0].strip().lower() == b"https"

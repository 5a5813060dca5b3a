"""What a request meets while the store is out of reach: 503, or the route without its session where the service says so."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from sessile.integrations.asgi.protocol import Scope, Send
from sessile.integrations.outage import BODY, HEADERS, paths

TRY_AGAIN_LATER = 1013
"""A WebSocket close code (IANA, WebSocket Close Code Number Registry)."""

Anonymous = Callable[[Scope], bool]


def anonymous(routes: Anonymous | Iterable[str]) -> Anonymous:
    """Which requests go on without a session in an outage: told by a function of the scope, or by paths (a trailing `*` takes all
    below).
    """
    if callable(routes):
        return routes
    named = paths(routes)
    return lambda scope: named(scope["path"])


async def unavailable(scope: Scope, send: Send) -> None:
    """Answer 503 with `Retry-After`, or refuse a WebSocket; no cookie is set."""
    kind = "http.response"
    if scope["type"] == "websocket":
        extensions = cast("Mapping[str, Any]", scope.get("extensions") or {})
        if "websocket.http.response" not in extensions:
            await send({"type": "websocket.close", "code": TRY_AGAIN_LATER, "reason": "sessions are unavailable"})
            return
        kind = "websocket.http.response"
    await send({"type": f"{kind}.start", "status": 503, "headers": _HEADERS})
    await send({"type": f"{kind}.body", "body": BODY})


_HEADERS = [(name.encode(), value.encode()) for name, value in HEADERS]

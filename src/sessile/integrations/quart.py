"""Quart: `Sessions(app, store=..., secret=...)` makes `quart.session` this session, `flash` and templates included."""

from typing import TYPE_CHECKING, Any, Unpack, cast

from quart.sessions import SessionInterface

from sessile.integrations.asgi import SessionMiddleware
from sessile.integrations.asgi.options import AllOptions

if TYPE_CHECKING:
    from quart import Quart
    from quart.sessions import SessionMixin
    from quart.wrappers import BaseRequestWebsocket


class Sessions:
    """Puts `sessile.SessionMiddleware` around the application; `options` are its own. Quart signs no cookie any more."""

    def __init__(self, app: "Quart", **options: Unpack[AllOptions]) -> None:
        self.middleware = SessionMiddleware(app.asgi_app, **options)
        attributes: Any = app
        attributes.asgi_app, attributes.session_interface = self.middleware, _InScope()


class _InScope(SessionInterface):
    async def open_session(self, app: "Quart", request: "BaseRequestWebsocket") -> "SessionMixin | None":
        del app
        return cast("SessionMixin", cast("dict[str, Any]", request.scope)["session"])

    async def save_session(self, app: "Quart", session: "SessionMixin", response: object) -> None:
        """The middleware does, at the response's start."""

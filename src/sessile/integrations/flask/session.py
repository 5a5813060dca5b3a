"""The session in a Flask application's hands."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import flask
from flask.sessions import SessionMixin

from sessile.integrations.synchronous import SyncSession
from sessile.session.codec import max_age_of
from sessile.session.expiry import milliseconds

if TYPE_CHECKING:
    from sessile.integrations.flask.sessions import Sessions


class FlaskSession(SyncSession, SessionMixin):
    """What `flask.session` is. A nested change is noticed without `modified`, which may be set and is not needed."""

    accessed = False

    def __init__(self, sessions: "Sessions", environ: dict[str, Any], lifetime: timedelta) -> None:
        super().__init__(sessions.kept, environ)
        self._permanent_lifetime = lifetime
        self._persistent = sessions.kept.service.flow.cookie.persistent

    @property
    def sid(self) -> str | None:
        """Flask-Session's name for `id`; None until something is stored."""
        return self.id

    @property
    def permanent(self) -> bool:
        """Whether the cookie outlives the browser: it then lives `PERMANENT_SESSION_LIFETIME` from its last use."""
        if self.lifetime is not None:
            return self.lifetime.milliseconds is not None
        return self._persistent if self.record is None else self.record.cookie.get("expires") is not None

    @permanent.setter
    def permanent(self, value: bool) -> None:
        lifetime = self._permanent_lifetime if value else None
        cookie = self.record.cookie if self.record is not None and self.lifetime is None else {}
        if lifetime is None:
            stands = self.permanent is False
        else:
            stands = cookie.get("expires") is not None and max_age_of(cookie) == milliseconds(lifetime)
        if not stands:
            self.remember(lifetime)

    @property
    def modified(self) -> bool:
        """Whether the request has changed it, be that stored yet or not."""
        return self.changed or self.renewed

    @modified.setter
    def modified(self, value: bool) -> None:
        """Nothing: a change is noticed by itself."""


session = cast("FlaskSession", flask.session)
"""`flask.session`, typed."""

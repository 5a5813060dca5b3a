"""Flask's own configuration of its session cookie, as a cookie policy."""

from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from flask import Flask

from sessile.errors import ConfigurationError
from sessile.session.cookie import CookiePolicy, SameSite

DEFAULTS = {
    "SESSION_COOKIE_NAME": "session",
    "SESSION_COOKIE_DOMAIN": None,
    "SESSION_COOKIE_PATH": None,
    "SESSION_COOKIE_HTTPONLY": True,
    "SESSION_COOKIE_SECURE": False,
    "SESSION_COOKIE_SAMESITE": None,
    "SESSION_COOKIE_PARTITIONED": False,
}
"""Flask's (flask/app.py, `default_config`)."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """What `app.config` says of the session cookie, and how long a permanent session lives."""

    cookie: CookiePolicy
    lifetime: timedelta

    @classmethod
    def of(cls, app: Flask, given: CookiePolicy | None) -> "Configuration":
        """Read it; a policy that is given stands alone. Raises ConfigurationError where the two contradict each other."""
        lifetime = app.permanent_session_lifetime
        if given is None:
            return cls(_policy(app), lifetime)
        said = [name for name, default in DEFAULTS.items() if app.config[name] != default]
        if said:
            raise ConfigurationError(f"the cookie is described twice, by cookie=CookiePolicy(...) and by {said[0]}: say it once")
        return cls(given, lifetime)


def _policy(app: Flask) -> CookiePolicy:
    config = app.config
    return CookiePolicy(
        name=config["SESSION_COOKIE_NAME"],
        path=config["SESSION_COOKIE_PATH"] or config["APPLICATION_ROOT"],
        domain=config["SESSION_COOKIE_DOMAIN"] or None,
        secure=bool(config["SESSION_COOKIE_SECURE"]) or "auto",
        http_only=bool(config["SESSION_COOKIE_HTTPONLY"]),
        same_site=cast("SameSite", str(config["SESSION_COOKIE_SAMESITE"] or "lax").lower()),
        partitioned=bool(config["SESSION_COOKIE_PARTITIONED"]),
        persistent=False,
    )

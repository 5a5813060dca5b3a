"""What Django's settings say of the sessions: `SESSILE`, and `SESSION_COOKIE_*` as everywhere in Django."""

import os
from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any, cast

from django.conf import settings
from django.core.signals import setting_changed

from sessile.errors import ConfigurationError
from sessile.integrations.django.predecessor import Engine
from sessile.integrations.secrets import Secret
from sessile.integrations.service import Service
from sessile.integrations.synchronous import SyncSessions, sync_store_of
from sessile.session.cookie import CookiePolicy, SameSite

OPTIONS = frozenset(
    {"absolute", "exact_touch", "hosts", "allow_weak_secret", "log_user", "report_overwritten", "on_event", "clock"}
)
"""Those of `sessile.SessionMiddleware` that mean the same here."""

KNOWN = OPTIONS | {"store", "secret", "idle", "predecessor", "name_before"}
MIDDLEWARE = ("sessile.integrations.django.SessionMiddleware", "sessile.integrations.django.middleware.SessionMiddleware")


@lru_cache(maxsize=1)
def sessions() -> SyncSessions:
    """The sessions of this process. Raises ConfigurationError."""
    said = _said()
    policy = _policy(said.get("name_before"))
    before = said.get("predecessor")
    service = Service(
        secret=_secret(said.get("secret")),
        cookie=policy,
        idle=said.get("idle") or timedelta(seconds=settings.SESSION_COOKIE_AGE),
        predecessor=Engine(policy.names[-1], before) if isinstance(before, str) else before,
        **{name: value for name, value in said.items() if name in OPTIONS},
    )
    service.check()
    return SyncSessions(service, sync_store_of(said.get("store")))


@lru_cache(maxsize=1)
def rolling() -> bool:
    """Whether a use prolongs a session: where every request saves it, or where `idle` says how long it may lie unused."""
    return settings.SESSION_SAVE_EVERY_REQUEST or "idle" in _said()


def _said() -> Mapping[str, Any]:
    said: Mapping[str, Any] = getattr(settings, "SESSILE", {})
    for name in said:
        if name not in KNOWN:
            raise ConfigurationError(f"SESSILE[{name!r}] is no setting; there are {', '.join(sorted(KNOWN))}")
    return said


def _secret(said: Secret) -> Secret:
    """What is said, else `SESSION_SECRET`, else Django's key; one that is Django's is verified with its fallbacks too."""
    if said is None and os.environ.get("SESSION_SECRET"):
        return None
    if said is None or said == settings.SECRET_KEY:
        return [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return said


def _policy(name_before: str | None) -> CookiePolicy:
    if name_before is not None and not set(MIDDLEWARE) & set(settings.MIDDLEWARE):
        raise ConfigurationError(f"SESSILE['name_before'] needs {MIDDLEWARE[0]} in the place of Django's own in MIDDLEWARE")
    return CookiePolicy(
        name=settings.SESSION_COOKIE_NAME,
        path=settings.SESSION_COOKIE_PATH,
        domain=settings.SESSION_COOKIE_DOMAIN or None,
        secure=bool(settings.SESSION_COOKIE_SECURE),
        http_only=bool(settings.SESSION_COOKIE_HTTPONLY),
        same_site=cast("SameSite", str(settings.SESSION_COOKIE_SAMESITE or "lax").lower()),
        name_before=name_before,
        persistent=not settings.SESSION_EXPIRE_AT_BROWSER_CLOSE,
    )


def _changed(*, setting: str, **_: object) -> None:
    if setting.startswith(("SESS", "SECRET_KEY")):
        sessions.cache_clear()
        rolling.cache_clear()


setting_changed.connect(_changed, dispatch_uid="sessile")
